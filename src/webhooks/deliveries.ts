import type { Queryable } from '../ledger/read-answer.ts';
import type { Waiting } from './pick-ready.ts';

export type DeliveryState = 'pending' | 'delivered' | 'dead';

/** A delivery that waits for its turn. */
export interface PendingDelivery extends Waiting {
  readonly messageId: string;
  /** Of the event; undefined for a test, which belongs to none. */
  readonly position: number | undefined;
}

/**
 * What waits at an endpoint, in the order of the log, at most `limit`. An event is left out while an earlier one may
 * still come through another partition.
 * @param partitions of the transport in use
 */
export async function listPending(
  db: Queryable,
  endpoint: { readonly id: string; readonly status: string },
  {
    partitions,
    limit,
    now,
  }: {
    readonly partitions: readonly string[];
    readonly limit: number;
    /** Milliseconds since 1970, by the clock that looks at what is due. */
    readonly now: () => number;
  },
): Promise<PendingDelivery[]> {
  const { rows } = await db.query<{
    id: string;
    message_id: string;
    position: string | null;
    accounts: string[];
    due_in_ms: number;
  }>({
    name: 'pending-webhooks',
    text: `select d.id, d.message_id, d.position, d.accounts,
        (extract(epoch from d.due_at - clock_timestamp()) * 1000)::float8 as due_in_ms
      from webhooks.deliveries d
      where d.endpoint_id = $1 and d.state = 'pending' and (d.position is null or ($2 and d.position <=
        (select min(c.position) from webhooks.checkpoints c where c.partition = any($3::text[]))))
      order by d.position nulls first limit $4`,
    values: [endpoint.id, endpoint.status === 'ACTIVE', partitions, limit],
  });
  return rows.map((row) => ({
    id: row.id,
    messageId: row.message_id,
    position: row.position === null ? undefined : Number(row.position),
    accounts: row.accounts,
    dueAt: now() + row.due_in_ms,
  }));
}

/** An attempt that has begun. */
export interface Attempt {
  readonly deliveryId: string;
  /** Of all attempts at this delivery; from 1. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Since it was begun or asked for again, this one included. */
  readonly inRound: number;
  /** Of the round's first attempt, milliseconds since 1970. */
  readonly firstAt: number;
  readonly body: string;
  readonly url: string;
  /** Of the event, where it has one. */
  readonly traceparent: string | undefined;
  /** Base64, the newest first. */
  readonly secrets: readonly string[];
}

/**
 * Begins an attempt: it counts from now, whatever becomes of it. Undefined where there is nothing to send any more, or
 * the endpoint was disabled; URL and secrets are those of this moment.
 * Whoever takes over from a process that died tries again at once.
 */
export async function beginAttempt(db: Queryable, deliveryId: string): Promise<Attempt | undefined> {
  const { rows } = await db.query<{
    attempts: number;
    in_round: number;
    now: Date;
    first: Date;
    body: string;
    url: string;
    traceparent: string | null;
    secrets: string[];
  }>({
    name: 'begin-webhook-attempt',
    text: `update webhooks.deliveries d set attempts = d.attempts + 1,
        first_attempt_at = coalesce(d.first_attempt_at, clock_timestamp())
      from webhooks.messages m, webhooks.endpoints e
      where d.id = $1 and d.state = 'pending' and m.id = d.message_id and e.id = d.endpoint_id
        and (e.status = 'ACTIVE' or d.position is null)
      returning d.attempts, d.attempts - d.attempts_before as in_round, clock_timestamp() as now,
        d.first_attempt_at as first, m.body, m.traceparent, e.url, array_remove(array[e.secret,
          case when e.previous_secret_until > clock_timestamp() then e.previous_secret end], null) as secrets`,
    values: [deliveryId],
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  const { attempts: number, in_round: inRound, now, first, body, url, secrets } = row;
  const times = { startedAt: now.getTime(), firstAt: first.getTime() };
  const traceparent = row.traceparent ?? undefined;
  return { deliveryId, number, inRound, ...times, body, url, secrets, traceparent };
}

/** What came of an attempt. */
export interface AttemptResult {
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly response: string | null;
  /** What becomes of the delivery; `pending` again after `delayMs`. */
  readonly state: DeliveryState;
  readonly delayMs: number;
}

/**
 * Writes an attempt down, once, and what it means to its delivery, unless another attempt has begun meanwhile. An
 * arrival says that whatever failed at the endpoint before has mended itself.
 */
export async function endAttempt(db: Queryable, attempt: Attempt, result: AttemptResult): Promise<void> {
  const { durationMs, status, error, response, state, delayMs } = result;
  await db.query({
    name: 'end-webhook-attempt',
    text: `with attempted as (
        insert into webhooks.attempts (delivery_id, attempt, started_at, duration_ms, status, error, response)
          select d.id, $2, $3, $4, $5, $6, $7 from webhooks.deliveries d where d.id = $1
          on conflict do nothing),
      mended as (
        update webhooks.endpoints e set failing_since = null from webhooks.deliveries d
          where d.id = $1 and e.id = d.endpoint_id and e.failing_since is not null and $8 = 'delivered')
      update webhooks.deliveries set state = $8,
        due_at = clock_timestamp() + $9 * interval '1 millisecond',
        ended_at = case when $8 = 'pending' then null else clock_timestamp() end
      where id = $1 and attempts = $2 and state = 'pending'`,
    values: [
      attempt.deliveryId,
      attempt.number,
      new Date(attempt.startedAt),
      Math.round(durationMs),
      status,
      error,
      response,
      state,
      delayMs,
    ],
  });
}

/** Which deliveries of an endpoint are sent again; an absent field does not narrow. */
export interface Redelivery {
  readonly id?: string | undefined;
  readonly messageIds?: readonly string[] | undefined;
  readonly state?: DeliveryState | undefined;
  /** Of the event, milliseconds since 1970: at this time or later, and before this time. */
  readonly after?: number | undefined;
  readonly before?: number | undefined;
}

/** Sends again what has ended, each in its place in the order. @returns the events' ids and how they had ended */
export async function redeliver(
  db: Queryable,
  endpointId: string,
  { id, messageIds, state, after, before }: Redelivery,
): Promise<{ messageId: string; wasDead: boolean }[]> {
  const { rows } = await db.query<{ messageId: string; wasDead: boolean }>(
    `update webhooks.deliveries d set state = 'pending', due_at = clock_timestamp(), first_attempt_at = null,
        attempts_before = d.attempts, ended_at = null
      from (select o.id, o.state = 'dead' as dead from webhooks.deliveries o
        where o.endpoint_id = $1 and o.state <> 'pending' and o.position is not null
          and ($2::uuid is null or o.id = $2) and ($3::uuid[] is null or o.message_id = any($3))
          and ($4::text is null or o.state = $4)
          and ($5::timestamptz is null or o.created_at >= $5)
          and ($6::timestamptz is null or o.created_at < $6) for update) was
      where d.id = was.id returning d.message_id as "messageId", was.dead as "wasDead"`,
    [endpointId, id, messageIds, state, dateOf(after), dateOf(before)],
  );
  return rows;
}

function dateOf(ms: number | undefined): Date | null {
  return ms === undefined ? null : new Date(ms);
}

/** Has a message of no event sent to an endpoint, at once and once. @returns the id of its delivery */
export async function insertTest(
  db: Queryable,
  endpointId: string,
  message: {
    readonly id: string;
    readonly type: string;
    readonly ledger: string;
    readonly body: string;
  },
): Promise<string> {
  const { id, type, ledger, body } = message;
  await db.query('insert into webhooks.messages (id, type, ledger, body) values ($1, $2, $3, $4)', [
    id,
    type,
    ledger,
    body,
  ]);
  const { rows } = await db.query<{ id: string }>(
    `insert into webhooks.deliveries (endpoint_id, message_id, accounts) values ($1, $2, '{}') returning id`,
    [endpointId, id],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('an inserted row was not returned');
  return row.id;
}

/** Forgets deliveries that ended long ago, and messages that nobody is sent. @returns how many deliveries */
export async function forgetDeliveries(db: Queryable, days: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from webhooks.deliveries where state <> 'pending'
      and ended_at < clock_timestamp() - $1 * interval '1 day'`,
    [days],
  );
  await db.query(
    `delete from webhooks.messages m where m.created_at < clock_timestamp() - $1 * interval '1 day'
      and not exists (select from webhooks.deliveries d where d.message_id = m.id)`,
    [days],
  );
  return rowCount ?? 0;
}
