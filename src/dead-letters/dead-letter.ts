import type { ClientBase } from 'pg';

/** Whose failure it was: a consumer of events, or the worker that carries commands out. */
export type DeadLetterKind = 'event' | 'command';

/**
 * `parked` failed itself, `waiting` stands behind a parked one that shares an account or transfer;
 * `redriven` and `discarded` are done with.
 */
export const deadLetterStatuses = ['parked', 'waiting', 'redriven', 'discarded'] as const;
export type DeadLetterStatus = (typeof deadLetterStatuses)[number];

/** What a consumer gave up on, with all that is needed to try again. Times are milliseconds since 1970. */
export interface NewDeadLetter {
  readonly kind: DeadLetterKind;
  /** `balances`, `worker` …; only its own letters make it wait. */
  readonly consumer: string;
  readonly consumerVersion: number;
  readonly topic: string;
  readonly partition: string;
  /** Place in the ledger's log; letters of a consumer are redriven in its order. */
  readonly position: number;
  /** Parking the same event or command again for the same consumer renews its letter. */
  readonly eventId: string;
  readonly key: string;
  /** Accounts and transfers it touches, the key among them: UUIDs. */
  readonly keys: readonly string[];
  readonly type: string;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly errorClass: string;
  readonly message: string;
  readonly stack: string;
  readonly attempts: number;
  readonly firstFailedAt: number;
  readonly lastFailedAt: number;
  readonly status: 'parked' | 'waiting';
}

export interface DeadLetter extends Omit<NewDeadLetter, 'status'> {
  readonly id: string;
  /** In the order of parking. */
  readonly number: number;
  readonly status: DeadLetterStatus;
  /** Why it was discarded. */
  readonly reason: string | undefined;
}

interface DeadLetterRow {
  readonly id: string;
  readonly number: string;
  readonly kind: DeadLetterKind;
  readonly consumer: string;
  readonly consumer_version: number;
  readonly topic: string;
  readonly partition: string;
  readonly position: string;
  readonly event_id: string;
  readonly key: string;
  readonly keys: string[];
  readonly type: string;
  readonly payload: Buffer;
  readonly headers: Record<string, string>;
  readonly error_class: string;
  readonly message: string;
  readonly stack: string;
  readonly attempts: number;
  readonly first_failed_at: Date;
  readonly last_failed_at: Date;
  readonly status: DeadLetterStatus;
  readonly reason: string | null;
}

function toDeadLetter(row: DeadLetterRow): DeadLetter {
  return {
    id: row.id,
    number: Number(row.number),
    kind: row.kind,
    consumer: row.consumer,
    consumerVersion: row.consumer_version,
    topic: row.topic,
    partition: row.partition,
    position: Number(row.position),
    eventId: row.event_id,
    key: row.key,
    keys: row.keys,
    type: row.type,
    payload: row.payload,
    headers: row.headers,
    errorClass: row.error_class,
    message: row.message,
    stack: row.stack,
    attempts: row.attempts,
    firstFailedAt: row.first_failed_at.getTime(),
    lastFailedAt: row.last_failed_at.getTime(),
    status: row.status,
    reason: row.reason ?? undefined,
  };
}

/** What this module asks: a pool, or one connection. */
export type Database = Pick<ClientBase, 'query'>;

/** Letters by a fixed `where`, `order by` and `limit` over `read_models.dead_letters d`. */
export async function selectDeadLetters(
  db: Database,
  clauses: string,
  values: unknown[],
): Promise<DeadLetter[]> {
  const text = `select d.* from read_models.dead_letters d ${clauses}`;
  const { rows } = await db.query<DeadLetterRow>(text, values);
  return rows.map(toDeadLetter);
}

/** One letter, undefined where there is none. */
export async function readDeadLetter(db: Database, id: string): Promise<DeadLetter | undefined> {
  return (await selectDeadLetters(db, 'where d.id = $1', [id]))[0];
}

/** Which letters; an absent field does not narrow. Times are of the last failure. */
export interface DeadLetterFilters {
  readonly status?: DeadLetterStatus | undefined;
  readonly kind?: DeadLetterKind | undefined;
  readonly consumer?: string | undefined;
  /** Letters that touch this account or transfer. */
  readonly key?: string | undefined;
  /** The error's class. */
  readonly error?: string | undefined;
  readonly failedAfter?: number | undefined;
  readonly failedBefore?: number | undefined;
}

/** The filters as a `where`, with its values in order. */
export function whereDeadLetters(filters: DeadLetterFilters): { where: string; values: unknown[] } {
  const values: unknown[] = [];
  const parts = ['true'];
  const add = (value: unknown, fragment: (parameter: string) => string): void => {
    if (value !== undefined) parts.push(fragment(`$${values.push(value)}`));
  };
  const time = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms));
  add(filters.status, (value) => `d.status = ${value}`);
  add(filters.kind, (value) => `d.kind = ${value}`);
  add(filters.consumer, (value) => `d.consumer = ${value}`);
  add(filters.key, (value) => `${value}::uuid = any(d.keys)`);
  add(filters.error, (value) => `d.error_class = ${value}`);
  add(time(filters.failedAfter), (value) => `d.last_failed_at >= ${value}`);
  add(time(filters.failedBefore), (value) => `d.last_failed_at < ${value}`);
  return { where: parts.join(' and '), values };
}

/** Letters in the order of parking, the newest first. @param before only those parked before this number */
export function listDeadLetters(
  db: Database,
  filters: DeadLetterFilters,
  limit: number,
  before: number | undefined,
): Promise<DeadLetter[]> {
  const { where, values } = whereDeadLetters(filters);
  const place = before === undefined ? '' : `and d.number < $${values.push(before)}`;
  const rows = `$${values.push(limit)}`;
  return selectDeadLetters(db, `where ${where} ${place} order by d.number desc limit ${rows}`, values);
}
