import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface SchedulerMetrics {
  /** A run of a job came to an end after so many seconds. */
  ended(job: string, outcome: 'done' | 'failed', seconds: number): void;
}

/** @param now milliseconds since 1970 */
export function createSchedulerMetrics(registry: Registry, now: () => number): SchedulerMetrics {
  const registers = [registry];
  const runs = new Counter({
    name: 'scheduler_job_runs_total',
    help: 'Runs of jobs that ended, by what came of them.',
    labelNames: ['job', 'outcome'],
    registers,
  });
  const duration = new Histogram({
    name: 'scheduler_job_duration_seconds',
    help: 'How long runs of jobs took.',
    labelNames: ['job'],
    buckets: [0.01, 0.1, 0.5, 1, 5, 10, 60, 600, 3600],
    registers,
  });
  const lastSuccess = new Gauge({
    name: 'scheduler_job_last_success_timestamp_seconds',
    help: 'When a run of the job last succeeded in this process, in seconds since 1970.',
    labelNames: ['job'],
    registers,
  });
  return {
    ended: (job, outcome, seconds) => {
      runs.inc({ job, outcome });
      duration.observe({ job }, seconds);
      if (outcome === 'done') lastSuccess.set({ job }, now() / 1000);
    },
  };
}
