import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsIn, summaryOf } from '../support/http.ts';
import { audit } from '../support/audit.ts';
import { readExtent, readMoney, startProduct, type Product } from '../support/product.ts';

test('the stories that always work', async (t) => {
  const product = await startProduct(t);
  await t.test('a ledger: transfer, replay, statement, and an entry that does not balance', () =>
    tellLedger(product),
  );
  await t.test('a bank: deposits, withdrawals, a limit of nothing, and traffic both ways', () =>
    tellBank(product),
  );
  await t.test('a wallet: opened once with its balance, and read at the position of the answer', () =>
    tellWallet(product),
  );
  assert.deepEqual(await audit(product.sql), []);
});

async function tellLedger({ open, post, call, get, amounts, sql }: Product): Promise<void> {
  const [a, b] = [await open('a'), await open('b')];
  const body = { from: a, to: b, amount_minor: 1234, currency: 'USD' };
  const first = await post('/v1/transfers', body, 'demo-1');
  assert.equal(first.headers.get('idempotency-replayed'), 'false');
  assert.equal(first.headers.get('location'), `/v1/transfers/${String(first.json['id'])}`);
  assert.match(first.headers.get('content-type') ?? '', /^application\/json/);
  assert.deepEqual(
    [first.json['status'], first.json['amount_minor'], first.json['entry_number']],
    ['COMPLETED', 1234, 1],
  );
  assert.deepEqual(
    [await amounts('a'), await amounts('b')],
    [
      [-1234, 0, 0, -1234],
      [1234, 0, 0, 1234],
    ],
  );
  const before = await readExtent(sql);
  const again = await post('/v1/transfers', body, 'demo-1');
  assert.equal(again.headers.get('idempotency-replayed'), 'true');
  assert.equal(again.text, first.text);
  assert.equal(await readExtent(sql), before);
  const statement = await get(`/v1/accounts/${b}/statements`);
  const [line, ...more] = rowsIn(statement, 'lines');
  assert.equal(more.length, 0);
  assert.deepEqual(
    [
      line?.['transfer_id'],
      line?.['side'],
      line?.['amount_minor'],
      line?.['balance_after_minor'],
      line?.['counterparty_account_id'],
    ],
    [first.json['id'], 'CREDIT', 1234, 1234, a],
  );
  const lines = [
    { account_id: a, side: 'DEBIT', amount_minor: 1000 },
    { account_id: b, side: 'CREDIT', amount_minor: 500 },
  ];
  const money = await readMoney(sql);
  const refused = await call('POST', '/v1/entries', {
    body: { lines },
    headers: { 'idempotency-key': 'unbalanced' },
  });
  assert.equal(summaryOf(refused), '422 unbalanced_entry');
  assert.match(String(refused.json['detail']), /debits \(1000\) must equal credits \(500\)/);
  assert.match(refused.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(await readMoney(sql), money);
}

async function tellBank({ open, post, call, move, amounts, sql }: Product): Promise<void> {
  await open('alice', { credit_limit_minor: 0 });
  await open('bob', { credit_limit_minor: 0 });
  await post('/v1/accounts/ext:alice/deposits', { amount_minor: 10_000 }, 'deposit-1');
  await post('/v1/accounts/ext:bob/deposits', { amount_minor: 10_000 }, 'deposit-2');
  await post('/v1/accounts/ext:alice/withdrawals', { amount_minor: 1000 }, 'withdrawal-1');
  const money = await readMoney(sql);
  const refused = await call('POST', '/v1/accounts/ext:alice/withdrawals', {
    body: { amount_minor: 9001 },
    headers: { 'idempotency-key': 'withdrawal-2' },
  });
  assert.equal(summaryOf(refused), '422 insufficient_funds');
  assert.deepEqual([refused.json['available_minor'], refused.json['retry']], [9000, 'new_request']);
  assert.equal(await readMoney(sql), money);
  const left = await call('GET', `/v1/transfers/${String(refused.json['transfer_id'])}`);
  assert.equal(left.json['status'], 'FAILED');
  const both = Array.from({ length: 100 }, (_, index) =>
    index % 2 === 0
      ? move(`to-bob-${index}`, 'alice', 'bob', 7)
      : move(`to-alice-${index}`, 'bob', 'alice', 5),
  );
  assert.deepEqual(new Set((await Promise.all(both)).map((answer) => answer.status)), new Set([201]));
  assert.deepEqual(await amounts('alice'), [9000 - 50 * 7 + 50 * 5, 0, 0, 8900]);
  assert.deepEqual(await amounts('bob'), [10_100, 0, 0, 10_100]);
}

async function tellWallet({ post, call, get, sql }: Product): Promise<void> {
  const body = {
    currency: 'EUR',
    external_id: 'wallet',
    opening_balance_minor: 2500,
    credit_limit_minor: 0,
  };
  const first = await post('/v1/accounts', body, 'wallet-1');
  assert.deepEqual(
    [first.json['balance_minor'], first.json['version'], first.headers.get('etag')],
    [2500, 2, '"1"'],
  );
  const before = await readExtent(sql);
  const again = await post('/v1/accounts', body, 'wallet-1');
  assert.equal(again.headers.get('idempotency-replayed'), 'true');
  assert.equal(again.text, first.text);
  assert.equal(await readExtent(sql), before);
  const read = await get(
    `/v1/accounts/ext:wallet/balance?min_position=${String(first.json['position'])}`,
  );
  assert.equal(read.json['balance_minor'], 2500);
  assert.ok(Number(read.json['as_of_position']) >= Number(first.json['position']));
  const ahead = await call('GET', '/v1/accounts/ext:wallet/balance?min_position=999999');
  assert.equal(summaryOf(ahead), '422 position_unknown');
}
