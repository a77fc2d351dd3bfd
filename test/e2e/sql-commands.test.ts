import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { callsTo, startOn, startProduct, type Product } from '../support/product.ts';
import { answerTo, ask, createSqlRole, type SqlRole } from '../support/sql-roles.ts';

const usd = { currency: 'USD' };

async function start(t: TestContext): Promise<{ product: Product; app: SqlRole }> {
  const product = await startProduct(t);
  const app = await createSqlRole(product.database, product.sql);
  await product.sql.query(`select ledger_api.grant_ledger('${app.name}', 'main')`);
  return { product, app };
}

test('a transaction of an application posts with its own rows, or leaves nothing of either', async (t) => {
  const { product, app } = await start(t);
  await product.sql.query(
    `create table orders (id int primary key); grant all on orders to ${app.name}`,
  );
  await product.open('shop', { credit_limit_minor: 0 });
  await product.open('buyer', { opening_balance_minor: 100, credit_limit_minor: 0 });
  const client = await app.connect();
  const pay = { from: 'ext:buyer', to: 'ext:shop', amount_minor: 60, ...usd };
  await client.query('begin');
  await client.query('insert into orders values (1)');
  const undone = await ask(client, 'post_transfer', pay);
  await client.query('rollback');
  await client.query('begin');
  await client.query('insert into orders values (2)');
  const id = await ask(client, 'post_transfer', { ...pay, metadata: { order: 2 } });
  const early = await client.query('select status from ledger_api.commands where id = $1', [id]);
  assert.deepEqual(early.rows, [{ status: null }]);
  await client.query('commit');
  const { status, answer } = await answerTo(client, id);
  assert.deepEqual([status, answer['status'], answer['amount_minor']], [201, 'COMPLETED', 60]);
  assert.deepEqual(answer['metadata'], { order: 2 });
  const read = await product.get(`/v1/transfers/${String(answer['id'])}`);
  assert.equal(read.json['entry_id'], answer['entry_id']);
  assert.deepEqual(await product.amounts('shop'), [60, 0, 0, 60]);
  const gone = await client.query('select from ledger_api.commands where id = $1', [undone]);
  assert.equal(gone.rowCount, 0);
  assert.deepEqual((await client.query('select id from orders')).rows, [{ id: 2 }]);
});

test('every operation answers what HTTP answers, refusals with their codes', async (t) => {
  const { product, app } = await start(t);
  const client = await app.connect();
  const run = async (operation: string, body: object, more = {}) =>
    answerTo(client, await ask(client, operation, body, more));
  const open = async (name: string, fields = {}) =>
    run('open_account', { ...usd, external_id: name, ...fields });
  const a = await open('a', { opening_balance_minor: 1000, credit_limit_minor: 0 });
  assert.deepEqual([a.status, a.answer['balance_minor']], [201, 1000]);
  await open('b');
  const move = { from: 'ext:a', to: 'ext:b', amount_minor: 100, ...usd };
  const hold = await run('post_transfer', { ...move, hold: true });
  assert.equal(hold.answer['status'], 'HELD');
  const other = await run('post_transfer', { ...move, hold: true });
  const whole = await run('post_transfer', move);
  const entryId = String(whole.answer['entry_id']);
  const idOf = ({ answer }: typeof hold) => ({ target: String(answer['id']) });
  const batch = { mode: 'atomic', transfers: [{ ...move, idempotencyKey: 'item' }] };
  const lines = [
    { account_id: 'ext:a', side: 'DEBIT', amount_minor: 5 },
    { account_id: 'ext:b', side: 'CREDIT', amount_minor: 4 },
  ];
  const later = await run('post_transfer', { ...move, execute_at: '2099-01-01T00:00:00Z' });
  const rows: [string, object, object, string][] = [
    ['update_account', { name: 'A' }, { target: 'ext:a' }, '200'],
    ['deposit', { amount_minor: 5 }, { target: 'ext:a' }, '201'],
    ['withdraw', { amount_minor: 5 }, { target: 'ext:a' }, '201'],
    ['settle_hold', { amount_minor: 60 }, idOf(hold), '200'],
    ['settle_hold', {}, idOf(hold), '409 hold_already_settled'],
    ['void_hold', {}, idOf(other), '200'],
    ['reverse_transfer', {}, idOf(whole), '201'],
    ['reverse_transfer', { force: true }, idOf(whole), '403 forbidden'],
    ['cancel_transfer', {}, idOf(later), '201'],
    ['post_transfers', batch, {}, '200'],
    ['post_entry', { lines }, {}, '422 unbalanced_entry'],
    ['reverse_entry', {}, { target: entryId }, '409 not_reversible'],
    ['post_transfer', { ...move, amount_minor: 99_999 }, {}, '422 insufficient_funds'],
    ['post_transfer', { ...move, amount_minor: 1.5 }, {}, '400 invalid_request'],
    ['post_transfer', { ...move, amount: 1 }, {}, '400 invalid_request'],
    ['post_transfer', move, { target: entryId }, '400 invalid_request'],
    ['settle_hold', {}, {}, '400 invalid_request'],
    ['settle_hold', {}, { target: '0190f3a0-7c1e-7d00-8000-00000000000a' }, '404 transfer_not_found'],
    ['post_transfer', { ...move, amount_minor: '9223372036854775807' }, {}, '422 amount_overflow'],
  ];
  for (const [operation, body, more, expected] of rows) {
    const { status, answer } = await run(operation, body, more);
    const code = answer['code'] === undefined ? [] : [answer['code']];
    assert.equal([status, ...code].join(' '), expected, `${operation} ${JSON.stringify(answer)}`);
  }
  const key = { key: 'once' };
  const [first, again] = [await run('post_transfer', move, key), await run('post_transfer', move, key)];
  assert.deepEqual(again, first, 'a key that is used again replays');
  const changed = await run('post_transfer', { ...move, amount_minor: 1 }, key);
  assert.equal(changed.answer['code'], 'idempotency_key_reused');
  const overHttp = await product.call('POST', '/v1/transfers', {
    body: move,
    headers: { 'idempotency-key': 'once' },
  });
  assert.equal(overHttp.headers.get('idempotency-replayed'), 'true');
  assert.equal(overHttp.json['id'], first.answer['id']);
});

test('a role without a grant is refused, and nobody sees or makes the rows of another', async (t) => {
  const { product, app } = await start(t);
  const { sql, database } = product;
  const stranger = await createSqlRole(database, sql);
  const [mine, theirs] = [await app.connect(), await stranger.connect()];
  const id = await ask(mine, 'open_account', usd);
  assert.equal((await answerTo(mine, id)).status, 201);
  const denied = { code: '42501' };
  await assert.rejects(ask(theirs, 'open_account', usd), {
    ...denied,
    message: /no grant on the ledger main/,
  });
  await assert.rejects(ask(mine, 'open_account', usd, { ledger: 'other' }), denied);
  await assert.rejects(ask(mine, 'drop_table', usd), { code: '22023' });
  const forbidden = [
    `insert into ledger_api.commands (operation, ledger) values ('open_account', 'main')`,
    `insert into ledger_api.commands (operation, role) values ('open_account', '${app.name}')`,
    `update ledger_api.commands set status = 201, answer = '{}', finished_at = now()`,
    'delete from ledger_api.commands',
    'select * from ledger_api.role_ledgers',
    `insert into ledger_api.role_ledgers values ('${stranger.name}', 'main')`,
    `select ledger_api.grant_ledger('${stranger.name}', 'main')`,
    'select * from ledger.accounts',
    'truncate ledger_api.commands',
  ];
  for (const text of forbidden) await assert.rejects(theirs.query(text), denied, text);
  const seen = async (client: typeof mine) =>
    (await client.query<{ id: string }>('select id from ledger_api.commands')).rows.map(({ id }) => id);
  assert.deepEqual([await seen(mine), await seen(theirs)], [[id], []]);
  await sql.query(`grant ${app.name} to ${stranger.name}`);
  assert.equal((await answerTo(theirs, await ask(theirs, 'open_account', usd))).status, 201);
  await sql.query(`select ledger_api.revoke_ledger('${app.name}', 'main')`);
  await assert.rejects(ask(mine, 'open_account', usd), denied);
  await assert.rejects(ask(theirs, 'open_account', usd), denied);
});

test('a search path of the caller changes nothing', async (t) => {
  const { product, app } = await start(t);
  await product.sql.query(
    `create schema trap authorization ${app.name};
     create function trap.pg_has_role(name, oid, text) returns boolean language sql return true`,
  );
  const client = await app.connect();
  await client.query('set search_path = trap, pg_temp, ledger_api, pg_catalog');
  await client.query('create temp table commands (id uuid)');
  assert.equal((await answerTo(client, await ask(client, 'open_account', usd))).status, 201);
  await assert.rejects(ask(client, 'open_account', usd, { ledger: 'other' }), { code: '42501' });
});

test('what was numbered earlier and committed later is carried out; sessions do not wait for each other', async (t) => {
  const { app } = await start(t);
  const [early, late] = [await app.connect(), await app.connect()];
  await early.query('begin');
  const first = await ask(early, 'open_account', { ...usd, external_id: 'first' });
  const second = await ask(late, 'open_account', { ...usd, external_id: 'second' });
  assert.equal((await answerTo(late, second)).status, 201);
  await early.query('commit');
  assert.equal((await answerTo(early, first)).status, 201);
});

test('commands of a session are carried out in its order, those of many at once lose nothing', async (t) => {
  const { product, app } = await start(t);
  await product.open('from');
  await product.open('to');
  const clients = await Promise.all(Array.from({ length: 8 }, () => app.connect()));
  const asked = await Promise.all(
    clients.map(async (client, n) => {
      const ids: string[] = [];
      for (let i = 0; i < 20; i += 1) {
        const isOne = i % 3 !== 0;
        if (!isOne) await client.query('begin');
        const body = { from: 'ext:from', to: 'ext:to', amount_minor: 1, ...usd, description: `${n}` };
        ids.push(await ask(client, 'post_transfer', body));
        if (!isOne) await client.query(i % 2 === 0 ? 'commit' : 'rollback');
        if (!isOne && i % 2 === 1) ids.pop();
      }
      return { client, ids };
    }),
  );
  let count = 0;
  for (const { client, ids } of asked) {
    const numbers: number[] = [];
    for (const id of ids) {
      const { status, answer } = await answerTo(client, id);
      assert.equal(status, 201);
      numbers.push(Number(answer['entry_number']));
    }
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
    count += ids.length;
  }
  assert.deepEqual(await product.amounts('to'), [count, 0, 0, count]);
});

const guide = join(import.meta.dirname, '..', '..', 'docs', 'guides', 'from-sql.md');

test('the example of the guide does what the guide says', async (t) => {
  const { product, app } = await start(t);
  await product.sql.query(
    `create table orders (id int, total_minor bigint); grant all on orders to ${app.name}`,
  );
  await product.open('buyer', { opening_balance_minor: 4200 });
  await product.open('shop');
  const blocks = [...readFileSync(guide, 'utf8').matchAll(/```sql\n([^`]*)```/g)].map(
    ([, text]) => text ?? '',
  );
  const example = blocks.find((text) => text.startsWith('begin;')) ?? '';
  const client = await app.connect();
  await client.query(example);
  const { rows } = await client.query<{ id: string }>('select id from ledger_api.commands');
  assert.equal((await answerTo(client, rows[0]?.id ?? '')).status, 201);
  assert.deepEqual(await product.amounts('shop'), [4200, 0, 0, 4200]);
});

test('a command whose accounts have to be loaded first is not overtaken by the next of its session', async (t) => {
  const { product, app } = await start(t);
  const cold = Array.from({ length: 20 }, (_, i) => `cold-${i}`);
  for (const name of ['hot', ...cold]) await product.open(name);
  await product.server.stop();
  const { adminKey: ADMIN_API_KEY } = product.server;
  const again = callsTo(await startOn(t, product.database, { ADMIN_API_KEY }));
  await again.open('warm');
  assert.equal((await again.move('warm-up', 'warm', 'hot', 1)).status, 201);
  const client = await app.connect();
  const pay = (from: string) =>
    ask(client, 'post_transfer', { from: `ext:${from}`, to: 'ext:hot', amount_minor: 1, ...usd });
  const ids: string[] = [];
  await client.query('begin');
  for (const name of cold) ids.push(await pay(name), await pay('warm'));
  await client.query('commit');
  const numbers: number[] = [];
  for (const id of ids) numbers.push(Number((await answerTo(client, id)).answer['entry_number']));
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
});

test('a role that was granted a sandbox has it under the same name after a reset', async (t) => {
  const { product, app } = await start(t);
  const { call, sql } = product;
  const made = await call('POST', '/v1/ledgers', { body: { name: 'play', sandbox: true } });
  assert.equal(made.status, 201, made.text);
  await sql.query(`select ledger_api.grant_ledger('${app.name}', 'play')`);
  const client = await app.connect();
  const open = () => ask(client, 'open_account', { ...usd, external_id: 'mine' }, { ledger: 'play' });
  assert.equal((await answerTo(client, await open())).status, 201);
  assert.equal((await answerTo(client, await open())).answer['code'], 'external_id_taken');
  assert.equal((await call('POST', '/v1/ledgers/play/reset')).status, 200);
  assert.equal((await answerTo(client, await open())).status, 201, 'the new life is empty');
  const { rows } = await client.query<{ ledger: string }>(
    'select ledger from ledger_api.commands order by number',
  );
  assert.deepEqual(
    rows.map(({ ledger }) => ledger),
    ['play-r1', 'play-r1', 'play-r2'],
  );
  await sql.query(`select ledger_api.revoke_ledger('${app.name}', 'play')`);
  await assert.rejects(open(), /has no grant on the ledger play/);
});
