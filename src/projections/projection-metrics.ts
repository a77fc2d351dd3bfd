import { countDeadLetters } from '../dead-letters/dead-letter-metrics.ts';
import { countConsumed } from '../relay/consumed-metric.ts';
import { Gauge, Histogram, type Registry } from 'prom-client';

/** What the projections of a process measure, by projection. */
export function createProjectionMetrics(registry: Registry) {
  const registers = [registry];
  return {
    consumed: countConsumed(registry),
    latency: new Histogram({
      name: 'projection_latency_seconds',
      help: 'Time from the recording of an event to its commit in the read model; the oldest of each batch',
      labelNames: ['projection'],
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.5, 1, 2, 5, 10, 60, 600],
      registers,
    }),
    lag: new Gauge({
      name: 'consumer_lag',
      help: 'Positions of the log that a consumer has not applied yet',
      labelNames: ['consumer'],
      registers,
    }),
    parked: countDeadLetters(registry),
    running: new Gauge({
      name: 'projection_running',
      help: '1 where a projection runs in this process, 0 where it is paused or stopped',
      labelNames: ['projection'],
      registers,
    }),
  };
}

export type ProjectionMetrics = ReturnType<typeof createProjectionMetrics>;
