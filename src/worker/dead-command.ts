import type { NewDeadLetter } from '../dead-letters/dead-letter.ts';
import type { Redrive } from '../dead-letters/redrive.ts';
import type { Ledger } from '../ledger/commands.ts';
import type { LoggedEvent } from '../ledger/event-log.ts';
import type { Job } from './jobs.ts';

/** The name of the worker to transports and in dead letters. */
export const workerName = 'worker';
/** Raised when the worker comes to judge events otherwise. */
const workerVersion = 1;

/** The dead letter of a transfer that was given up: the event that asked for it, and why it came to nothing. */
export function toDeadLetter(job: Job, event: LoggedEvent, now: number): NewDeadLetter {
  const { lastError = 'unknown' } = job;
  return {
    kind: 'command',
    consumer: workerName,
    consumerVersion: workerVersion,
    topic: `ledger.${event.aggregate}.v1`,
    partition: job.partition,
    position: event.position,
    eventId: event.eventId,
    key: event.key,
    // Transfers do not wait for each other, whatever accounts they share.
    keys: [event.key],
    type: event.type,
    payload: event.payload,
    headers: headersOf(event),
    errorClass: lastError.split(':', 1)[0] ?? lastError,
    message: lastError,
    stack: '',
    attempts: job.attempts,
    firstFailedAt: job.firstFailedAt ?? now,
    lastFailedAt: now,
    status: 'parked',
  };
}

function headersOf({ ledger, traceparent, correlationId }: LoggedEvent): Record<string, string> {
  return {
    ledger,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
  };
}

/**
 * Takes the transfer of a dead letter back to INITIATED; its event makes the job anew. What it asks of the
 * ledger counts once, so a redrive that is repeated does no harm.
 */
export function redriveCommands(ledger: Ledger): Redrive {
  return async (_db, letter) => {
    const answer = await ledger.submit({
      ledger: letter.headers['ledger'] ?? '',
      command: { kind: 'redrive_transfer', transfer: letter.key },
      key: undefined,
      fingerprint: letter.key,
      traceparent: letter.headers['traceparent'],
      correlationId: letter.headers['correlation_id'],
    });
    if (answer.kind === 'refused') throw new RedriveRefused(answer.refusal.code, answer.refusal.detail);
  };
}

/** The ledger's no to a redrive: the transfer was not given up, or its external id has another owner by now. */
class RedriveRefused extends Error {
  override readonly name = 'RedriveRefused';
  readonly code: string;
  constructor(code: string, detail: string) {
    super(detail);
    this.code = code;
  }
}
