import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { kafkaMissing, startKafka } from '../../tools/kafka.ts';
import { findFreePorts } from '../../tools/programs.ts';
import { startProduct, until, type Product } from '../support/product.ts';
import { monitoring, startPrometheus } from '../support/prometheus.ts';

const dashboardShape = z.object({
  title: z.string(),
  panels: z.array(
    z.object({
      id: z.int(),
      title: z.string(),
      type: z.string(),
      gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
      targets: z.array(z.object({ expr: z.string(), datasource: z.object({ uid: z.string() }) })),
    }),
  ),
});

function readDashboards(): z.infer<typeof dashboardShape>[] {
  const folder = join(monitoring, 'grafana', 'dashboards');
  return readdirSync(folder).map((name) =>
    dashboardShape.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))),
  );
}

/** What Prometheus is asked by the panels, over the last ten seconds where they say how long they look back. */
function panelQueries(): string[] {
  const targets = readDashboards().flatMap(({ panels }) => panels.flatMap(({ targets: of }) => of));
  return targets
    .filter(({ datasource }) => datasource.uid === 'prometheus')
    .map(({ expr }) => expr.replaceAll('$__rate_interval', '10s'));
}

/** What the alerts compare, made to say 0 where they would say nothing. */
function alertQueries(): string[] {
  const rules = readFileSync(join(monitoring, 'prometheus', 'alerts.yml'), 'utf8');
  const exprs = Array.from(rules.matchAll(/^ +expr: (.+)$/gm), ([, text = '']) =>
    z.string().parse(JSON.parse(text)),
  );
  return exprs.map((expr) => expr.replace(/ ([<>]) (?=[\d.]+$)/, ' $1 bool '));
}

/** Prometheus looks once a second, and the machine may have more to do than this. */
const factMsMax = 60_000;

async function work({ open, move, post, call, get }: Product): Promise<void> {
  await open('a');
  await open('b');
  await move('first', 'a', 'b', 7);
  await call('POST', '/v1/transfers', {
    body: { from: 'ext:a', to: 'ext:b', amount_minor: 1, currency: 'USD' },
    headers: { prefer: 'respond-async', 'idempotency-key': 'later' },
  });
  await move('hold', 'a', 'b', 5, { hold: true });
  await post('/v1/transfers', { from: 'ext:a', to: 'ext:a' }, 'wrong', 400);
  await get('/v1/accounts');
}

test('every query of the dashboards and alerts has an answer from a real Prometheus on a live server', async (t) => {
  const product = await startProduct(t);
  await work(product);
  const prometheus = await startPrometheus(t, product.server.url, 3600);
  const queries = [...panelQueries(), ...alertQueries()];
  assert.ok(queries.length > 100, `${queries.length} queries`);
  let open = queries;
  await until(
    async () => {
      const counts = await Promise.all(open.map((query) => prometheus.count(query)));
      open = open.filter((_, index) => counts[index] === 0);
      return open.length === 0;
    },
    'all have an answer',
    factMsMax,
  ).catch(() => assert.deepEqual(open, []));
});

test('the panels of a dashboard do not lie over each other', () => {
  for (const { title, panels } of readDashboards()) {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    assert.equal(new Set(cells).size, cells.length, title);
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, title);
  }
});

test('the alert of a stuck outbox fires while the broker is away, and ends when it is back', async (t) => {
  const missing = kafkaMissing();
  if (missing !== undefined) return t.skip(missing);
  const [port = 0] = await findFreePorts(1);
  const product = await startProduct(t, { KAFKA_BROKERS: `127.0.0.1:${port}` });
  const prometheus = await startPrometheus(t, product.server.url, 1);
  const isFiring = async () => (await prometheus.firing()).includes('OutboxStuck');
  const isPublished = 'max(outbox_oldest_unpublished_age_seconds) == 0';
  await until(async () => (await prometheus.count(isPublished)) > 0, 'nothing waits yet', factMsMax);
  assert.equal(await isFiring(), false);
  await product.open('a');
  for (const age of [8, 15]) {
    const query = `max(outbox_oldest_unpublished_age_seconds) > ${age}`;
    await until(async () => (await prometheus.count(query)) > 0, `it is ${age} s old`, factMsMax);
  }
  await until(isFiring, 'the alert fires', factMsMax);
  const broker = await startKafka(port);
  t.after(() => broker.remove());
  await until(
    async () => (await prometheus.count(isPublished)) > 0,
    'everything is published',
    factMsMax,
  );
  await until(async () => !(await isFiring()), 'the alert ends', factMsMax);
});
