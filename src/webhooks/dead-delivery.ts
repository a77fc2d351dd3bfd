import type { Pool } from 'pg';
import type { NewDeadLetter } from '../dead-letters/dead-letter.ts';
import type { Redrive } from '../dead-letters/redrive.ts';
import type { LoggedEvent } from '../ledger/event-log.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import { redeliver, type Attempt } from './deliveries.ts';

/** The name of the webhooks to transports, and what their dead letters begin with. */
export const webhooksName = 'webhooks';
/** Raised when webhooks come to send events otherwise. */
const webhooksVersion = 1;

/** The consumer of an endpoint's letters: letters of one endpoint wait for each other, not for those of others. */
function consumerOf(endpointId: string): string {
  return `${webhooksName}:${endpointId}`;
}

/** What is known of a delivery that is given up. */
export interface GivenUp {
  readonly endpointId: string;
  readonly event: LoggedEvent;
  readonly accounts: readonly string[];
  readonly attempt: Attempt;
  readonly error: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The dead letter of a delivery: the event, and how the last attempt failed. */
export function toDeadLetter({
  endpointId,
  event,
  accounts,
  attempt,
  error,
  now,
}: GivenUp): NewDeadLetter {
  return {
    kind: 'event',
    consumer: consumerOf(endpointId),
    consumerVersion: webhooksVersion,
    topic: `ledger.${event.aggregate}.v1`,
    partition: endpointId,
    position: event.position,
    eventId: event.eventId,
    key: event.key,
    keys: [...new Set([event.key, ...accounts])],
    type: event.type,
    payload: event.payload,
    headers: { ledger: event.ledger },
    errorClass: 'DeliveryFailed',
    message: error,
    stack: '',
    attempts: attempt.number,
    firstFailedAt: attempt.firstAt,
    lastFailedAt: now,
    status: 'parked',
  };
}

/** Has the event of a letter sent once more; the letter is done with when that is asked for. */
export function redriveDeliveries(pool: Pool): Redrive {
  return async (_db, letter) => {
    await redeliver(pool, letter.consumer.slice(webhooksName.length + 1), {
      messageIds: [letter.eventId],
      state: 'dead',
    });
  };
}

/** Closes the letters of deliveries that somebody asked for again by themselves. */
export async function closeLetters(
  db: Queryable,
  endpointId: string,
  eventIds: readonly string[],
  actor: string,
): Promise<void> {
  if (eventIds.length === 0) return;
  await db.query(
    `with closed as (update read_models.dead_letters set status = 'redriven'
        where consumer = $1 and event_id = any($2::uuid[]) and status in ('parked', 'waiting') returning id)
      insert into read_models.dead_letter_actions (dead_letter_id, action, actor)
      select id, 'redriven', $3 from closed`,
    [consumerOf(endpointId), eventIds, actor],
  );
}
