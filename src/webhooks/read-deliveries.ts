import type { Queryable } from '../ledger/read-answer.ts';
import type { DeliveryState } from './deliveries.ts';

/** A delivery as it is shown. */
export interface DeliveryRow {
  readonly id: string;
  readonly number: number;
  readonly endpointId: string;
  readonly messageId: string;
  readonly type: string;
  readonly position: number | null;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  /** Null where nothing is to be tried any more. */
  readonly dueAt: Date | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
}

/** An attempt as it is shown. */
export interface AttemptRow {
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly response: string | null;
}

const select = `select d.id, d.number::float8 as number, d.endpoint_id as "endpointId",
    d.message_id as "messageId", m.type, d.position::float8 as position, d.state, d.attempts,
    d.created_at as "createdAt", d.ended_at as "endedAt",
    case when d.state = 'pending' then d.due_at end as "dueAt",
    a.status as "lastStatus", a.error as "lastError"
  from webhooks.deliveries d join webhooks.messages m on m.id = d.message_id
  left join lateral (select l.status, l.error from webhooks.attempts l
    where l.delivery_id = d.id order by l.attempt desc limit 1) a on true`;

/** Deliveries of an endpoint, the newest first, at most `limit`. @param before only those made before this one */
export async function listDeliveries(
  db: Queryable,
  endpointId: string,
  {
    state,
    before,
    limit,
  }: {
    readonly state: DeliveryState | undefined;
    readonly before: number | undefined;
    readonly limit: number;
  },
): Promise<DeliveryRow[]> {
  const { rows } = await db.query<DeliveryRow>(
    `${select} where d.endpoint_id = $1 and ($2::text is null or d.state = $2)
      and ($3::bigint is null or d.number < $3) order by d.number desc limit $4`,
    [endpointId, state, before, limit],
  );
  return rows;
}

export async function readDelivery(
  db: Queryable,
  endpointId: string,
  id: string,
): Promise<DeliveryRow | undefined> {
  const text = `${select} where d.endpoint_id = $1 and d.id = $2`;
  return (await db.query<DeliveryRow>(text, [endpointId, id])).rows[0];
}

/** Every attempt at a delivery, in order. */
export async function listAttempts(db: Queryable, deliveryId: string): Promise<AttemptRow[]> {
  const { rows } = await db.query<AttemptRow>(
    `select attempt, started_at as "startedAt", duration_ms as "durationMs", status, error, response
      from webhooks.attempts where delivery_id = $1 order by attempt`,
    [deliveryId],
  );
  return rows;
}
