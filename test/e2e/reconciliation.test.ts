import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { rowsIn, summaryOf, type TestAnswer } from '../support/http.ts';
import { startProduct, until, type Product } from '../support/product.ts';

const byHand = { RECONCILE_EVERY_MS: '0' };

const sourceShape = z.object({
  source: z.string(),
  position: z.int(),
  checked: z.int(),
  drifted: z.int(),
  differences: z.array(z.record(z.string(), z.unknown())),
});
const reportShape = z.object({
  report: z.object({
    drifted: z.int(),
    whole: z.boolean(),
    from_position: z.int(),
    position: z.int(),
    healing: z.record(z.string(), z.string().nullable()),
    announced: z.array(z.int()),
    sources: z.array(sourceShape),
  }),
});
const payloadShape = z.object({ payload: z.record(z.string(), z.unknown()) });
type Report = z.infer<typeof reportShape>['report'];

async function reconcile({ call, get }: Product, body: object = {}): Promise<Report> {
  const asked = await call('POST', '/v1/admin/reconciliations', { body });
  assert.equal(asked.status, 202, asked.text);
  let run: TestAnswer = asked;
  await until(async () => {
    run = await get(String(asked.headers.get('location')));
    return run.json['finished_at'] !== null;
  }, 'the reconciliation ends');
  assert.equal(run.json['state'], 'done', run.text);
  return reportShape.parse(JSON.parse(run.text)).report;
}

/** A book with holds, a reversal and deferred transfers, and read models that have all of it. */
async function openBook(product: Product): Promise<{ a: string; b: string; transfer: string }> {
  const a = await product.open('a', { opening_balance_minor: 1000, credit_limit_minor: 0 });
  const b = await product.open('b', { credit_limit_minor: 100 });
  const moved = await product.move('one', 'a', 'b', 120);
  await product.move('two', 'b', 'a', 20);
  await product.move('hold', 'a', 'b', 50, { hold: { expires_in_seconds: 3600 } });
  const transfer = String(moved.json['id']);
  await product.post(`/v1/transfers/${transfer}/reverse`, { amount_minor: 10 }, 'undo');
  await caughtUp(product);
  return { a, b, transfer };
}

async function caughtUp({ get }: Product): Promise<void> {
  const isLevel = async () =>
    rowsIn(await get('/v1/admin/projections'), 'data').every((row) => row['lag_positions'] === 0);
  await until(isLevel, 'every projection has caught up');
}

const sourceOf = (report: Report, name: string) => {
  const source = report.sources.find(({ source }) => source === name);
  assert.ok(source !== undefined, JSON.stringify(report));
  return source;
};

const differencesOf = (report: Report, name: string) => sourceOf(report, name).differences;

test('a book that is in order is found so, by every source, whole and then what changed', async (t) => {
  const product = await startProduct(t, byHand);
  await openBook(product);
  const whole = await reconcile(product);
  assert.equal(whole.drifted, 0, JSON.stringify(whole));
  assert.deepEqual(whole.announced, [], 'nothing is told where nothing drifted');
  assert.deepEqual(
    whole.sources.map(({ source, checked }) => [source, checked > 0]),
    [
      'accounts',
      'balances',
      'statements',
      'daily_balances',
      'transfer_timeline',
      'transfers',
      'topics',
    ].map((source) => [source, source !== 'topics']),
  );
  await product.move('three', 'a', 'b', 5);
  await caughtUp(product);
  const since = await reconcile(product, { whole: false });
  assert.deepEqual(
    [since.whole, since.from_position, since.drifted],
    [false, whole.position, 0],
    JSON.stringify(since),
  );
  assert.equal(sourceOf(since, 'balances').checked, 2);
  const runs = rowsIn(await product.get('/v1/admin/reconciliations'), 'data');
  assert.deepEqual(
    runs.map((run) => run['state']),
    ['done', 'done'],
  );
});

test('a row of each read model changed by hand is named with account, expected, actual, difference', async (t) => {
  const product = await startProduct(t, byHand);
  const { a, b } = await openBook(product);
  const { sql } = product;
  await sql.query(
    'update read_models.balances set credits_minor = credits_minor + 7 where account_id = $1',
    [b],
  );
  const first = await reconcile(product);
  assert.deepEqual(differencesOf(first, 'balances'), [
    { subject: b, field: 'credits_minor', expected: '120', actual: '127', difference: '7' },
  ]);
  const news = rowsIn(await product.get('/v1/events?types=DriftFound'), 'data');
  assert.deepEqual(
    news.map(({ position }) => position),
    first.announced,
  );
  const { run_id: _run, ts_unix_ms: _time, position, ...told } = payloadShape.parse(news[0]).payload;
  assert.deepEqual(told, {
    ledger: 'main',
    source: 'balances',
    drifted: 1,
    differences: [{ subject: b, field: 'credits_minor', expected: '120', actual: '127' }],
  });
  assert.equal(Number(position), sourceOf(first, 'balances').position);
  await sql.query('update read_models.balances set credits_minor = 120 where account_id = $1', [b]);
  await sql.query(
    `delete from read_models.statement_lines where account_id = $1 and amount_minor = 20`,
    [a],
  );
  await sql.query(
    `update read_models.daily_balances set effective_debits_minor = 3 where account_id = $1`,
    [b],
  );
  await sql.query(`delete from read_models.transfer_timeline where type = 'TransferHeld'`);
  await sql.query(`update read_models.transfers set amount_minor = 121 where amount_minor = 120`);
  await sql.query(`insert into read_models.balances
    select gen_random_uuid(), 1, 2, 3, 4, 5, 6, now(), 1 from ledger.head`);
  const report = await reconcile(product);
  const lines = differencesOf(report, 'statements').filter(
    (row) => !JSON.stringify(row).includes('checksum'),
  );
  assert.deepEqual(lines, [
    { subject: a, field: 'lines', expected: '4', actual: '3', difference: '-1' },
    { subject: a, field: 'credits_minor', expected: '1030', actual: '1010', difference: '-20' },
  ]);
  assert.deepEqual(differencesOf(report, 'daily_balances'), [
    {
      subject: b,
      field: `${new Date().toISOString().slice(0, 10)} effective_debits_minor`,
      expected: '30',
      actual: '3',
      difference: '-27',
    },
  ]);
  assert.equal(sourceOf(report, 'transfer_timeline').drifted, 1);
  assert.equal(sourceOf(report, 'transfers').differences[0]?.['difference'], '1');
  assert.equal(sourceOf(report, 'balances').drifted, 1, 'an account that the ledger does not have');
  const metrics = await (await fetch(`${product.server.url}/metrics`)).text();
  assert.match(metrics, /ledger_drift_accounts\{source="statements"\} 1/);
  assert.match(metrics, /ledger_drift_accounts\{source="accounts"\} 0/);
});

test('a balance in use that is not the sum of its lines is found, though read models are right', async (t) => {
  const product = await startProduct(t, byHand);
  const { b } = await openBook(product);
  await product.sql.query(
    'update ledger.accounts set credits_minor = 119, held_minor = held_minor + 1 where id = $1',
    [b],
  );
  const report = await reconcile(product);
  assert.deepEqual(differencesOf(report, 'accounts'), [
    { subject: b, field: 'held_minor', expected: '0', actual: '1', difference: '1' },
    { subject: b, field: 'credits_minor', expected: '120', actual: '119', difference: '-1' },
  ]);
  assert.equal(sourceOf(report, 'balances').drifted, 0);
});

test('reads of a projection that drifted say so and come from the ledger, until it is healed', async (t) => {
  const product = await startProduct(t, byHand);
  const { b } = await openBook(product);
  const { sql, get, call } = product;
  await sql.query(
    `update read_models.balances set credits_minor = 999, balance_minor = 899 where account_id = $1`,
    [b],
  );
  const stale = await get(`/v1/accounts/${b}/balance`);
  assert.equal(stale.json['balance_minor'], 969, 'the read model answers');
  await reconcile(product);
  const balance = async () => await get(`/v1/accounts/${b}/balance`);
  await until(
    async () => (await balance()).headers.get('stale-projection') === 'balances',
    'it says so',
  );
  assert.equal((await balance()).json['balance_minor'], 90);
  const other = await call('GET', `/v1/accounts/${b}/daily-balances`);
  assert.equal(other.headers.get('stale-projection'), null, 'others are not stale');
  const shown = rowsIn(await get('/v1/admin/projections'), 'data').find(
    (row) => row['name'] === 'balances',
  );
  assert.notEqual(shown?.['drifted_at'], null);
  const healing = await reconcile(product, { auto_heal: true });
  const operation = String(healing.healing['balances']);
  const path = `/v1/admin/operations/${operation}`;
  await until(async () => (await get(path)).json['state'] === 'done', 'it is made again');
  await until(async () => (await balance()).headers.get('stale-projection') === null, 'no longer stale');
  assert.equal((await balance()).json['balance_minor'], 90);
  const { rows } = await sql.query(
    'select credits_minor from read_models.balances where account_id = $1',
    [b],
  );
  assert.deepEqual(rows, [{ credits_minor: '120' }]);
  assert.equal((await reconcile(product)).drifted, 0);
});

test('with RECONCILE_AUTO_HEAL a drift is healed by itself, and without it it is not', async (t) => {
  const product = await startProduct(t, {
    RECONCILE_EVERY_MS: '300',
    RECONCILE_WHOLE_EVERY_MS: '0',
    RECONCILE_AUTO_HEAL: 'true',
  });
  const { b } = await openBook(product);
  const credits = async () =>
    (
      await product.sql.query<{ credits_minor: string }>(
        'select credits_minor from read_models.balances where account_id = $1',
        [b],
      )
    ).rows[0]?.credits_minor;
  await product.sql.query('update read_models.balances set credits_minor = 999 where account_id = $1', [
    b,
  ]);
  await until(async () => (await credits()) === '120', 'the row is right again');
  const manual = await startProduct(t, byHand);
  const book = await openBook(manual);
  await manual.sql.query('update read_models.balances set credits_minor = 999 where account_id = $1', [
    book.b,
  ]);
  const report = await reconcile(manual, { auto_heal: false });
  assert.deepEqual([report.drifted, report.healing], [1, {}]);
});

test('a reconciliation that is not there or asks for what can not be is refused', async (t) => {
  const { call } = await startProduct(t, byHand);
  const unknown = '/v1/admin/reconciliations/019aaaaa-0000-7000-8000-000000000000';
  assert.equal(summaryOf(await call('GET', unknown)), '404 not_found');
  const wrong = await call('POST', '/v1/admin/reconciliations', { body: { whole: 'yes' } });
  assert.equal(summaryOf(wrong), '400 invalid_request /whole');
});
