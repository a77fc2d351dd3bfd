import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface RelayMetrics {
  published(count: number): void;
  /** Publishing failed and begins again from the cursor. */
  failed(): void;
  /** From the commit to the broker's confirmation. */
  latency(seconds: number): void;
  /**
   * When the oldest event was committed that this process has still to publish, in milliseconds since 1970;
   * undefined where there is none.
   */
  oldest(at: number | undefined): void;
}

/** @param now milliseconds since 1970 */
export function createRelayMetrics(registry: Registry, now: () => number): RelayMetrics {
  const registers = [registry];
  let oldestAt: number | undefined;
  const published = new Counter({
    name: 'outbox_events_published_total',
    help: 'Events that the broker confirmed.',
    registers,
  });
  const failures = new Counter({
    name: 'outbox_publish_failures_total',
    help: 'How often publishing failed and began again from the cursor.',
    registers,
  });
  const latency = new Histogram({
    name: 'outbox_relay_latency_seconds',
    help: 'From the commit of an event to its confirmation by the broker.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600],
    registers,
  });
  const age: Gauge = new Gauge({
    name: 'outbox_oldest_unpublished_age_seconds',
    help: 'Age of the oldest event that this process has still to publish.',
    registers,
    collect: () => age.set(oldestAt === undefined ? 0 : Math.max(0, (now() - oldestAt) / 1000)),
  });
  return {
    published: (count) => published.inc(count),
    failed: () => failures.inc(),
    latency: (seconds) => latency.observe(seconds),
    oldest: (at) => {
      oldestAt = at;
    },
  };
}
