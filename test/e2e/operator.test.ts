import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmptyDatabase } from '../support/databases.ts';
import { startProduct, until, type Product } from '../support/product.ts';

const day = () => new Date().toISOString().slice(0, 10);

async function listOf(product: Product, path: string): Promise<Record<string, unknown>[]> {
  const { data } = (await product.get(path)).json;
  assert.ok(Array.isArray(data));
  return data;
}

const linesOf = ({ json: { lines } }: { json: Record<string, unknown> }) =>
  Array.isArray(lines) ? lines.length : undefined;

async function stateOf(product: Product, name: string): Promise<Record<string, unknown>> {
  const found = (await listOf(product, '/v1/admin/projections')).find((row) => row['name'] === name);
  assert.ok(found !== undefined);
  return found;
}

async function caughtUp(product: Product): Promise<void> {
  const isLevel = async () =>
    (await listOf(product, '/v1/admin/projections')).every((row) => row['lag_positions'] === 0);
  await until(isLevel, 'every projection has caught up');
}

async function ended(product: Product, id: unknown): Promise<Record<string, unknown>> {
  let found: Record<string, unknown> = {};
  await until(async () => {
    found = (await product.get(`/v1/admin/operations/${String(id)}`)).json;
    return found['finished_at'] !== null;
  }, 'the operation ends');
  return found;
}

test('an operator stops, starts, rebuilds and resets the read models', async (t) => {
  const product = await startProduct(t);
  const a = await product.open('a');
  await product.open('b');
  await product.move('first', 'a', 'b', 100);

  await t.test('stopped ones fall behind, and nobody misses a write', async () => {
    for (const name of ['balances', 'statements'])
      await product.call('POST', `/v1/admin/projections/${name}/stop`);
    await until(async () => (await stateOf(product, 'balances'))['state'] === 'paused', 'it pauses');
    const moved = await product.move('second', 'a', 'b', 11);
    assert.deepEqual(await product.amounts('b'), [111, 0, 0, 111]);
    const statement = await product.get('/v1/accounts/ext:b/statements');
    assert.equal(linesOf(statement), 2);
    assert.ok(Number((await stateOf(product, 'balances'))['lag_positions']) > 0);
    const position = Number(moved.json['position']);
    const path = '/v1/accounts/ext:b/balance';
    const behind = await product.get(`${path}?min_position=${position}`, 503);
    assert.equal(behind.json['code'], 'read_model_behind');
    assert.equal(behind.json['min_position'], position);
    assert.ok(Number(behind.json['reached_position']) < position);
    const strong = await product.get(`${path}?consistency=strong`);
    assert.equal(strong.json['balance_minor'], 111);
    const unknown = await product.get(`${path}?min_position=${position + 1000}`, 422);
    assert.equal(unknown.json['code'], 'position_unknown');
  });

  await t.test('started again they catch up', async () => {
    for (const name of ['balances', 'statements'])
      await product.call('POST', `/v1/admin/projections/${name}/start`);
    await caughtUp(product);
    const { json } = await product.get('/v1/accounts/ext:b/balance');
    assert.equal(json['balance_minor'], 111);
    const read = await product.get(
      `/v1/accounts/ext:b/balance?min_position=${String(json['as_of_position'])}`,
    );
    assert.equal(read.json['balance_minor'], 111);
  });

  await t.test('a row changed by hand is found, and healed by a rebuild that is told so', async () => {
    await product.sql.query('update read_models.balances set balance_minor = 7 where account_id = $1', [
      a,
    ]);
    const path = '/v1/admin/projections/balances/rebuild';
    const asked = await product.call('POST', path);
    assert.equal(asked.status, 202, asked.text);
    assert.equal((await ended(product, asked.json['id']))['state'], 'differs');
    const again = await product.call('POST', path, { body: { accept_differences: true } });
    assert.equal((await ended(product, again.json['id']))['state'], 'done');
    const third = await ended(product, (await product.call('POST', path)).json['id']);
    assert.equal(third['state'], 'done', JSON.stringify(third));
    assert.equal(third['progress'], 1);
  });

  await t.test('a wiped read model is made again while reads go on', async () => {
    await product.call('POST', '/v1/admin/projections/statements/stop');
    const asked = await product.call('POST', '/v1/admin/projections/statements/reset');
    assert.equal(asked.status, 202, asked.text);
    const during = await product.get('/v1/accounts/ext:b/statements');
    assert.equal(linesOf(during), 2);
    assert.equal((await ended(product, asked.json['id']))['state'], 'done');
    await caughtUp(product);
    const { rows } = await product.sql.query(
      'select count(*)::int as lines from read_models.statement_lines',
    );
    assert.deepEqual(rows, [{ lines: 4 }]);
  });

  await t.test(
    'what adds up is replayed and made again for one account, and counts nothing twice',
    async () => {
      const path = '/v1/admin/projections/daily_balances';
      const days = await product.get('/v1/accounts/ext:a/daily-balances');
      for (const [end, body] of [
        ['replay', { from_position: 1 }],
        ['rebuild', { account_id: a }],
      ] as const) {
        const asked = await product.call('POST', `${path}/${end}`, { body });
        assert.equal(asked.status, 202, asked.text);
        assert.equal((await ended(product, asked.json['id']))['state'], 'done');
      }
      await caughtUp(product);
      const again = await product.get('/v1/accounts/ext:a/daily-balances');
      assert.deepEqual(again.json['data'], days.json['data']);
    },
  );

  await t.test('a projection that there is not is refused', async () => {
    const nobody = await product.call('POST', '/v1/admin/projections/nothing/stop');
    assert.equal(nobody.json['code'], 'invalid_request');
  });

  await t.test('a transfer has its timeline, an account and a ledger their days', async () => {
    const moved = await product.call('POST', '/v1/transfers', {
      headers: {
        'idempotency-key': 'traced',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
      body: { from: 'ext:a', to: 'ext:b', amount_minor: 5, currency: 'USD' },
    });
    const path = `/v1/transfers/${String(moved.json['id'])}/timeline?min_position=${String(moved.json['position'])}`;
    const { events } = (await product.get(path)).json;
    assert.ok(Array.isArray(events));
    assert.deepEqual(
      events.map((event: Record<string, unknown>) => [event['type'], event['trace_id']]),
      ['EntryPosted', 'TransferCompleted'].map((type) => [type, '0af7651916cd43dd8448eb211c80319c']),
    );
    await caughtUp(product);
    const days = await listOf(product, '/v1/accounts/ext:b/daily-balances');
    assert.deepEqual(days, [
      {
        period: day(),
        debits_minor: 0,
        credits_minor: 116,
        debit_count: 0,
        credit_count: 3,
        closing_balance_minor: 116,
      },
    ]);
    const [month] = await listOf(product, '/v1/reports/daily-totals?period=month&by=effective');
    assert.equal(month?.['period'], day().slice(0, 7));
    assert.equal(month['debits_minor'], 116);
  });

  await t.test('there are no dead letters, and an unknown one is 404', async () => {
    assert.deepEqual(await listOf(product, '/v1/admin/dead-letters?status=parked'), []);
    await product.get(`/v1/admin/dead-letters/${a}`, 404);
    const none = await product.call('POST', '/v1/admin/dead-letters/redrive', { body: {} });
    assert.equal(none.status, 400);
  });
});

test('what a read model would refuse because it is behind, the ledger answers', async (t) => {
  const product = await startProduct(t);
  await product.open('a');
  await product.open('b');
  await caughtUp(product);
  await product.call('POST', '/v1/admin/projections/statements/stop');
  await product.call('POST', '/v1/admin/projections/balances/stop');
  await until(async () => (await stateOf(product, 'balances'))['state'] === 'paused', 'it pauses');
  await product.move('dated', 'a', 'b', 7, { effective_at: '2025-01-01T00:00:00Z' });
  const past = await product.get('/v1/accounts/ext:b/balance?effective_at=2025-01-02T00:00:00Z');
  assert.equal(past.json['balance_minor'], 7, 'the read models know of no line by then');
});

test('the read models may live in another database, and be gone for a while', async (t) => {
  const other = await createEmptyDatabase(t);
  const product = await startProduct(t, { READ_MODEL_DATABASE_URL: other.url });
  await product.open('a');
  await product.open('b');
  await product.move('first', 'a', 'b', 100);
  await caughtUp(product);
  const models = await other.connect();
  const { rows } = await models.query('select count(*)::int as lines from read_models.statement_lines');
  assert.deepEqual(rows, [{ lines: 2 }]);
  assert.deepEqual(await product.amounts('b'), [100, 0, 0, 100]);
  await product.sql.query(`alter database ${other.name} allow_connections false`);
  await product.sql.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
    other.name,
  ]);
  await product.move('second', 'a', 'b', 5);
  assert.deepEqual(await product.amounts('b'), [105, 0, 0, 105]);
  await product.sql.query(`alter database ${other.name} allow_connections true`);
  await caughtUp(product);
  assert.deepEqual(await product.amounts('b'), [105, 0, 0, 105]);
});
