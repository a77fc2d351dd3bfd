import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startProduct } from '../support/product.ts';

const page = join(import.meta.dirname, '..', '..', 'docs', 'operations', 'metrics.md');

let known: string | undefined;

/** What /metrics says after something of everything has happened; the same for all tests here. */
async function readMetrics(t: TestContext): Promise<string> {
  known ??= await readLive(t);
  return known;
}

async function readLive(t: TestContext): Promise<string> {
  const { server, open, move, call, get } = await startProduct(t);
  await open('a');
  await open('b');
  await move('first', 'a', 'b', 7);
  await move('first', 'a', 'b', 7);
  await move('hold', 'a', 'b', 5, { hold: true });
  await call('POST', '/v1/transfers', { body: { from: 'nothing' } });
  await get('/v1/accounts');
  return (await fetch(`${server.url}/metrics`)).text();
}

const rowShape = /^\| `(?<name>\w+)` \| (?<type>\w+) \| (?<labels>[^|]*) \|/gm;

/** Name, type and labels of each metric of the page. */
function readPage(): Map<string, { type: string; labels: readonly string[] }> {
  const rows = readFileSync(page, 'utf8').matchAll(rowShape);
  return new Map(
    Array.from(rows, ({ groups: { name = '', type = '', labels = '' } = {} }) => [
      name,
      { type, labels: labels.match(/\w+/g) ?? [] },
    ]),
  );
}

/** Labels that a sample has beyond those of its metric. */
const ofSamples = new Set(['le', 'quantile']);

function labelsOf(text: string, name: string): Set<string> {
  const samples = text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{([^}]*)\\}`, 'gm'));
  const labels = Array.from(samples, ([, inside = '']) =>
    Array.from(inside.matchAll(/(\w+)="/g), ([, label = '']) => label),
  );
  return new Set(labels.flat().filter((label) => !ofSamples.has(label)));
}

test('the page of metrics is what a live server shows: names, types and labels', async (t) => {
  const text = await readMetrics(t);
  const documented = readPage();
  const types = text.matchAll(/^# TYPE (\w+) (\w+)$/gm);
  const shown = Array.from(types, ([, name = '', type = '']) => [name, type] as const);
  const rows = Array.from(documented, ([name, { type }]) => [name, type] as const);
  const sort = (list: readonly (readonly [string, string])[]) =>
    list.map((pair) => pair.join(' ')).toSorted();
  assert.deepEqual(sort(shown), sort(rows));
  for (const [name, { labels }] of documented)
    for (const label of labelsOf(text, name))
      assert.ok(labels.includes(label), `${name} has a label ${label} that the page lacks`);
});

test('promtool finds nothing wrong with names, units and texts of the metrics', async (t) => {
  const input = await readMetrics(t);
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
});

test('what the metrics say of transfers, refusals and replays is what happened', async (t) => {
  const text = await readMetrics(t);
  const facts = [
    'ledger_events_appended_total{type="TransferCompleted"} 1',
    'ledger_events_appended_total{type="TransferHeld"} 1',
    'ledger_posted_minor_units_total{currency="USD"} 7',
    'idempotency_replays_total 1',
    'ledger_holds_overdue 0',
    'dead_letters_parked{consumer="worker"} 0',
    'ledger_drift_accounts{source="balances"} 0',
    'outbox_oldest_unpublished_age_seconds 0',
  ];
  for (const fact of facts) assert.ok(text.split('\n').includes(fact), `${fact}\n${text}`);
  assert.match(text, /db_pool_connections_max\{pool="requests"\} [1-9]/);
});
