import { setTimeout as pause } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import type { NewDeadLetter } from '../dead-letters/dead-letter.ts';
import { describeError, parkDeadLetters } from '../dead-letters/parking.ts';
import type { Message, Transport } from '../relay/transport/transport.ts';
import { keysOf, type EventDecoder } from './decoded-event.ts';
import { isPassing, TooManyParked } from './faults.ts';
import type { ParkedShare } from './parked-share.ts';
import type { Projection } from './projection.ts';
import { applyTogether } from './applying.ts';

/** An event that fails by itself is tried this often before it is parked. */
const attemptsMax = 5;
const attemptPauseMs = 10;

export interface BatchParts {
  readonly projection: Projection;
  readonly decoder: EventDecoder;
  readonly transport: Pick<Transport, 'publishDead'>;
  readonly share: ParkedShare;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What became of the events of a batch. */
export interface BatchOutcome {
  readonly applied: number;
  readonly parked: readonly NewDeadLetter[];
}

export interface BatchPlace {
  /** Of an event of the batch. */
  readonly partitionOf: (message: Message) => string;
  /** Accounts and transfers whose events wait behind a parked one. */
  readonly blocked: Set<string>;
  /** Finds what fails and parks it; without it whatever fails is thrown, which costs less while nothing does. */
  readonly isCareful: boolean;
}

/**
 * Applies the events of some deliveries in the caller's transaction. What fails by itself is parked, and so is
 * what touches an account or transfer with a parked event; the others flow. Throws what is of the
 * infrastructure, and `TooManyParked`.
 */
export class Batch {
  readonly #parts: BatchParts;
  readonly #db: PoolClient;
  readonly #partitionOf: BatchPlace['partitionOf'];
  readonly #blocked: Set<string>;
  readonly #isCareful: boolean;
  readonly #parked: NewDeadLetter[] = [];
  #applied = 0;

  constructor(parts: BatchParts, db: PoolClient, place: BatchPlace) {
    this.#parts = parts;
    this.#db = db;
    this.#partitionOf = place.partitionOf;
    this.#blocked = place.blocked;
    this.#isCareful = place.isCareful;
  }

  async apply(messages: readonly Message[]): Promise<BatchOutcome> {
    await this.#applyAll(messages);
    const { projection, transport, share } = this.#parts;
    await parkDeadLetters(this.#db, this.#parked);
    for (const letter of this.#parked) {
      const message = messages.find(({ eventId }) => eventId === letter.eventId);
      const error = `${letter.errorClass}: ${letter.message}`;
      // Before the commit: what is parked has been published, perhaps more than once.
      if (message !== undefined)
        await transport.publishDead({ message, consumer: projection.name, error });
    }
    share.applied(this.#applied);
    return { applied: this.#applied, parked: this.#parked };
  }

  /** All at once where nothing fails; else the smallest part that does is found by halving. */
  async #applyAll(messages: readonly Message[]): Promise<void> {
    const free =
      this.#blocked.size === 0 ? messages : messages.filter((message) => !this.#hasToWait(message));
    const [first] = free;
    if (first === undefined) return;
    const error = await this.#attempt(free);
    if (error === undefined) return;
    if (free.length === 1) return this.#insist(first, error);
    const half = Math.ceil(free.length / 2);
    await this.#applyAll(free.slice(0, half));
    await this.#applyAll(free.slice(half));
  }

  #hasToWait(message: Message): boolean {
    if (!this.#keysOf(message).some((key) => this.#blocked.has(key))) return false;
    const error = new Error('an earlier event of the same account or transfer is parked');
    this.#park(message, error, { attempts: 0, status: 'waiting' });
    return true;
  }

  /** @returns what failed by itself; infrastructure is thrown */
  async #attempt(messages: readonly Message[]): Promise<unknown> {
    if (!this.#isCareful) {
      await this.#applyTogether(messages);
      return undefined;
    }
    await this.#db.query('savepoint part');
    try {
      await this.#applyTogether(messages);
      await this.#db.query('release savepoint part');
      return undefined;
    } catch (error) {
      if (isPassing(error)) throw error;
      await this.#db.query('rollback to savepoint part');
      return error;
    }
  }

  async #applyTogether(messages: readonly Message[]): Promise<void> {
    const { projection, decoder, now } = this.#parts;
    const events = messages.map((message) => decoder.decode(message));
    await applyTogether(this.#db, projection, events, { target: 'in use', arrivedAt: now() });
    this.#applied += messages.length;
  }

  async #insist(message: Message, first: unknown): Promise<void> {
    let error = first;
    for (let attempt = 2; attempt <= attemptsMax; attempt += 1) {
      await pause(attemptPauseMs);
      error = await this.#attempt([message]);
      if (error === undefined) return;
    }
    this.#park(message, error, { attempts: attemptsMax, status: 'parked' });
    for (const key of this.#keysOf(message)) this.#blocked.add(key);
  }

  #keysOf(message: Message): string[] {
    try {
      return keysOf(this.#parts.decoder.decode(message));
    } catch {
      // Unreadable: its key is all that is known of it.
      return [message.key];
    }
  }

  #park(
    message: Message,
    error: unknown,
    { attempts, status }: Pick<NewDeadLetter, 'attempts' | 'status'>,
  ): void {
    const { projection, share, now } = this.#parts;
    const letter: NewDeadLetter = {
      kind: 'event',
      consumer: projection.name,
      consumerVersion: projection.version,
      topic: `ledger.${message.aggregate}.v1`,
      partition: this.#partitionOf(message),
      position: message.position,
      eventId: message.eventId,
      key: message.key,
      keys: this.#keysOf(message),
      type: message.type,
      payload: message.payload,
      headers: headersOf(message),
      ...describeError(error),
      attempts,
      firstFailedAt: now(),
      lastFailedAt: now(),
      status,
    };
    this.#parked.push(letter);
    if (status === 'parked' && share.parked(letter)) {
      throw new TooManyParked(
        `more than 5 % of the last 200 events failed alike: ${letter.errorClass}: ${letter.message}`,
      );
    }
  }
}

/** What a message has beside its payload, so that it can be made again from its letter. */
function headersOf(message: Message): Record<string, string> {
  return {
    epoch: String(message.epoch),
    schema_version: String(message.schemaVersion),
    ledger: message.ledger,
    aggregate: message.aggregate,
    recorded_at: String(message.recordedAt),
    ...(message.traceparent === undefined ? {} : { traceparent: message.traceparent }),
    ...(message.correlationId === undefined ? {} : { correlation_id: message.correlationId }),
  };
}

/** The message of a letter. */
export function messageOf(letter: {
  readonly position: number;
  readonly eventId: string;
  readonly key: string;
  readonly type: string;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}): Message {
  const { headers } = letter;
  const { aggregate } = headers;
  if (aggregate !== 'account' && aggregate !== 'transfer' && aggregate !== 'entry')
    throw new Error('the letter does not say what it is about');
  return {
    position: letter.position,
    epoch: Number(headers['epoch']),
    eventId: letter.eventId,
    type: letter.type,
    schemaVersion: Number(headers['schema_version']),
    ledger: headers['ledger'] ?? '',
    aggregate,
    key: letter.key,
    payload: letter.payload,
    traceparent: headers['traceparent'],
    correlationId: headers['correlation_id'],
    recordedAt: Number(headers['recorded_at']),
  };
}
