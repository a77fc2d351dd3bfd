import { collectDefaultMetrics, Registry } from 'prom-client';

/** The one registry of a process, with what Node says of itself; every part adds its own metrics to it. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
