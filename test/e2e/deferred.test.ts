import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsIn, summaryOf, type TestAnswer } from '../support/http.ts';
import { readExtent, startProduct, until, type Product } from '../support/product.ts';

const minute = 60_000;

function inMs(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}

function respondAsync(key: string, more: string = '') {
  return { 'idempotency-key': key, prefer: `respond-async${more}` };
}

function body(amount: number, fields: Record<string, unknown> = {}) {
  return { from: 'ext:a', to: 'ext:b', amount_minor: amount, currency: 'USD', ...fields };
}

async function open(t: Parameters<typeof startProduct>[0]): Promise<Product> {
  const product = await startProduct(t);
  await product.open('a', { opening_balance_minor: 1000, credit_limit_minor: 0 });
  await product.open('b', { credit_limit_minor: 0 });
  return product;
}

async function untilStatus({ get }: Product, id: unknown, status: string): Promise<TestAnswer> {
  let answer = await get(`/v1/transfers/${String(id)}`);
  await until(async () => {
    answer = await get(`/v1/transfers/${String(id)}`);
    return answer.json['status'] === status;
  }, `the transfer is ${status}`);
  return answer;
}

test('with respond-async a transfer is 202, then completed by the worker, and counts once', async (t) => {
  const product = await open(t);
  const { call, amounts, get } = product;
  const first = await call('POST', '/v1/transfers', { body: body(60), headers: respondAsync('k') });
  assert.equal(first.status, 202, first.text);
  const { id, status } = first.json;
  assert.deepEqual([status, first.json['completed_at']], ['INITIATED', null]);
  assert.equal(first.headers.get('location'), `/v1/transfers/${String(id)}`);
  assert.equal(first.headers.get('preference-applied'), 'respond-async');
  const done = await untilStatus(product, id, 'COMPLETED');
  assert.equal(done.json['processing'], null);
  assert.deepEqual(await amounts('b'), [60, 0, 0, 60]);
  const entries = await get(`/v1/entries?transfer_id=${String(id)}`);
  assert.equal(JSON.stringify(entries.json['data']).includes(String(done.json['entry_id'])), true);
  const again = await call('POST', '/v1/transfers', { body: body(60), headers: respondAsync('k') });
  assert.equal(again.text, first.text, 'the first 202 stays the replay');
  assert.equal(again.status, 202);
  assert.equal(again.headers.get('idempotency-replayed'), 'true');
  const other = await call('POST', '/v1/transfers', {
    body: body(60),
    headers: { 'idempotency-key': 'k' },
  });
  assert.equal(summaryOf(other), '422 idempotency_key_reused');
});

test('both preferences are applied together', async (t) => {
  const { call } = await open(t);
  const headers = respondAsync('k', ', amounts=string');
  const answer = await call('POST', '/v1/transfers', { body: body(60), headers });
  assert.equal(answer.json['amount_minor'], '60');
  assert.equal(answer.headers.get('preference-applied'), 'respond-async, amounts=string');
});

test('a refusal by a rule fails the transfer at once and for good', async (t) => {
  const product = await open(t);
  const { call, get } = product;
  const sent = await call('POST', '/v1/transfers', { body: body(1001), headers: respondAsync('k') });
  assert.equal(sent.status, 202);
  const { json } = await untilStatus(product, sent.json['id'], 'FAILED');
  assert.match(JSON.stringify(json['failure']), /^."code":"insufficient_funds"/);
  assert.equal(json['processing'], null);
  const failed = await get('/v1/transfers?status=FAILED&account_id=ext:a');
  assert.equal(rowsIn(failed, 'data').length, 1);
});

test('a scheduled transfer is run at its time', async (t) => {
  const product = await open(t);
  const { call, amounts } = product;
  const at = inMs(1500);
  const headers = { 'idempotency-key': 'k' };
  const sent = await call('POST', '/v1/transfers', { body: body(60, { execute_at: at }), headers });
  assert.equal(sent.status, 202, sent.text);
  assert.deepEqual([sent.json['status'], sent.json['execute_at']], ['SCHEDULED', at]);
  assert.equal(sent.headers.get('preference-applied'), null);
  assert.deepEqual(await amounts('b'), [0, 0, 0, 0]);
  const { json } = await untilStatus(product, sent.json['id'], 'COMPLETED');
  assert.ok(String(json['completed_at']) >= at, 'not before its time');
  assert.deepEqual(await amounts('b'), [60, 0, 0, 60]);
});

test('a scheduled transfer can be cancelled, and is never run', async (t) => {
  const product = await open(t);
  const { call, post, amounts, get } = product;
  const fields = { execute_at: inMs(minute) };
  const sent = await post('/v1/transfers', body(60, fields), 'k', 202);
  const path = `/v1/transfers/${String(sent.json['id'])}`;
  await until(async () => (await get(path)).json['processing'] !== null, 'the worker knows of it');
  const shown = (await get(path)).json['processing'];
  assert.deepEqual(shown, { attempts: 0, last_error: null, next_attempt_at: fields.execute_at });
  const cancelled = await post(`${path}/cancel`, {}, 'c', 201);
  assert.equal(cancelled.json['status'], 'CANCELLED');
  const again = await post(`${path}/cancel`, {}, 'c', 201);
  assert.equal(again.text, cancelled.text);
  assert.equal(
    summaryOf(await call('POST', `${path}/cancel`, { headers: { 'idempotency-key': 'd' } })),
    '409 not_cancellable',
  );
  const replay = await post('/v1/transfers', body(60, fields), 'k', 202);
  assert.equal(replay.text, sent.text);
  await until(async () => (await get(path)).json['processing'] === null, 'the worker forgets it');
  assert.deepEqual(await amounts('a'), [1000, 0, 0, 1000]);
});

test('a hold can be placed later, and is settled like any other', async (t) => {
  const product = await open(t);
  const { call, post, amounts } = product;
  const hold = body(60, { hold: { expires_in_seconds: 60 } });
  const sent = await call('POST', '/v1/transfers', { body: hold, headers: respondAsync('k') });
  assert.deepEqual(
    [sent.status, sent.json['status'], sent.json['expires_at']],
    [202, 'INITIATED', null],
  );
  await untilStatus(product, sent.json['id'], 'HELD');
  assert.deepEqual(await amounts('a'), [1000, 60, 0, 940]);
  await post(`/v1/transfers/${String(sent.json['id'])}/settle`, {}, 's', 200);
  assert.deepEqual(await amounts('b'), [60, 0, 0, 60]);
});

const refused: readonly (readonly [what: string, fields: Record<string, unknown>, summary: string])[] = [
  ['in the past', { execute_at: '2020-01-01T00:00:00Z' }, '422 execute_at_not_in_future'],
  ['a date alone', { execute_at: '2030-01-01' }, '400 invalid_request /execute_at'],
  ['a day there is not', { execute_at: '2030-02-30T00:00:00Z' }, '400 invalid_request /execute_at'],
  ['without an offset', { execute_at: '2030-01-01T00:00:00' }, '400 invalid_request /execute_at'],
  ['a number', { execute_at: 1_900_000_000 }, '400 invalid_request /execute_at'],
  [
    'of an account there is not',
    { execute_at: '2030-01-01T00:00:00Z', to: 'ext:nobody' },
    '422 account_not_found',
  ],
  ['to itself', { execute_at: '2030-01-01T00:00:00Z', to: 'ext:a' }, '422 accounts_must_differ'],
  [
    'with a hold that ends before it begins',
    { execute_at: '2030-01-01T00:00:00Z', hold: { expires_at: '2029-12-31T00:00:00Z' } },
    '422 expiry_not_in_future',
  ],
];
test('a transfer for a time that can not be is refused, and nothing waits', async (t) => {
  const { call, sql } = await open(t);
  for (const [what, fields, summary] of refused) {
    const before = await readExtent(sql);
    const headers = { 'idempotency-key': what.replaceAll(' ', '-') };
    const answer = await call('POST', '/v1/transfers', { body: body(1, fields), headers });
    assert.equal(summaryOf(answer), summary, what);
    if (answer.status === 400) assert.equal(await readExtent(sql), before);
  }
  const { rows } = await sql.query('select from worker.jobs');
  assert.equal(rows.length, 0);
});

test('a completed, an unknown and a strange transfer can not be cancelled', async (t) => {
  const { call, post } = await open(t);
  const done = await post('/v1/transfers', body(1), 'done');
  const cancel = async (id: unknown, key: string, sent?: unknown) => {
    const options = {
      headers: { 'idempotency-key': key },
      ...(sent === undefined ? {} : { body: sent }),
    };
    return summaryOf(await call('POST', `/v1/transfers/${String(id)}/cancel`, options));
  };
  assert.equal(await cancel(done.json['id'], 'c1'), '409 not_cancellable');
  assert.equal(await cancel('0190f3a0-7c1e-7d00-8000-00000000000a', 'c2'), '404 transfer_not_found');
  assert.equal(await cancel('nothing', 'c3'), '400 invalid_request {id}');
  assert.equal(await cancel(done.json['id'], 'c4', { why: 'so' }), '400 invalid_request /why');
  assert.equal(
    summaryOf(await call('POST', `/v1/transfers/${String(done.json['id'])}/cancel`)),
    '400 idempotency_key_required',
  );
});
