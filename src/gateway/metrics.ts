import type { Route } from '@credit-ledger/contract/route.ts';
import { routes } from '@credit-ledger/contract/routes.ts';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const buckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

const moneyRoutes: ReadonlySet<string> = new Set(
  Object.values<Route>(routes).flatMap(({ money, path }) => (money === true ? [path] : [])),
);

/** Counts the requests of one route. */
export interface Meter {
  readonly route: string;
  readonly observe: (status: number, seconds: number) => void;
}

/** Makes a meter for a method and the path of a route, with its label look-ups done beforehand. */
export function createMeters(
  registry: Registry,
  noteMoney: (ms: number) => void = () => {},
): (method: string, route: string) => Meter {
  const registers = [registry];
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered, by route and status.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of the head to the last of the answer.',
    labelNames: ['method', 'route'],
    buckets,
    registers,
  });
  return (method, route) => {
    const duration = durations.labels(method, route);
    const isMoney = moneyRoutes.has(route) && method === 'POST';
    const byStatus = new Map<number, { inc(): void }>();
    const observe = (status: number, seconds: number) => {
      const known = byStatus.get(status) ?? requests.labels(method, route, String(status));
      byStatus.set(status, known);
      known.inc();
      duration.observe(seconds);
      if (isMoney) noteMoney(seconds * 1000);
    };
    return { route, observe };
  };
}

/** Shows how many live feeds are open. */
export function showFeeds(registry: Registry, count: () => number): void {
  const gauge: Gauge = new Gauge({
    name: 'event_feeds_open',
    help: 'Live feeds of events that are open',
    registers: [registry],
    collect: () => gauge.set(count()),
  });
}

/** Shows how many requests are carried out, and how many wait to be. */
export function showAdmissions(
  registry: Registry,
  admissions: Readonly<Record<string, { readonly running: number; readonly waiting: number }>>,
): void {
  const gauge: Gauge = new Gauge({
    name: 'gateway_requests',
    help: 'Requests that are carried out, or wait to be',
    labelNames: ['kind', 'state'],
    registers: [registry],
    collect: () => {
      for (const [kind, { running, waiting }] of Object.entries(admissions)) {
        gauge.set({ kind, state: 'running' }, running);
        gauge.set({ kind, state: 'waiting' }, waiting);
      }
    },
  });
}
