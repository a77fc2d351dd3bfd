import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { rowsIn, summaryOf, type TestAnswer } from '../support/http.ts';
import { readMoney, startProduct, until, type Product } from '../support/product.ts';

const day = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * day).toISOString();

async function open(t: Parameters<typeof startProduct>[0]): Promise<Product> {
  const product = await startProduct(t);
  await product.open('a', { opening_balance_minor: 1000, credit_limit_minor: 0 });
  await product.open('b', { credit_limit_minor: 0 });
  await product.move('early', 'a', 'b', 30, { effective_at: daysAgo(20) });
  await product.move('late', 'a', 'b', 5, { effective_at: daysAgo(2) });
  return product;
}

function close({ call }: Product, endsAt: string, key = `close-${endsAt}`): Promise<TestAnswer> {
  const headers = { 'idempotency-key': key };
  return call('POST', '/v1/ledgers/main/periods', { body: { ends_at: endsAt }, headers });
}

function entry(amount: number, effectiveAt: string, fields: object = {}) {
  const line = { amount_minor: amount };
  return {
    lines: [
      { account_id: 'ext:a', side: 'DEBIT', ...line },
      { account_id: 'ext:b', side: 'CREDIT', ...line },
    ],
    effective_at: effectiveAt,
    ...fields,
  };
}

test('after a close nothing counts before its end, but for an adjusting entry marked so', async (t) => {
  const product = await open(t);
  const { move, call, sql, get, post } = product;
  const held = await move('hold', 'a', 'b', 10, { hold: true, effective_at: daysAgo(15) });
  assert.equal(held.json['status'], 'HELD', held.text);
  const endsAt = daysAgo(10);
  const closed = await close(product, endsAt);
  assert.equal(closed.status, 201, closed.text);
  assert.equal((await get('/v1/ledgers/main')).json['closed_until'], endsAt);
  const before = await readMoney(sql);
  const early = await move('x', 'a', 'b', 1, { effective_at: daysAgo(11) });
  assert.equal(early.json['code'] ?? early.json['failure'], 'period_closed', early.text);
  const direct = (body: object, key: string, headers: Record<string, string> = {}) =>
    call('POST', '/v1/entries', { body, headers: { 'idempotency-key': key, ...headers } });
  assert.equal(summaryOf(await direct(entry(1, daysAgo(11)), 'y')), '422 period_closed');
  const late = await post(`/v1/transfers/${String(held.json['id'])}/settle`, {}, 'settle', 422);
  assert.equal(late.json['code'], 'period_closed');
  assert.equal(await readMoney(sql), before, 'a refusal moves nothing');
  assert.equal(
    (await move('z', 'a', 'b', 1, { effective_at: endsAt })).status,
    201,
    'its end is after it',
  );
  assert.equal((await move('now', 'a', 'b', 1)).status, 201);
  const key = await post(
    '/v1/api-keys',
    { name: 'w', scopes: ['read', 'write'], ledgers: ['main'] },
    'w',
  );
  const authorization = `Bearer ${String(key.json['key'])}`;
  const adjusting = entry(2, daysAgo(11), { adjusting: true, metadata: { why: 'found late', z: 1.5 } });
  assert.equal(summaryOf(await direct(adjusting, 'w', { authorization })), '403 forbidden');
  const adjusted = await direct(adjusting, 'adjust');
  assert.equal(adjusted.status, 201, adjusted.text);
  assert.deepEqual(adjusted.json['metadata'], { adjusting: true, why: 'found late', z: 1.5 });
});

test('a close keeps the trial balance of what counts before its end, whatever comes later', async (t) => {
  const product = await open(t);
  const { get } = product;
  const first = await close(product, daysAgo(10));
  const path = String(first.headers.get('location'));
  assert.equal(path, '/v1/ledgers/main/periods/1');
  const made = async () => (await get(path)).json['trial_balance'];
  await until(async () => (await made()) !== null, 'the trial balance is made');
  const balance = { currency: 'USD', type: 'LIABILITY', accounts: 2 };
  const sums = { debits_minor: 30, credits_minor: 30, balance_minor: 0 };
  assert.deepEqual(await made(), { balanced: true, rows: [{ ...balance, ...sums }] });
  const adjusting = entry(7, daysAgo(11), { adjusting: true });
  await product.post('/v1/entries', adjusting, 'adjust');
  const second = await close(product, daysAgo(1));
  assert.equal(second.status, 201, second.text);
  const later = async () => (await get('/v1/ledgers/main/periods/2')).json['trial_balance'];
  await until(async () => (await later()) !== null, 'the second one is made');
  assert.deepEqual(await later(), {
    balanced: true,
    rows: [{ ...balance, debits_minor: 42, credits_minor: 42, balance_minor: 0 }],
  });
  assert.deepEqual(await made(), { balanced: true, rows: [{ ...balance, ...sums }] });
  const listed = rowsIn(await get('/v1/ledgers/main/periods'), 'data');
  assert.deepEqual(
    listed.map((row) => row['number']),
    [2, 1],
  );
  assert.equal(listed[0]?.['previous_hash'], listed[1]?.['hash']);
  for (const row of listed) assert.equal(row['hash'], hashOf(row));
  await assert.rejects(product.sql.query('update ledger.period_closes set number = 9'), /append-only/);
});

/** The hash of a close as the docs define it, by its shown fields alone. */
function hashOf(row: Record<string, unknown>): string {
  const names = ['previous_hash', 'ledger', 'number', 'ends_at', 'closed_at', 'position', 'entry_count'];
  const fields = [...names, 'head_hash'].map((name) => String(row[name]));
  return createHash('sha256')
    .update(JSON.stringify(['credit-ledger/period/1', ...fields]))
    .digest('hex');
}

test('a close counts once, goes on from the one before, and never lies in the future', async (t) => {
  const product = await open(t);
  const endsAt = daysAgo(10);
  const first = await close(product, endsAt, 'k');
  const again = await close(product, endsAt, 'k');
  assert.deepEqual([again.text, again.headers.get('idempotency-replayed')], [first.text, 'true']);
  assert.equal(summaryOf(await close(product, endsAt, 'other')), '409 period_already_closed');
  assert.equal(summaryOf(await close(product, daysAgo(11))), '409 period_already_closed');
  assert.equal(summaryOf(await close(product, daysAgo(-1))), '422 period_not_over');
  const elsewhere = await product.call('POST', '/v1/ledgers/nowhere/periods', {
    body: { ends_at: endsAt },
  });
  assert.equal(elsewhere.status, 404, elsewhere.text);
  const wrong = await product.call('POST', '/v1/ledgers/main/periods', { body: {} });
  assert.equal(summaryOf(wrong), '400 invalid_request /ends_at');
  assert.equal(summaryOf(await product.call('GET', '/v1/ledgers/main/periods/9')), '404 not_found');
  await product.server.stop();
  const rows = await product.sql.query(
    'select closed_until, period_count from ledger.ledgers where id = 1',
  );
  assert.deepEqual(rows.rows, [{ closed_until: new Date(endsAt), period_count: 1 }]);
});
