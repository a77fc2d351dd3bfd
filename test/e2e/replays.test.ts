import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { audit } from '../support/audit.ts';
import { summaryOf, type TestAnswer } from '../support/http.ts';
import { readExtent, startProduct, type Product } from '../support/product.ts';

interface Sent {
  readonly name: string;
  readonly send: () => Promise<TestAnswer>;
  readonly answer: TestAnswer;
}

test('every answer is given again to the same request, byte by byte, whatever happened since', async (t) => {
  const product = await startProduct(t);
  const sent = await sendAll(product);
  await changeTheWorld(product, sent);
  const before = await readExtent(product.sql);
  for (const { name, send, answer } of sent) {
    await t.test(name, async () => {
      const again = await send();
      assert.equal(again.text, answer.text);
      assert.equal(again.status, answer.status);
      assert.equal(answer.headers.get('idempotency-replayed'), 'false');
      assert.equal(again.headers.get('idempotency-replayed'), 'true');
      for (const header of ['location', 'etag', 'content-type'])
        assert.equal(again.headers.get(header), answer.headers.get(header), header);
    });
  }
  assert.equal(await readExtent(product.sql), before, 'replays leave no trace');
  assert.deepEqual(await audit(product.sql), []);
});

/** Requests of every kind, in order; `#name` in a path stands for the id in an earlier answer. */
const rows: readonly (readonly [
  name: string,
  method: string,
  path: string,
  body: unknown,
  summary: string,
])[] = [
  [
    'an account',
    'POST',
    '/v1/accounts',
    { currency: 'USD', external_id: 'p', credit_limit_minor: 0 },
    '201',
  ],
  [
    'an account with an opening balance',
    'POST',
    '/v1/accounts',
    {
      currency: 'USD',
      external_id: 'q',
      opening_balance_minor: 5000,
      metadata: { b: 1, a: [true, null] },
    },
    '201',
  ],
  [
    'a batch of accounts, one refused',
    'POST',
    '/v1/accounts/batch',
    {
      accounts: [
        { currency: 'USD', external_id: 'r' },
        { currency: 'USD', external_id: 'q' },
      ],
    },
    '200',
  ],
  [
    'an account refused',
    'POST',
    '/v1/accounts',
    { currency: 'USD', external_id: 'q' },
    '409 external_id_taken',
  ],
  ['settings', 'PATCH', '/v1/accounts/ext:p', { name: 'Pat', metadata: { tier: 'gold' } }, '200'],
  ['a deposit', 'POST', '/v1/accounts/ext:p/deposits', { amount_minor: 1000 }, '201'],
  ['a transfer', 'POST', '/v1/transfers', pair('q', 'p', 700, { description: 'rent' }), '201'],
  ['a transfer refused', 'POST', '/v1/transfers', pair('p', 'q', 99_999), '422 insufficient_funds'],
  [
    'a withdrawal refused',
    'POST',
    '/v1/accounts/ext:p/withdrawals',
    { amount_minor: 99_999 },
    '422 insufficient_funds',
  ],
  ['a transfer to nobody', 'POST', '/v1/transfers', pair('p', 'nobody', 1), '422 account_not_found'],
  [
    'a transfer too far ahead',
    'POST',
    '/v1/transfers',
    pair('p', 'q', 1, { effective_at: '2099-01-01T00:00:00Z' }),
    '422 effective_at_too_far',
  ],
  [
    'a hold',
    'POST',
    '/v1/transfers',
    pair('q', 'p', 400, { hold: { expires_in_seconds: 3600 } }),
    '201',
  ],
  [
    'a first settlement',
    'POST',
    '/v1/transfers/#a hold/settle',
    { amount_minor: 100, keep_remaining: true },
    '200',
  ],
  [
    'a settlement refused',
    'POST',
    '/v1/transfers/#a hold/settle',
    { amount_minor: 301 },
    '422 exceeds_held_amount',
  ],
  ['a last settlement', 'POST', '/v1/transfers/#a hold/settle', { amount_minor: 50 }, '200'],
  ['a hold to void', 'POST', '/v1/transfers', pair('q', 'p', 300, { hold: true }), '201'],
  ['a void', 'POST', '/v1/transfers/#a hold to void/void', {}, '200'],
  ['a void refused', 'POST', '/v1/transfers/#a hold/void', {}, '409 hold_already_settled'],
  [
    'a reversal in part',
    'POST',
    '/v1/transfers/#a transfer/reverse',
    { amount_minor: 200, reason: 'half' },
    '201',
  ],
  ['a reversal of the rest', 'POST', '/v1/transfers/#a transfer/reverse', {}, '201'],
  ['a reversal refused', 'POST', '/v1/transfers/#a transfer/reverse', {}, '409 already_reversed'],
  [
    'a scheduled transfer',
    'POST',
    '/v1/transfers',
    pair('q', 'p', 5, { execute_at: '2099-01-01T00:00:00Z', hold: { expires_in_seconds: 9 } }),
    '202',
  ],
  ['a cancellation', 'POST', '/v1/transfers/#a scheduled transfer/cancel', {}, '201'],
  [
    'a cancellation refused',
    'POST',
    '/v1/transfers/#a scheduled transfer/cancel',
    {},
    '409 not_cancellable',
  ],
  [
    'a scheduled transfer refused',
    'POST',
    '/v1/transfers',
    pair('q', 'p', 5, { execute_at: '2020-01-01T00:00:00Z' }),
    '422 execute_at_not_in_future',
  ],
  ['an entry', 'POST', '/v1/entries', entry(250, 250), '201'],
  ['an entry refused', 'POST', '/v1/entries', entry(250, 251), '422 unbalanced_entry'],
  ['a reversal of an entry', 'POST', '/v1/entries/#an entry/reverse', { reason: 'wrong' }, '201'],
  [
    'an independent batch',
    'POST',
    '/v1/transfers/batch',
    { mode: 'independent', transfers: [pair('q', 'p', 5), pair('p', 'q', 99_999), pair('q', 'p', 6)] },
    '200',
  ],
  [
    'an atomic batch',
    'POST',
    '/v1/transfers/batch',
    { mode: 'atomic', transfers: [pair('q', 'p', 5), pair('q', 'p', 6)] },
    '200',
  ],
  [
    'an atomic batch refused',
    'POST',
    '/v1/transfers/batch',
    { mode: 'atomic', transfers: [pair('q', 'p', 5), pair('p', 'q', 99_999)] },
    '422 insufficient_funds',
  ],
  ['a ledger', 'POST', '/v1/ledgers', { name: 'other', default_credit_limit_minor: 0 }, '201'],
  ['a ledger refused', 'POST', '/v1/ledgers', { name: 'main' }, '409 ledger_name_taken'],
  ['settings of a ledger', 'PATCH', '/v1/ledgers/other', { default_credit_limit_minor: 5 }, '200'],
  ['a currency', 'POST', '/v1/currencies', { code: 'POINTS', scale: 0 }, '201 POINTS'],
  ['a currency refused', 'POST', '/v1/currencies', { code: 'USD', scale: 3 }, '409 currency_code_taken'],
];

function pair(from: string, to: string, amount: number, fields: Record<string, unknown> = {}) {
  return { from: `ext:${from}`, to: `ext:${to}`, amount_minor: amount, currency: 'USD', ...fields };
}

function entry(debit: number, credit: number) {
  const line = (name: string, side: string, amount: number) => ({
    account_id: `ext:${name}`,
    side,
    amount_minor: amount,
  });
  return { lines: [line('q', 'DEBIT', debit), line('p', 'CREDIT', credit)], batch_id: 'b-1' };
}

async function sendAll({ call }: Product): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (const [name, method, path, body, summary] of rows) {
    const filled = path.replace(/#([^/]+)/, (_, of: string) => idOf(sent, of));
    const headers = { 'idempotency-key': randomUUID() };
    const send = () => call(method, filled, { body, headers });
    const answer = await send();
    assert.equal(summaryOf(answer), summary, `${name}: ${answer.text}`);
    sent.push({ name, send, answer });
  }
  return sent;
}

function idOf(sent: readonly Sent[], name: string): string {
  return String(sent.find((one) => one.name === name)?.answer.json['id']);
}

/** Accounts are renamed, drained and closed, and what was reversible is reversed. */
async function changeTheWorld({ post, call, get }: Product, sent: readonly Sent[]): Promise<void> {
  await post(`/v1/transfers/${idOf(sent, 'a deposit')}/reverse`, { force: true }, 'later-1');
  await post('/v1/transfers', pair('q', 'p', 1_000_000), 'later-2');
  const { json } = await get('/v1/accounts/ext:p');
  await post('/v1/transfers', pair('p', 'q', Number(json['balance_minor'])), 'later-3');
  const closed = await call('PATCH', '/v1/accounts/ext:p', { body: { name: 'Gone', status: 'CLOSED' } });
  assert.equal(closed.status, 200, closed.text);
  const suspended = await call('PATCH', '/v1/accounts/ext:q', {
    body: { metadata: null, status: 'SUSPENDED' },
  });
  assert.equal(suspended.status, 200, suspended.text);
}
