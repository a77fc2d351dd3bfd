import { Counter, type Registry } from 'prom-client';

const name = 'dlq_messages_total';

/** Counts dead letters by consumer: one counter for all consumers of a process. */
export function countDeadLetters(registry: Registry): Counter<'consumer'> {
  const known = registry.getSingleMetric(name);
  if (known instanceof Counter) return known;
  return new Counter({
    name,
    help: 'Events and commands parked as dead letters, those that wait behind them included',
    labelNames: ['consumer'],
    registers: [registry],
  });
}
