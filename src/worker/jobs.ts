import type { Queryable } from '../ledger/read-answer.ts';

/** A job as it was taken. */
export interface Job {
  readonly transferId: string;
  readonly ledger: string;
  /** Of the transport, where its event came from. */
  readonly partition: string;
  readonly position: number;
  readonly eventId: string;
  readonly traceparent: string | undefined;
  readonly correlationId: string | undefined;
  readonly state: 'waiting' | 'exhausted';
  /** This one included. */
  readonly attempts: number;
  readonly lastError: string | undefined;
  /** Milliseconds since 1970. */
  readonly firstFailedAt: number | undefined;
}

interface JobRow {
  readonly transfer_id: string;
  readonly ledger: string;
  readonly partition: string;
  readonly position: string;
  readonly event_id: string;
  readonly traceparent: string | null;
  readonly correlation_id: string | null;
  readonly state: Job['state'];
  readonly attempts: number;
  readonly last_error: string | null;
  readonly first_failed_at: Date | null;
}

/**
 * Takes jobs that are due, the longest due first, for `leaseMs`: whoever took them and died has them taken over
 * after that. Workers that ask at once get different ones. An attempt counts when it begins, so a job that
 * kills its worker does not do so for ever.
 */
export async function takeJobs(db: Queryable, most: number, leaseMs: number): Promise<Job[]> {
  const { rows } = await db.query<JobRow>({
    name: 'take-jobs',
    text: `update worker.jobs j set due_at = clock_timestamp() + $2 * interval '1 millisecond',
        attempts = j.attempts + case j.state when 'waiting' then 1 else 0 end
      from (select transfer_id from worker.jobs
          where state in ('waiting', 'exhausted') and due_at <= clock_timestamp()
          order by due_at limit $1 for update skip locked) due
      where j.transfer_id = due.transfer_id
      returning j.transfer_id, j.ledger, j.partition, j.position, j.event_id, j.traceparent, j.correlation_id, j.state,
        j.attempts, j.last_error, j.first_failed_at`,
    values: [most, leaseMs],
  });
  return rows.map(toJob);
}

function toJob(row: JobRow): Job {
  return {
    transferId: row.transfer_id,
    ledger: row.ledger,
    partition: row.partition,
    position: Number(row.position),
    eventId: row.event_id,
    traceparent: row.traceparent ?? undefined,
    correlationId: row.correlation_id ?? undefined,
    state: row.state,
    attempts: row.attempts,
    lastError: row.last_error ?? undefined,
    firstFailedAt: row.first_failed_at?.getTime(),
  };
}

/*
 * What is written about a job names the event that made it: one that was begun anew in the meantime (its
 * transfer was redriven) is left alone.
 */

/** The job is run. One that had failures before is kept for a while, so that they can be seen. */
export async function finishJob(db: Queryable, { transferId, position, attempts }: Job): Promise<void> {
  const text =
    attempts <= 1
      ? 'delete from worker.jobs where transfer_id = $1 and position = $2'
      : `update worker.jobs set state = 'done' where transfer_id = $1 and position = $2`;
  await db.query(text, [transferId, position]);
}

/** The attempt failed: tried again in `delayMs`, or given up next where that was the last one. */
export async function failJob(
  db: Queryable,
  { transferId, position }: Job,
  failure: { readonly state: Job['state']; readonly error: string; readonly delayMs: number },
): Promise<void> {
  await db.query({
    name: 'fail-job',
    text: `update worker.jobs set state = $3, last_error = $4, last_failed_at = clock_timestamp(),
        first_failed_at = coalesce(first_failed_at, clock_timestamp()),
        due_at = clock_timestamp() + $5 * interval '1 millisecond'
      where transfer_id = $1 and position = $2 and state in ('waiting', 'exhausted')`,
    values: [transferId, position, failure.state, failure.error, failure.delayMs],
  });
}

/**
 * Where the clock of a sandbox is ahead, what waits for a time comes earlier by as much; that is looked at again and
 * again, since a job may be made while a clock is being moved.
 */
export async function bringForward(db: Queryable): Promise<void> {
  await db.query({
    name: 'bring-jobs-forward',
    text: `update worker.jobs j set due_at = clock_timestamp()
      from ledger.ledgers g, ledger.transfers t
      where g.clock_offset_ms > 0 and j.ledger = g.name and j.state = 'waiting' and j.attempts = 0
        and t.id = j.transfer_id and t.status = 'SCHEDULED'
        and t.execute_at <= clock_timestamp() + g.clock_offset_ms * interval '1 millisecond'
        and j.due_at > clock_timestamp()`,
  });
}

/** Not due yet by the ledger's clock: that was no attempt. */
export async function postponeJob(
  db: Queryable,
  { transferId, position }: Job,
  delayMs: number,
): Promise<void> {
  await db.query(
    `update worker.jobs set attempts = attempts - 1, due_at = clock_timestamp() + $3 * interval '1 millisecond'
      where transfer_id = $1 and position = $2 and state = 'waiting'`,
    [transferId, position, delayMs],
  );
}

/** The job is given up, and has a dead letter. */
export async function parkJob(db: Queryable, { transferId, position }: Job): Promise<void> {
  await db.query(`update worker.jobs set state = 'parked' where transfer_id = $1 and position = $2`, [
    transferId,
    position,
  ]);
}

/** Forgets what was run long ago. @returns how many */
export async function forgetDoneJobs(db: Queryable, days: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from worker.jobs where state = 'done' and last_failed_at < clock_timestamp() - $1 * interval '1 day'`,
    [days],
  );
  return rowCount ?? 0;
}
