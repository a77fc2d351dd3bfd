import type { Pool } from 'pg';
import { countDeadLetters } from '../dead-letters/dead-letter-metrics.ts';
import { countConsumed } from '../relay/consumed-metric.ts';
import { showAsked } from '../runtime/metrics.ts';
import { Counter, Histogram, type Registry } from 'prom-client';

/** The worker's metrics; durations in seconds. */
export function createWorkerMetrics(registry: Registry) {
  const registers = [registry];
  return {
    processing: new Histogram({
      name: 'worker_processing_duration_seconds',
      help: 'Time from taking a job to its end, by what came of it',
      labelNames: ['outcome'],
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20],
      registers,
    }),
    retries: new Counter({
      name: 'worker_retries_total',
      help: 'Attempts that failed and are made again, by error',
      labelNames: ['code'],
      registers,
    }),
    dead: countDeadLetters(registry),
    consumed: countConsumed(registry),
  };
}

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;

/** Shows how long transfers that are to be run wait beyond their time. */
export function showOverdueJobs(registry: Registry, db: Pick<Pool, 'query'>): void {
  const name = 'worker_oldest_due_job_age_seconds';
  const help =
    'For how long the oldest job has been due that nobody took; of the database, the same in every process';
  showAsked(registry, { name, help, labelNames: [] }, async () => {
    const { rows } = await db.query<{ age: number }>({
      name: 'oldest-due-job',
      text: `select coalesce(greatest(0, extract(epoch from clock_timestamp() - min(due_at))), 0)::float8 as age
        from worker.jobs where state in ('waiting', 'exhausted')`,
    });
    return rows.map(({ age }) => [{}, age] as const);
  });
}
