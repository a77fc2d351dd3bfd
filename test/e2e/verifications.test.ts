import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import { rowsIn } from '../support/http.ts';
import { startOn, startProduct, until } from '../support/product.ts';

test('a book is verified on demand, beside what is written, and by the command', async (t) => {
  const product = await startProduct(t);
  const { open, move, post, call, get, database } = product;
  await post('/v1/ledgers', { name: 'other' }, 'other');
  for (const name of ['a', 'b']) await open(name, { opening_balance_minor: 1000, external_id: name });
  for (let n = 1; n <= 20; n += 1) await move(`m${n}`, 'a', 'b', n);
  const held = await move('h', 'a', 'b', 5, { hold: true });
  await post(
    `/v1/transfers/${String(held.json['id'])}/settle`,
    { amount_minor: 2, keep_remaining: true },
    's',
    200,
  );
  assert.equal((await call('POST', '/v1/admin/seals')).status, 201);
  const asked = await call('POST', '/v1/admin/verifications');
  assert.equal(asked.status, 202, asked.text);
  const path = `/v1/admin/verifications/${String(asked.json['id'])}`;
  assert.equal(asked.headers.get('location'), path);
  await until(async () => (await get(path)).json['finished_at'] !== null, 'the verification ends');
  const done = await get(path);
  assert.equal(`${String(done.json['state'])} ${String(done.json['progress'])}`, 'done 1', done.text);
  assert.deepEqual(
    rowsIn(done, 'checks').filter((check) => check['count'] !== 0),
    [],
  );
  assert.equal(rowsIn(await get('/v1/admin/verifications'), 'data').length, 1);
  const ran = await runCli([
    'verify',
    '--database-url',
    database.url,
    '--seal-dir',
    `${product.server.dataDir}/seals`,
  ]);
  assert.equal(ran.status, 0, ran.out + ran.err);
  assert.match(ran.out, /The book is whole/);
});

test('a verification whose process was killed in the middle of it goes on in the next one', async (t) => {
  const pepper = { API_KEY_PEPPER: 'one-pepper-for-both-servers' };
  const { database, sql, server } = await startProduct(t, pepper);
  const blocker = await database.connect();
  await blocker.query('begin; lock table ledger.audit_log in access exclusive mode');
  const id = '01990000-0000-7000-8000-000000000001';
  await sql.query(`insert into proof.verifications (id, actor) values ($1, 'test')`, [id]);
  const waiting = `select from pg_stat_activity
    where application_name = 'credit-ledger verification' and wait_event_type = 'Lock'`;
  await until(
    async () => (await sql.query(waiting)).rowCount === 1,
    'the verification is in the middle of the book',
  );
  server.signal('SIGKILL');
  await server.exited;
  await blocker.query('commit');
  const next = await startOn(t, database, { ...pepper, ADMIN_API_KEY: server.adminKey });
  const path = `${next.url}/v1/admin/verifications/${id}`;
  const state = async () => {
    const answer = await fetch(path, { headers: { authorization: `Bearer ${server.adminKey}` } });
    return Reflect.get(Object(await answer.json()), 'state');
  };
  await until(async () => (await state()) === 'done', 'the verification ends');
});
