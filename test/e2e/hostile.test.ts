import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { audit } from '../support/audit.ts';
import { summaryOf } from '../support/http.ts';
import { readExtent, readMoney, startProduct, type Product } from '../support/product.ts';

const most = '9223372036854775807';

test('what can not be is refused with its code and place, and without effect', async (t) => {
  const product = await startProduct(t);
  await furnish(product);
  for (const row of rows) await t.test(`${row[0]}: ${row[4]}`, () => check(product, row));
  assert.deepEqual(await audit(product.sql), []);
});

/** Every account that the rows speak of. */
async function furnish({ open, post, call, move }: Product): Promise<void> {
  const names = ['a', 'b', 'full', 'empty', 'stopped', 'held'];
  for (const name of names) await open(name, { credit_limit_minor: name === 'empty' ? 0 : null });
  for (const name of ['closed', 'stopped']) {
    if (name === 'closed') await open(name);
    const status = name === 'closed' ? 'CLOSED' : 'SUSPENDED';
    assert.equal((await call('PATCH', `/v1/accounts/ext:${name}`, { body: { status } })).status, 200);
  }
  await open('euro', { currency: 'EUR' });
  await post('/v1/transfers', { ...pair('a', 'full'), amount_minor: most }, 'fill');
  assert.equal((await move('hold', 'b', 'held', 50, { hold: true, id: holdId })).status, 201);
  assert.equal((await move('gone', 'b', 'held', 50, { hold: true, id: voidedId })).status, 201);
  await post(`/v1/transfers/${voidedId}/void`, {}, 'void', 200);
  assert.equal((await move('moved', 'b', 'held', 10, { id: movedId })).status, 201);
  await post(`/v1/transfers/${movedId}/reverse`, {}, 'reverse');
  await post('/v1/ledgers', { name: 'elsewhere' }, 'elsewhere');
  const foreign = { id: foreignId, currency: 'USD', external_id: 'foreign' };
  const made = await call('POST', '/v1/accounts', { body: foreign, headers: { ledger: 'elsewhere' } });
  assert.equal(made.status, 201, made.text);
}

const [holdId, voidedId, movedId, foreignId, nobody] = [1, 2, 3, 4, 5].map(() => randomUUID());

function pair(from: string, to: string, fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { from: `ext:${from}`, to: `ext:${to}`, amount_minor: 1, currency: 'USD', ...fields };
}

function lines(...sides: readonly (readonly [name: string, amount: number | string])[]): unknown {
  return {
    lines: sides.map(([name, amount], index) => ({
      account_id: `ext:${name}`,
      side: index === 0 ? 'DEBIT' : 'CREDIT',
      amount_minor: amount,
    })),
  };
}

const transfers = '/v1/transfers';
const entries = '/v1/entries';
const accounts = '/v1/accounts';
const ab = pair('b', 'held');
const metadata = (value: unknown) => ({ ...ab, metadata: value });
const fields = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));

type Row = readonly [name: string, method: string, path: string, body: unknown, summary: string];

const rows: readonly Row[] = [
  // The rules of the ledger.
  [
    'a sum beyond 64 bits',
    'POST',
    transfers,
    pair('b', 'full', { amount_minor: most }),
    '422 amount_overflow',
  ],
  ['an account and itself', 'POST', transfers, pair('a', 'a'), '422 accounts_must_differ'],
  ['no lines', 'POST', entries, { lines: [] }, '422 too_few_lines'],
  ['one line', 'POST', entries, lines(['a', 1]), '422 too_few_lines'],
  ['sides that differ', 'POST', entries, lines(['a', 1000], ['b', 500]), '422 unbalanced_entry'],
  [
    '1,001 lines',
    'POST',
    entries,
    lines(...Array.from({ length: 1001 }, () => ['a', 1] as const)),
    '400 invalid_request /lines',
  ],
  [
    '1,001 transfers',
    'POST',
    `${transfers}/batch`,
    { mode: 'atomic', transfers: Array(1001).fill(ab) },
    '400 invalid_request /transfers',
  ],
  [
    'no transfers',
    'POST',
    `${transfers}/batch`,
    { mode: 'atomic', transfers: [] },
    '400 invalid_request /transfers',
  ],
  [
    'one bad item',
    'POST',
    `${transfers}/batch`,
    { mode: 'independent', transfers: [ab, pair('a', 'b', { amount_minor: 0 })] },
    '400 invalid_request /transfers/1/amount_minor',
  ],
  [
    'a currency nobody knows',
    'POST',
    transfers,
    pair('a', 'b', { currency: 'QQQ' }),
    '422 currency_unknown',
  ],
  ...['usd', 'US', 'USDT ', '💶', 'U‍SD', ''].map((currency): Row => [
    `the currency ${JSON.stringify(currency)}`,
    'POST',
    transfers,
    pair('a', 'b', { currency }),
    '400 invalid_request /currency',
  ]),
  ['another currency', 'POST', transfers, pair('a', 'b', { currency: 'EUR' }), '422 currency_mismatch'],
  ['an account of another currency', 'POST', transfers, pair('a', 'euro'), '422 currency_mismatch'],
  ['an entry of two currencies', 'POST', entries, lines(['a', 5], ['euro', 5]), '422 unbalanced_entry'],
  ['a closed account', 'POST', transfers, pair('a', 'closed'), '422 account_closed'],
  ['a suspended account', 'POST', transfers, pair('stopped', 'a'), '422 account_suspended'],
  ['nothing to spend', 'POST', transfers, pair('empty', 'a'), '422 insufficient_funds'],
  [
    'a condition',
    'POST',
    transfers,
    pair('a', 'b', { require: { from: { version: 99 } } }),
    '409 condition_failed',
  ],
  ['a hold twice voided', 'POST', `${transfers}/${voidedId}/void`, {}, '409 hold_already_voided'],
  ['a voided hold settled', 'POST', `${transfers}/${voidedId}/settle`, {}, '409 hold_already_voided'],
  [
    'more than held',
    'POST',
    `${transfers}/${holdId}/settle`,
    { amount_minor: 51 },
    '422 exceeds_held_amount',
  ],
  ['a plain transfer settled', 'POST', `${transfers}/${movedId}/settle`, {}, '409 not_a_hold'],
  ['a hold reversed', 'POST', `${transfers}/${holdId}/reverse`, {}, '409 not_reversible'],
  ['a second reversal', 'POST', `${transfers}/${movedId}/reverse`, {}, '409 already_reversed'],
  ['a transfer nobody made', 'POST', `${transfers}/${nobody}/void`, {}, '404 transfer_not_found'],
  [
    'an account of another ledger',
    'POST',
    transfers,
    pair('a', 'b', { to: foreignId }),
    '422 account_not_found',
  ],
  ['an external id of another ledger', 'POST', transfers, pair('a', 'foreign'), '422 account_not_found'],
  [
    'a hold that ends before it begins',
    'POST',
    transfers,
    pair('a', 'b', { hold: { expires_at: '2001-01-01T00:00:00Z' } }),
    '422 expiry_not_in_future',
  ],
  [
    'closing what is not empty',
    'PATCH',
    `${accounts}/ext:full`,
    { status: 'CLOSED' },
    '409 account_not_empty',
  ],
  [
    'a limit below its use',
    'PATCH',
    `${accounts}/ext:a`,
    { credit_limit_minor: 0 },
    '409 limit_below_use',
  ],
  [
    'reopening what is closed',
    'PATCH',
    `${accounts}/ext:closed`,
    { status: 'ACTIVE' },
    '422 account_closed',
  ],
  // Times.
  ...[
    '2025-02-30T00:00:00Z',
    '2025-01-01T24:00:00Z',
    '2025-01-01T00:00:00+25:00',
    '0000-01-01T00:00:00Z',
    '294277-01-01T00:00:00Z',
    'infinity',
    '2025-01-01T00:00:00',
    '2016-12-31T23:59:60Z',
    1_735_689_600,
  ].map((time): Row => [
    `the time ${time}`,
    'POST',
    transfers,
    pair('a', 'b', { effective_at: time }),
    '400 invalid_request /effective_at',
  ]),
  [
    'a time too far ahead',
    'POST',
    transfers,
    pair('a', 'b', { effective_at: '2999-01-01T00:00:00Z' }),
    '422 effective_at_too_far',
  ],
  [
    'from after to',
    'GET',
    `${accounts}/ext:a/statements?from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z`,
    undefined,
    '400 invalid_request ?to',
  ],
  [
    'a time to come',
    'GET',
    `${accounts}/ext:a/balance?at=2999-01-01T00:00:00Z`,
    undefined,
    '422 at_in_future',
  ],
  [
    'a time before it all',
    'GET',
    `${accounts}/ext:a/balance?at=2001-01-01T00:00:00Z`,
    undefined,
    '422 at_before_account',
  ],
  [
    'a time zone by name',
    'GET',
    `${accounts}/ext:a/balance?at=2025-01-01T00:00:00[Europe/Berlin]`,
    undefined,
    '400 invalid_request ?at',
  ],
  // Lists.
  ...['0', '-1', '1000000000', 'abc', '1.5', '', '01', '1001'].map((limit): Row => [
    `the limit ${limit}`,
    'GET',
    `${accounts}?limit=${limit}`,
    undefined,
    '400 invalid_request ?limit',
  ]),
  ['an offset', 'GET', `${accounts}?offset=10`, undefined, '400 invalid_request ?offset'],
  ...['x', 'AAAA', "';drop table ledger.head;--", 'a'.repeat(2000)].map((cursor): Row => [
    `the cursor ${cursor.slice(0, 20)}`,
    'GET',
    `${accounts}?cursor=${encodeURIComponent(cursor)}`,
    undefined,
    '400 invalid_cursor ?cursor',
  ]),
  [
    'a huge cursor',
    'GET',
    `${accounts}?cursor=${'a'.repeat(3000)}`,
    undefined,
    '400 invalid_request ?cursor',
  ],
  ['a parameter twice', 'GET', `${accounts}?limit=1&limit=2`, undefined, '400 invalid_request ?limit'],
  ['brackets', 'GET', `${accounts}?limit[]=1`, undefined, '400 invalid_request ?limit[]'],
  ['a NUL', 'GET', `${accounts}?external_id=%00`, undefined, '400 invalid_request ?external_id'],
  ['half an escape', 'GET', `${accounts}?external_id=%ZZ`, undefined, '400 invalid_request ?'],
  ['an unknown filter', 'GET', `${accounts}?sort=balance_minor`, undefined, '400 invalid_request ?sort'],
  [
    'a status that is none',
    'GET',
    `${transfers}?status=completed`,
    undefined,
    '400 invalid_request ?status',
  ],
  // Metadata and text.
  ['51 keys', 'POST', transfers, metadata(fields(51)), '400 invalid_request /metadata'],
  ['17 KiB', 'POST', transfers, metadata({ k: 'x'.repeat(17_000) }), '400 invalid_request /metadata'],
  [
    'a number beyond 2^53',
    'POST',
    transfers,
    '{"from":"ext:b","to":"ext:held","amount_minor":1,"currency":"USD","metadata":{"n":9007199254740993}}',
    '400 invalid_request /metadata',
  ],
  ['metadata in a list', 'POST', transfers, metadata([1]), '400 invalid_request /metadata'],
  ['a NUL in metadata', 'POST', transfers, metadata({ k: '\u0000' }), '400 invalid_request /metadata'],
  [
    'half a character',
    'POST',
    transfers,
    String.raw`{"from":"ext:b","to":"ext:held","amount_minor":1,"currency":"USD","description":"\ud800"}`,
    '400 invalid_request /description',
  ],
  [
    'a name for an account that the ledger uses itself',
    'POST',
    accounts,
    { currency: 'USD', external_id: 'external:USD' },
    '400 invalid_request /external_id',
  ],
  // Types are not bent.
  [
    'an amount as a word',
    'POST',
    transfers,
    pair('a', 'b', { amount_minor: 'ten' }),
    '400 invalid_request /amount_minor',
  ],
  [
    'a currency as a number',
    'POST',
    transfers,
    pair('a', 'b', { currency: 840 }),
    '400 invalid_request /currency',
  ],
  [
    'a boolean as a word',
    'POST',
    transfers,
    pair('a', 'b', { hold: 'true' }),
    '400 invalid_request /hold',
  ],
  [
    'a version as a word',
    'POST',
    transfers,
    pair('a', 'b', { require: { to: { version: '1' } } }),
    '400 invalid_request /require/to/version',
  ],
  [
    'seconds as a word',
    'POST',
    transfers,
    pair('a', 'b', { hold: { expires_in_seconds: '60' } }),
    '400 invalid_request /hold/expires_in_seconds',
  ],
  [
    'two expiries',
    'POST',
    transfers,
    pair('a', 'b', { hold: { expires_in_seconds: 60, expires_at: '2999-01-01T00:00:00Z' } }),
    '400 invalid_request /hold',
  ],
  ['a name as a number', 'POST', accounts, { currency: 'USD', name: 5 }, '400 invalid_request /name'],
  [
    'all required fields null',
    'POST',
    transfers,
    { from: null, to: null, amount_minor: null, currency: null },
    '400 invalid_request /from /to /amount_minor /currency',
  ],
  // Bodies.
  ['megabytes of white space', 'POST', transfers, ' '.repeat(2_000_000), '413 payload_too_large'],
  [
    'a string without its end',
    'POST',
    transfers,
    `{"from":"${'a'.repeat(500_000)}`,
    '400 malformed_json /from',
  ],
  // What is immutable, and what is not there.
  ['changing an entry', 'PUT', `${entries}/${nobody}`, {}, '405 method_not_allowed'],
  ['deleting an entry', 'DELETE', `${entries}/${nobody}`, undefined, '405 method_not_allowed'],
  [
    'changing a transfer',
    'PATCH',
    `${transfers}/${movedId}`,
    { amount_minor: 5 },
    '405 method_not_allowed',
  ],
  ['deleting an account', 'DELETE', `${accounts}/ext:a`, undefined, '405 method_not_allowed'],
  ['an account nobody opened', 'GET', `${accounts}/${nobody}`, undefined, '404 account_not_found'],
  [
    'an account of another ledger',
    'GET',
    `${accounts}/${foreignId}/balance`,
    undefined,
    '404 account_not_found',
  ],
  ['an entry nobody posted', 'GET', `${entries}/${nobody}`, undefined, '404 entry_not_found'],
  ['nothing', 'GET', '/v1/nothing', undefined, '404 not_found'],
];

async function check({ call, sql }: Product, [, method, path, body, summary]: Row): Promise<void> {
  const [extent, money] = [await readExtent(sql), await readMoney(sql)];
  const headers: Record<string, string> = method === 'GET' ? {} : { 'idempotency-key': randomUUID() };
  const startedAt = performance.now();
  const answer = await call(method, path, { body, headers });
  const tookMs = performance.now() - startedAt;
  assert.equal(summaryOf(answer), summary, answer.text);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.ok(answer.headers.get('request-id'));
  assert.ok(tookMs < 2000, `${tookMs} ms`);
  assert.doesNotMatch(answer.text, /node_modules|\.ts:|select |ledger\.\w+_/);
  assert.equal(await readMoney(sql), money, 'no money has moved');
  const keepsItsRefusal = method !== 'GET' && ![400, 405, 413].includes(answer.status);
  if (!keepsItsRefusal) assert.equal(await readExtent(sql), extent, 'no trace is left');
}
