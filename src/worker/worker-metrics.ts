import { countDeadLetters } from '../dead-letters/dead-letter-metrics.ts';
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
  };
}

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;
