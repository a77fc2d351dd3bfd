import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Gauges of the library that are named as if they were counters; the ones without `_total` say more. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** The one registry of a process, with what Node says of itself; every part adds its own metrics to it. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  return registry;
}

/** Shows what the process does, by labels. */
export function showProgram(registry: Registry, role: string): void {
  new Gauge({
    name: 'credit_ledger_info',
    help: '1, with the roles of the process',
    labelNames: ['role'],
    registers: [registry],
  }).set({ role }, 1);
}

/**
 * Shows figures that are asked for whenever the metrics are read. One that can not be had now is left out, so that
 * nobody takes an old one for the truth.
 */
export function showAsked<Label extends string>(
  registry: Registry,
  { name, help, labelNames }: { name: string; help: string; labelNames: readonly Label[] },
  ask: () => Promise<readonly (readonly [Partial<Record<Label, string>>, number])[]>,
): void {
  const gauge: Gauge<Label> = new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    collect: async () => {
      const figures = await ask().catch(() => []);
      gauge.reset();
      for (const [labels, value] of figures) gauge.set(labels, value);
    },
  });
}
