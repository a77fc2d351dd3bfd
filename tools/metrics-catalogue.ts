import { Registry } from 'prom-client';
import { z } from 'zod';
import { showParked } from '../src/dead-letters/dead-letter-metrics.ts';
import { createMeters, showAdmissions, showFeeds } from '../src/gateway/metrics.ts';
import { showOverdueHolds } from '../src/ledger/overdue-holds.ts';
import { createWriterMetrics } from '../src/ledger/writer-metrics.ts';
import { createPoolMetrics } from '../src/postgres/pool-metrics.ts';
import { createProjectionMetrics } from '../src/projections/projection-metrics.ts';
import { createVerificationMetrics } from '../src/proof/verification-metrics.ts';
import { createReconciliationMetrics } from '../src/reconciliation/reconciliation-metrics.ts';
import { createRelayMetrics } from '../src/relay/relay-metrics.ts';
import { createBreakers } from '../src/runtime/breaker.ts';
import { createRegistry, showProgram } from '../src/runtime/metrics.ts';
import { createSpanMetrics } from '../src/runtime/span-metrics.ts';
import { createSchedulerMetrics } from '../src/scheduler/scheduler-metrics.ts';
import { createSqlMetrics } from '../src/sql-gateway/sql-metrics.ts';
import { createWebhookMetrics } from '../src/webhooks/webhook-metrics.ts';
import { createWorkerMetrics, showOverdueJobs } from '../src/worker/worker-metrics.ts';

/** A metric as `/metrics` has it. */
export interface CataloguedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

const now = (): number => 0;
const ask = { query: () => Promise.reject(new Error('nothing is asked here')) };

/** Who has which metrics; a title and what adds them to a registry. */
const parts: readonly (readonly [string, (registry: Registry) => void])[] = [
  [
    'Every process',
    (registry) => {
      showProgram(registry, 'all');
      createMeters(registry);
      createPoolMetrics(registry);
      createBreakers(registry);
      createSpanMetrics(registry);
    },
  ],
  [
    '`gateway`',
    (registry) => {
      showAdmissions(registry, {});
      showFeeds(registry, () => 0);
    },
  ],
  ['`ledger`', createWriterMetrics],
  ['`relay`', (registry) => createRelayMetrics(registry, now)],
  ['`projections`', createProjectionMetrics],
  [
    '`worker`',
    (registry) => {
      createWorkerMetrics(registry);
      createWebhookMetrics(registry);
      createSqlMetrics(registry);
    },
  ],
  [
    '`scheduler`',
    (registry) => {
      createSchedulerMetrics(registry, now);
      createReconciliationMetrics(registry);
      createVerificationMetrics(registry);
      showParked(registry, ask, []);
      showOverdueHolds(registry, ask);
      showOverdueJobs(registry, ask);
    },
  ],
];

const metricShape = z.object({
  name: z.string(),
  help: z.string(),
  labelNames: z.array(z.string()),
});

async function listIn(registry: Registry): Promise<CataloguedMetric[]> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.map(({ name, type }) => {
    const { help, labelNames } = metricShape.parse(registry.getSingleMetric(name));
    return { name, type: String(type), help, labels: labelNames };
  });
}

/** Every metric by who has it, those of Node last. What several have is where it comes first. */
export async function listMetrics(): Promise<{ title: string; metrics: CataloguedMetric[] }[]> {
  const known = new Set<string>();
  const chapters = [];
  for (const [title, add] of [...parts, ['Node.js', () => {}] as const]) {
    const registry = title === 'Node.js' ? createRegistry() : new Registry();
    add(registry);
    const metrics = (await listIn(registry)).filter(({ name }) => !known.has(name));
    for (const { name } of metrics) known.add(name);
    chapters.push({ title, metrics: metrics.toSorted((a, b) => a.name.localeCompare(b.name)) });
  }
  return chapters;
}
