import type { JsonObject } from '@credit-ledger/contract/json.ts';
import type { Queryable } from '../ledger/read-answer.ts';

/** A run of a job, whoever wanted it. */
export interface JobRun {
  readonly id: string;
  /** Ascends from run to run. */
  readonly number: number;
  readonly job: string;
  /** Id of the key that asked; undefined where its time had come. */
  readonly actor: string | undefined;
  /** What was asked for beyond the job itself. */
  readonly params: unknown;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** From 0 to 1. */
  readonly progress: number;
  /** The job's own account of what it did. */
  readonly result: unknown;
  readonly error: string | undefined;
  readonly createdAt: Date;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
}

interface RunRow {
  readonly id: string;
  readonly number: string;
  readonly job: string;
  readonly actor: string | null;
  readonly params: unknown;
  readonly state: JobRun['state'];
  readonly progress: number;
  readonly result: unknown;
  readonly error: string | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
}

function toRun(row: RunRow): JobRun {
  return {
    id: row.id,
    number: Number(row.number),
    job: row.job,
    actor: row.actor ?? undefined,
    params: row.params,
    state: row.state,
    progress: row.progress,
    result: row.result,
    error: row.error ?? undefined,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
  };
}

async function select(db: Queryable, clauses: string, values: unknown[]): Promise<JobRun[]> {
  const { rows } = await db.query<RunRow>(`select * from scheduler.runs r ${clauses}`, values);
  return rows.map(toRun);
}

/** One run, undefined where there is none. */
export async function readRun(db: Queryable, id: string): Promise<JobRun | undefined> {
  return (await select(db, 'where r.id = $1', [id]))[0];
}

/** The newest runs first, of one job or of all. */
export function listRuns(
  db: Queryable,
  limit: number,
  { job, before }: { readonly job: string | undefined; readonly before: number | undefined },
): Promise<JobRun[]> {
  const clauses = `where ($2::text is null or r.job = $2) and ($3::bigint is null or r.number < $3)
    order by r.number desc limit $1`;
  return select(db, clauses, [limit, job ?? null, before ?? null]);
}

export interface NewRun {
  /** A new UUID. */
  readonly id: string;
  readonly job: string;
  readonly actor: string;
  readonly params?: JsonObject;
}

/**
 * Asks for a run as soon as possible, of a job that the product has; where no scheduler has run yet, it waits for one.
 * @returns undefined where one of this job waits or runs already
 */
export async function requestRun(
  db: Queryable,
  { id, job, actor, params = {} }: NewRun,
): Promise<JobRun | undefined> {
  await db.query(
    `with known as (insert into scheduler.jobs (name) values ($2) on conflict do nothing)
      insert into scheduler.runs (id, job, actor, params, state) values ($1, $2, $3, $4, 'waiting')
      on conflict (job) where state in ('waiting', 'running') do nothing`,
    [id, job, actor, JSON.stringify(params)],
  );
  return readRun(db, id);
}

/**
 * Begins the run of a job that someone asked for, or that is due, and sets when it comes round next. The caller
 * holds the job's lease, so a run that is still `running` was left by a process that died.
 * @returns undefined where there is nothing to run
 */
export async function beginRun(db: Queryable, job: string, id: string): Promise<JobRun | undefined> {
  await db.query(
    `update scheduler.runs set state = 'failed', finished_at = clock_timestamp(),
        error = 'interrupted: the process that ran it is gone'
      where job = $1 and state = 'running'`,
    [job],
  );
  await db.query(
    `insert into scheduler.runs (id, job, state)
      select $2, name, 'waiting' from scheduler.jobs where name = $1 and next_run_at <= clock_timestamp()
      on conflict (job) where state in ('waiting', 'running') do nothing`,
    [job, id],
  );
  const begun = await db.query<{ id: string }>(
    `with begun as (update scheduler.runs set state = 'running', started_at = clock_timestamp()
        where job = $1 and state = 'waiting' returning id, job),
      next as (update scheduler.jobs j set next_run_at = clock_timestamp() + j.every_ms * interval '1 millisecond'
        from begun where j.name = begun.job)
      select id from begun`,
    [job],
  );
  const found = begun.rows[0];
  return found === undefined ? undefined : readRun(db, found.id);
}

/** Says how far a run is, from 0 to 1. */
export async function noteProgress(db: Queryable, id: string, progress: number): Promise<void> {
  await db.query(`update scheduler.runs set progress = $2 where id = $1 and state = 'running'`, [
    id,
    progress,
  ]);
}

/** Ends a run with what came of it. */
export async function endRun(
  db: Queryable,
  id: string,
  end: { readonly result: JsonObject } | { readonly error: string },
): Promise<void> {
  const isDone = 'result' in end;
  await db.query(
    `update scheduler.runs set state = $2, result = $3, error = $4, finished_at = clock_timestamp(),
        progress = case when $2 = 'done' then 1 else progress end
      where id = $1 and state = 'running'`,
    [
      id,
      isDone ? 'done' : 'failed',
      isDone ? JSON.stringify(end.result) : null,
      isDone ? null : end.error,
    ],
  );
}

/** Forgets runs that ended so many days ago, but for the last of each job. @returns how many */
export async function forgetRuns(db: Queryable, days: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from scheduler.runs r where r.finished_at < clock_timestamp() - $1 * interval '1 day'
      and exists (select from scheduler.runs later where later.job = r.job and later.number > r.number)`,
    [days],
  );
  return rowCount ?? 0;
}
