import type { Queryable } from '../ledger/read-answer.ts';

export type EndpointStatus = 'ACTIVE' | 'DISABLED';
export type DisabledReason = 'caller' | 'gone' | 'failing';

/** A place that wants to hear of events. */
export interface Endpoint {
  readonly id: string;
  readonly number: number;
  readonly url: string;
  readonly description: string | null;
  readonly ledgers: readonly string[];
  /** Null: of any type. */
  readonly eventTypes: readonly string[] | null;
  /** Null: of any account. */
  readonly accountIds: readonly string[] | null;
  readonly status: EndpointStatus;
  readonly disabledReason: DisabledReason | null;
  readonly failingSince: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const columns = `e.id, e.number::float8 as number, e.url, e.description, e.ledgers, e.event_types as "eventTypes",
  e.account_ids as "accountIds", e.status, e.disabled_reason as "disabledReason",
  e.failing_since as "failingSince", e.created_at as "createdAt", e.updated_at as "updatedAt"`;
/** The ledgers whose endpoints a caller sees; undefined: of every ledger. */
export type Reach = readonly string[] | undefined;
const withinReach = '($1::text[] is null or e.ledgers <@ $1::text[])';

export async function readEndpoint(
  db: Queryable,
  reach: Reach,
  id: string,
): Promise<Endpoint | undefined> {
  const text = `select ${columns} from webhooks.endpoints e where ${withinReach} and e.id = $2`;
  return (await db.query<Endpoint>(text, [reach, id])).rows[0];
}

/** At most `limit` endpoints in the order in which they were made, after a number. */
export async function listEndpoints(
  db: Queryable,
  reach: Reach,
  after: number,
  limit: number,
): Promise<Endpoint[]> {
  const text = `select ${columns} from webhooks.endpoints e
    where ${withinReach} and e.number > $2 order by e.number limit $3`;
  return (await db.query<Endpoint>(text, [reach, after, limit])).rows;
}

/** Every endpoint, of whatever ledger. */
export async function listAllEndpoints(db: Queryable): Promise<Endpoint[]> {
  const text = `select ${columns} from webhooks.endpoints e order by e.number`;
  return (await db.query<Endpoint>({ name: 'all-webhook-endpoints', text })).rows;
}

export interface NewEndpoint {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  readonly ledgers: readonly string[];
  readonly eventTypes: readonly string[] | null;
  readonly accountIds: readonly string[] | null;
  readonly secret: string;
}

/**
 * Makes an endpoint, which is sent what is committed from now on.
 * @returns undefined where there are `most` of them by now that share one of its ledgers
 */
export async function insertEndpoint(
  db: Queryable,
  endpoint: NewEndpoint,
  most: number,
): Promise<Endpoint | undefined> {
  const { id, url, description, ledgers, eventTypes, accountIds, secret } = endpoint;
  const { rows } = await db.query<Endpoint>(
    `insert into webhooks.endpoints as e
        (id, url, description, ledgers, event_types, account_ids, secret, after_position)
      select $1, $2, $3, $4, $5, $6, $7, h.position from ledger.head h
        where (select count(*) from webhooks.endpoints o where o.ledgers && $4::text[]) < $8
      returning ${columns}`,
    [id, url, description, ledgers, eventTypes, accountIds, secret, most],
  );
  return rows[0];
}

/** What may be changed of an endpoint; an absent field stays. */
export interface EndpointChange {
  readonly url?: string | undefined;
  readonly description?: string | null | undefined;
  readonly ledgers?: readonly string[] | undefined;
  readonly eventTypes?: readonly string[] | null | undefined;
  readonly accountIds?: readonly string[] | null | undefined;
  readonly status?: EndpointStatus | undefined;
}

/** Changes an endpoint; one that is set ACTIVE begins with a clean slate, and what waited is sent. */
export async function updateEndpoint(
  db: Queryable,
  id: string,
  change: EndpointChange,
): Promise<Endpoint | undefined> {
  const values: unknown[] = [id];
  const sets = ['updated_at = clock_timestamp()'];
  const set = (column: string, value: unknown): void => {
    if (value !== undefined) sets.push(`${column} = $${values.push(value)}`);
  };
  set('url', change.url);
  set('description', change.description);
  set('ledgers', change.ledgers);
  set('event_types', change.eventTypes);
  set('account_ids', change.accountIds);
  set('status', change.status);
  if (change.status === 'ACTIVE') sets.push('disabled_reason = null', 'failing_since = null');
  if (change.status === 'DISABLED') sets.push(`disabled_reason = coalesce(e.disabled_reason, 'caller')`);
  const text = `update webhooks.endpoints e set ${sets.join(', ')} where e.id = $1 returning ${columns}`;
  return (await db.query<Endpoint>(text, values)).rows[0];
}

/** Puts a new secret in the place of the old one, which signs too until then (milliseconds since 1970). */
export async function rotateSecret(
  db: Queryable,
  id: string,
  secret: string,
  until: number,
): Promise<Endpoint | undefined> {
  const { rows } = await db.query<Endpoint>(
    `update webhooks.endpoints e set previous_secret = e.secret, previous_secret_until = $3, secret = $2,
        updated_at = clock_timestamp() where e.id = $1 returning ${columns}`,
    [id, secret, new Date(until)],
  );
  return rows[0];
}

/** Forgets an endpoint with all that was or was to be sent to it. */
export async function deleteEndpoint(db: Queryable, id: string): Promise<void> {
  await db.query('delete from webhooks.endpoints where id = $1', [id]);
}

/**
 * Something did not arrive.
 * @returns whether that disabled the endpoint: it is gone, or nothing has arrived for `afterMs`
 */
export async function noteFailure(
  db: Queryable,
  id: string,
  { isGone, afterMs }: { readonly isGone: boolean; readonly afterMs: number },
): Promise<DisabledReason | undefined> {
  const { rows } = await db.query<{ reason: DisabledReason | null }>(
    `with failed as (
        update webhooks.endpoints set failing_since = coalesce(failing_since, clock_timestamp())
        where id = $1 returning failing_since)
      select case when $2 then 'gone'
          when clock_timestamp() - failing_since >= $3 * interval '1 millisecond' then 'failing' end as reason
        from failed`,
    [id, isGone, afterMs],
  );
  const reason = rows[0]?.reason ?? undefined;
  if (reason === undefined) return undefined;
  const { rowCount } = await db.query(
    `update webhooks.endpoints set status = 'DISABLED', disabled_reason = $2, updated_at = clock_timestamp()
      where id = $1 and status = 'ACTIVE'`,
    [id, reason],
  );
  return rowCount === 1 ? reason : undefined;
}
