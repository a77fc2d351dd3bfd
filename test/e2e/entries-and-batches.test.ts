import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audit } from '../support/audit.ts';
import { rowsIn, summaryOf, type TestAnswer } from '../support/http.ts';
import { readExtent, readMoney, startProduct, type Product } from '../support/product.ts';

test('entries, batches and previews', async (t) => {
  const product = await startProduct(t);
  for (const name of ['cash', 'rent'])
    await product.open(name, { type: name === 'cash' ? 'ASSET' : 'EXPENSE' });
  for (const name of ['a', 'b', 'c'])
    await product.open(name, { credit_limit_minor: name === 'c' ? 0 : null });
  for (const [name, work] of Object.entries(cases)) await t.test(name, () => work(product));
  assert.deepEqual(await audit(product.sql), []);
});

const line = (name: string, side: 'DEBIT' | 'CREDIT', amount: number) => ({
  account_id: `ext:${name}`,
  side,
  amount_minor: amount,
});
const pair = (from: string, to: string, amount: number, more: Record<string, unknown> = {}) => ({
  from: `ext:${from}`,
  to: `ext:${to}`,
  amount_minor: amount,
  currency: 'USD',
  ...more,
});

const results = (answer: TestAnswer) => rowsIn(answer, 'results');

function accountsIn(preview: TestAnswer): Record<string, unknown>[] {
  assert.deepEqual([preview.json['allowed'], preview.json['error']], [true, null], preview.text);
  const accounts = rowsIn(preview, 'accounts');
  assert.equal(accounts.length, 2);
  return accounts;
}

const cases: Readonly<Record<string, (product: Product) => Promise<void>>> = {
  'an entry of several lines moves all of them, with the balances after': async ({
    post,
    get,
    amounts,
  }) => {
    const lines = [line('rent', 'DEBIT', 700), line('a', 'DEBIT', 50), line('cash', 'CREDIT', 750)];
    const posted = await post('/v1/entries', { lines, description: 'October' }, 'entry-1');
    const read = await get(`/v1/entries/${String(posted.json['id'])}`);
    assert.equal(read.text, posted.text);
    assert.deepEqual(
      [...posted.text.matchAll(/"balance_after_minor":(-?\d+)/g)].map(([, amount]) => Number(amount)),
      [700, -50, -750],
    );
    assert.deepEqual((await amounts('cash')).slice(0, 1), [-750]);
  },
  'an account twice in an entry counts by its net effect': async ({ post, amounts }) => {
    const lines = [
      line('c', 'DEBIT', 500),
      line('a', 'CREDIT', 500),
      line('c', 'CREDIT', 600),
      line('b', 'DEBIT', 600),
    ];
    await post('/v1/entries', { lines }, 'entry-2');
    assert.deepEqual(await amounts('c'), [100, 0, 0, 100]);
  },
  'an entry is reversed whole, once': async ({ post, call, amounts }) => {
    const before = await amounts('a');
    const posted = await post(
      '/v1/entries',
      { lines: [line('a', 'DEBIT', 5), line('b', 'CREDIT', 5)] },
      'entry-3',
    );
    const path = `/v1/entries/${String(posted.json['id'])}/reverse`;
    const reversal = await post(path, {}, 'entry-4');
    assert.equal(reversal.json['reverses'], posted.json['id']);
    const again = await call('POST', path, { body: {}, headers: { 'idempotency-key': 'entry-5' } });
    assert.equal(summaryOf(again), '409 already_reversed');
    assert.deepEqual(await amounts('a'), before);
  },
  'items of an independent batch have their own results, each seeing the ones before': async ({
    call,
    amounts,
  }) => {
    const before = Number((await amounts('c'))[0]);
    const transfers = [
      pair('c', 'a', before),
      pair('c', 'a', 1, { idempotencyKey: 'item-refused' }),
      pair('a', 'c', 9, { external_id: 'nine' }),
      pair('c', 'a', 4, { hold: true, idempotencyKey: 'item-hold' }),
    ];
    const answer = await call('POST', '/v1/transfers/batch', {
      body: { mode: 'independent', transfers },
      headers: { 'idempotency-key': 'batch-1' },
    });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(
      results(answer).map((one) => one['status']),
      ['POSTED', 'FAILED', 'POSTED', 'HELD'],
    );
    assert.deepEqual([answer.json['posted'], answer.json['failed']], [3, 1]);
    assert.deepEqual(await amounts('c'), [9, 4, 0, 5]);
    const minimal = await call('POST', '/v1/transfers/batch', {
      body: { mode: 'independent', transfers },
      headers: { 'idempotency-key': 'batch-1', prefer: 'return=minimal' },
    });
    assert.equal(minimal.headers.get('idempotency-replayed'), 'true', 'the same request');
    assert.equal(minimal.headers.get('preference-applied'), 'return=minimal');
    assert.deepEqual(minimal.json, { ...answer.json, results: [results(answer)[1]] });
    const alone = await call('POST', '/v1/transfers', { body: transfers[1] });
    assert.equal(
      summaryOf(alone),
      '422 insufficient_funds',
      'bound to its key, though there is money now',
    );
    assert.equal(alone.headers.get('idempotency-replayed'), 'true');
  },
  'an atomic batch is all or nothing, and names the first that failed': async ({ call, sql }) => {
    const money = await readMoney(sql);
    const transfers = [pair('a', 'b', 1), pair('c', 'a', 1_000_000), pair('c', 'a', 2_000_000)];
    const answer = await call('POST', '/v1/transfers/batch', {
      body: { mode: 'atomic', transfers },
      headers: { 'idempotency-key': 'batch-2' },
    });
    assert.equal(answer.status, 422, answer.text);
    assert.equal(answer.json['index'], 1);
    assert.equal(await readMoney(sql), money);
    const done = await call('POST', '/v1/transfers/batch', {
      body: { mode: 'atomic', transfers: [pair('a', 'b', 1), pair('b', 'a', 2)] },
      headers: { 'idempotency-key': 'batch-3' },
    });
    assert.deepEqual(
      results(done).map((one) => one['status']),
      ['POSTED', 'POSTED'],
    );
  },
  'a thousand transfers are one commit': async ({ call, sql }) => {
    const transfers = Array.from({ length: 1000 }, (_, index) => pair('a', 'b', index + 1));
    const answer = await call('POST', '/v1/transfers/batch', {
      body: { mode: 'atomic', transfers },
      headers: { 'idempotency-key': 'thousand' },
    });
    assert.equal(answer.json['posted'], 1000, answer.text.slice(0, 500));
    const { rows } = await sql.query<{ n: number }>(
      `select count(distinct (epoch, batch))::int as n from ledger.events e
        join ledger.transfers t on t.id = e.key
        where t.created_at = (select max(created_at) from ledger.transfers)`,
    );
    assert.deepEqual(rows, [{ n: 1 }]);
  },
  'a preview stores nothing, and the real thing comes out the same': async ({
    call,
    post,
    get,
    sql,
  }) => {
    const bodies: readonly (readonly [path: string, body: Record<string, unknown>])[] = [
      ['/v1/transfers', pair('a', 'b', 77)],
      ['/v1/transfers', pair('a', 'b', 78, { hold: true })],
      ['/v1/entries', { lines: [line('a', 'DEBIT', 3), line('b', 'CREDIT', 3)] }],
    ];
    for (const [index, [path, body]] of bodies.entries()) {
      const before = await readExtent(sql);
      const preview = await call('POST', '/v1/previews', { body });
      assert.equal(preview.status, 200, preview.text);
      assert.equal(await readExtent(sql), before);
      await post(path, body, `preview-${index}`);
      for (const foreseen of accountsIn(preview)) {
        const { json } = await get(`/v1/accounts/${String(foreseen['id'])}`);
        for (const [field, value] of Object.entries(foreseen))
          assert.deepEqual(json[field], value, field);
      }
    }
  },
  'a preview of what would be refused says so': async ({ call, sql }) => {
    const before = await readExtent(sql);
    const preview = await call('POST', '/v1/previews', { body: pair('c', 'a', 1_000_000) });
    assert.equal(preview.status, 200, preview.text);
    assert.match(preview.text, /insufficient_funds/);
    assert.equal(await readExtent(sql), before);
  },
};
