import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { countDeadLetters } from '../dead-letters/dead-letter-metrics.ts';
import { countConsumed } from '../relay/consumed-metric.ts';

/** The metrics of webhooks; durations in seconds. */
export function createWebhookMetrics(registry: Registry) {
  const registers = [registry];
  return {
    attempts: new Histogram({
      name: 'webhook_attempt_duration_seconds',
      help: 'Time of an attempt to deliver a webhook, by what came of it',
      labelNames: ['outcome'],
      buckets: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60],
      registers,
    }),
    pending: new Gauge({
      name: 'webhook_deliveries_pending',
      help: 'Deliveries that wait, by the status of their endpoint',
      labelNames: ['status'],
      registers,
    }),
    oldest: new Gauge({
      name: 'webhook_oldest_pending_seconds',
      help: 'Age of the oldest delivery that waits at an active endpoint',
      registers,
    }),
    disabled: new Counter({
      name: 'webhook_endpoints_disabled_total',
      help: 'Endpoints that were disabled by themselves, by reason',
      labelNames: ['reason'],
      registers,
    }),
    dead: countDeadLetters(registry),
    consumed: countConsumed(registry),
  };
}

export type WebhookMetrics = ReturnType<typeof createWebhookMetrics>;
