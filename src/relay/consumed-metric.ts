import { Counter, type Registry } from 'prom-client';

const name = 'events_consumed_total';

/** Counts events by consumer: one counter for all consumers of a process. */
export function countConsumed(registry: Registry): Counter<'consumer'> {
  const known = registry.getSingleMetric(name);
  if (known instanceof Counter) return known;
  return new Counter({
    name,
    help: 'Events that a consumer has dealt with; by projections each once',
    labelNames: ['consumer'],
    registers: [registry],
  });
}
