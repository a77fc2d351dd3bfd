import type { Queryable } from '../ledger/read-answer.ts';

/** A job as it stands in the database, where every process sees it. */
export interface KnownJob {
  readonly name: string;
  /** Undefined where it runs only when asked. */
  readonly everyMs: number | undefined;
  readonly nextRunAt: Date | undefined;
}

interface JobRow {
  readonly name: string;
  readonly every_ms: string | null;
  readonly next_run_at: Date | null;
}

/** Every job that a scheduler has ever registered here, by name. */
export async function listJobs(db: Queryable): Promise<KnownJob[]> {
  const { rows } = await db.query<JobRow>('select * from scheduler.jobs order by name');
  return rows.map((row) => ({
    name: row.name,
    everyMs: row.every_ms === null ? undefined : Number(row.every_ms),
    nextRunAt: row.next_run_at ?? undefined,
  }));
}

/**
 * Makes jobs known with how often they come round. A job keeps its time while its interval stays, so that a
 * restart does not put it off.
 */
export async function registerJobs(
  db: Queryable,
  jobs: readonly { readonly name: string; readonly everyMs: number | undefined }[],
): Promise<void> {
  await db.query(
    `insert into scheduler.jobs as j (name, every_ms, next_run_at)
      select name, every_ms, clock_timestamp() + every_ms * interval '1 millisecond'
        from unnest($1::text[], $2::bigint[]) as x (name, every_ms)
      on conflict (name) do update set every_ms = excluded.every_ms, next_run_at = excluded.next_run_at
        where j.every_ms is distinct from excluded.every_ms`,
    [jobs.map(({ name }) => name), jobs.map(({ everyMs }) => everyMs ?? null)],
  );
}

/** Jobs for which a run is due or was asked for. */
export async function listDue(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>({
    name: 'list-due-jobs',
    text: `select name from scheduler.jobs j where next_run_at <= clock_timestamp()
      or exists (select from scheduler.runs r where r.job = j.name and r.state = 'waiting')
      or exists (select from scheduler.runs r left join relay.leases l
        on l.name = 'job:' || r.job and l.until > clock_timestamp()
        where r.job = j.name and r.state = 'running' and l.name is null)`,
  });
  return rows.map(({ name }) => name);
}
