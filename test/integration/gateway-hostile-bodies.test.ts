import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway } from '../support/gateway.ts';
import { summaryOf } from '../support/http.ts';

const from = '0190f3a0-7c1e-7d00-8000-00000000000a';
const to = '0190f3a0-7c1e-7d00-8000-00000000000b';
const transfer = { from, to, amount_minor: 1234, currency: 'USD' };
const withFields = (fields: object) => ({ ...transfer, ...fields });
/** A body whose amount is this very text. */
const amount = (text: string) =>
  JSON.stringify(withFields({ amount_minor: 0 })).replace(':0,', `:${text},`);
const bytes = (...codes: number[]) => Buffer.from(codes);

const ok = '201';
const wrongAmount = '400 invalid_request /amount_minor';
const malformed = '400 malformed_json';

/** Rows of the catalogue of hostile input: number, what is sent to POST /v1/transfers, what is answered. */
const rows: readonly (readonly [row: number, body: unknown, expected: string])[] = [
  [1, amount('0'), wrongAmount],
  [1, amount('"0"'), wrongAmount],
  [2, amount('-1'), wrongAmount],
  [2, amount('"-1"'), wrongAmount],
  [2, amount('-0'), wrongAmount],
  [3, amount('1.5'), wrongAmount],
  [3, amount('1.0'), wrongAmount],
  [3, amount('"1.50"'), wrongAmount],
  [4, amount('9007199254740993'), wrongAmount],
  [5, amount('"9007199254740993"'), ok],
  [5, amount('9007199254740991'), ok],
  [6, amount('"9223372036854775807"'), ok],
  [7, amount('"9223372036854775808"'), wrongAmount],
  [7, amount(`"${2n ** 128n}"`), wrongAmount],
  [7, amount(`"${'9'.repeat(1000)}"`), wrongAmount],
  [7, amount('9'.repeat(1000)), wrongAmount],
  [8, amount('"1e3"'), wrongAmount],
  [8, amount('1e3'), wrongAmount],
  [8, amount('1e400'), wrongAmount],
  [9, amount('"NaN"'), wrongAmount],
  [9, amount('"Infinity"'), wrongAmount],
  [9, amount('NaN'), `${malformed} /amount_minor`],
  ...['0x1F', ' 12 ', '', '１２', '1_000', '+5', '007'].map(
    (text) => [10, amount(`"${text}"`), wrongAmount] as const,
  ),
  ...['null', 'true', '[5]', '{}'].map((text) => [11, amount(text), wrongAmount] as const),
  [11, { from, to, currency: 'USD' }, wrongAmount],
  ...['usd', 'US', 'USDT ', '💰', 'U\u200dSD', '', "USD'; drop table accounts; --"].map(
    (currency) => [16, withFields({ currency }), '400 invalid_request /currency'] as const,
  ),
  [20, withFields({ from: from.toUpperCase() }), ok],
  ...[
    `{${from}}`,
    `urn:uuid:${from}`,
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    `${from}\n`,
    'not-an-id',
    'ext:',
    'ext:a\u0000',
    `ext:${'a'.repeat(256)}`,
  ].map((id) => [20, withFields({ from: id }), '400 invalid_request /from'] as const),
  [20, withFields({ from: 'ext:customer/7 ü' }), ok],
  [22, withFields({ description: "'; DROP TABLE transfers; -- $1 \\' %_" }), ok],
  [23, withFields({ description: 'a\u0000b' }), '400 invalid_request /description'],
  [23, withFields({ external_id: 'a\u0000' }), '400 invalid_request /external_id'],
  [23, JSON.stringify(transfer).replace('USD', 'US\u0000'), `${malformed} /currency`],
  [
    24,
    JSON.stringify(transfer).replace('}', String.raw`,"description":"\ud800"}`),
    '400 invalid_request /description',
  ],
  [
    24,
    JSON.stringify(transfer).replace('}', String.raw`,"metadata":{"a":"\udfff"}}`),
    '400 invalid_request /metadata',
  ],
  [25, bytes(0x7b, 0x22, 0xff, 0x22, 0x7d), malformed],
  [25, bytes(0x22, 0xc0, 0xaf, 0x22), malformed],
  [25, bytes(0x22, 0xed, 0xa0, 0x80, 0x22), malformed],
  [26, Buffer.from(JSON.stringify(transfer), 'utf16le'), malformed],
  [26, `\ufeff${JSON.stringify(transfer)}`, malformed],
  [27, withFields({ description: 'e\u0301 \u202e \u200b 🚀' }), ok],
  [28, `{"from":"${from}","amount_minor":1,"amount_minor":1000000}`, `${malformed} /amount_minor`],
  [28, `{"metadata":{"a":1,"a":2}}`, `${malformed} /metadata/a`],
  [
    29,
    JSON.stringify(transfer).replace('{', '{"__proto__":{"isAdmin":true},'),
    '400 invalid_request /__proto__',
  ],
  [29, withFields({ constructor: 1, prototype: 2 }), '400 invalid_request /constructor /prototype'],
  [
    30,
    withFields({ isAdmin: true, balance: 1, tenantId: 'x' }),
    '400 invalid_request /isAdmin /balance /tenantId',
  ],
  [31, '['.repeat(200_000), `${malformed} ${'/0'.repeat(32)}`],
  [
    31,
    `{"metadata":${'{"a":'.repeat(40)}1${'}'.repeat(41)}`,
    `${malformed} /metadata${'/a'.repeat(31)}`,
  ],
  [32, ' '.repeat(1024 * 1024 + 1), '413 payload_too_large'],
  [
    32,
    withFields({ metadata: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, i])) }),
    '400 invalid_request /metadata',
  ],
  [32, `[${'1,'.repeat(100_000)}1]`, '400 invalid_request'],
  [41, '', malformed],
  [41, 'null', '400 invalid_request'],
  [41, '[]', '400 invalid_request'],
  [41, '"x"', '400 invalid_request'],
  [41, '1', '400 invalid_request'],
  [41, '{}{}', malformed],
  [41, '{"a":1,}', `${malformed} /a`],
  [41, '{/* a */}', malformed],
  [41, '{"a":01}', `${malformed} /a`],
  ...[
    '2025-02-30T00:00:00Z',
    '2025-01-01T24:00:00Z',
    '2025-01-01T00:00:00+25:00',
    '0000-01-01T00:00:00Z',
    '10000-01-01T00:00:00Z',
    '294277-01-01T00:00:00Z',
    'infinity',
    '2025-01-01T00:00:00',
    '2016-12-31T23:59:60Z',
    '2025-01-01',
    1_700_000_000,
  ].map(
    (time) => [49, withFields({ effective_at: time }), '400 invalid_request /effective_at'] as const,
  ),
  [49, withFields({ effective_at: '2025-01-01t01:00:00.123456+01:00' }), ok],
  [
    52,
    withFields({ effective_at: '2025-01-01T00:00:00 Europe/Berlin' }),
    '400 invalid_request /effective_at',
  ],
  [64, withFields({ metadata: { a: 9_007_199_254_740_992 } }), ok],
  [
    64,
    JSON.stringify(transfer).replace('}', ',"metadata":{"a":9007199254740993}}'),
    '400 invalid_request /metadata',
  ],
  [
    64,
    JSON.stringify(transfer).replace('}', ',"metadata":{"a":1e400}}'),
    '400 invalid_request /metadata',
  ],
  [64, withFields({ metadata: { a: 'x'.repeat(17_000) } }), '400 invalid_request /metadata'],
  [64, withFields({ metadata: { 'a.b': { $c: ['</script>', '=cmd()'] }, '': null } }), ok],
  [64, withFields({ metadata: [] }), '400 invalid_request /metadata'],
  [65, withFields({ description: 'line\r\n\u001b[31mred' }), ok],
  [
    78,
    withFields({
      id: null,
      external_id: null,
      description: null,
      metadata: null,
      effective_at: null,
      hold: null,
    }),
    ok,
  ],
  [79, withFields({ description: 5 }), '400 invalid_request /description'],
  [79, withFields({ hold: 'true' }), '400 invalid_request /hold'],
  [
    79,
    withFields({ hold: { expires_in_seconds: '60' } }),
    '400 invalid_request /hold/expires_in_seconds',
  ],
  [
    79,
    withFields({ hold: { expires_in_seconds: 60, expires_at: '2030-01-01T00:00:00Z' } }),
    '400 invalid_request /hold',
  ],
  [79, withFields({ from: 5 }), '400 invalid_request /from'],
  [79, withFields({ require: { from: { version: '1' } } }), '400 invalid_request /require/from/version'],
  [80, `{"a":"${'x'.repeat(1_000_000)}`, `${malformed} /a`],
];

test('hostile bodies of a transfer are told apart by status, code and pointer, and never reach the ledger', async (t) => {
  const gateway = await startGateway(t);
  for (const [index, [row, body, expected]] of rows.entries()) {
    const before = gateway.submitted.length;
    const headers = { 'idempotency-key': `key-${index}` };
    const answer = await gateway.call('POST', '/v1/transfers', { headers, body });
    assert.equal(
      summaryOf(answer),
      expected,
      `row ${row}: ${String(body).slice(0, 80)}\n${answer.text.slice(0, 400)}`,
    );
    assert.equal(gateway.submitted.length - before, expected === ok ? 1 : 0);
    assert.notEqual(answer.headers.get('request-id'), null);
  }
});

const batch = (transfers: unknown[]) => ({ mode: 'independent', transfers });
const line = (account_id: string, side: string) => ({ account_id, side, amount_minor: 1 });
const others: readonly [method: string, path: string, body: unknown, expected: string][] = [
  [
    'POST',
    '/v1/transfers/batch',
    batch([transfer, withFields({ amount_minor: 0 })]),
    '400 invalid_request /transfers/1/amount_minor',
  ],
  ['POST', '/v1/transfers/batch', batch([]), '400 invalid_request /transfers'],
  [
    'POST',
    '/v1/transfers/batch',
    batch(Array.from({ length: 1001 }, () => transfer)),
    '400 invalid_request /transfers',
  ],
  ['POST', '/v1/transfers/batch', batch(Array.from({ length: 1000 }, () => transfer)), ok],
  ['POST', '/v1/transfers/batch', { ...batch([transfer]), mode: 'maybe' }, '400 invalid_request /mode'],
  ['POST', '/v1/transfers/batch', `{"mode":"${'x'.repeat(8 * 1024 * 1024)}"}`, '413 payload_too_large'],
  [
    'POST',
    '/v1/entries',
    { lines: [line(from, 'DEBIT'), line(to, 'debit')] },
    '400 invalid_request /lines/1/side',
  ],
  [
    'POST',
    '/v1/entries',
    { lines: Array.from({ length: 1001 }, () => line(from, 'DEBIT')) },
    '400 invalid_request /lines',
  ],
  ['POST', '/v1/entries', { lines: [] }, ok],
  [
    'POST',
    '/v1/previews',
    { lines: [line(from, 'DEBIT'), {}] },
    '400 invalid_request /lines/1/account_id /lines/1/side /lines/1/amount_minor',
  ],
  [
    'POST',
    '/v1/previews',
    batch([{}]),
    '400 invalid_request /transfers/0/from /transfers/0/to /transfers/0/amount_minor /transfers/0/currency',
  ],
  ['POST', '/v1/previews', transfer, ok],
  ['POST', '/v1/previews', '[]', '400 invalid_request'],
  [
    'POST',
    '/v1/accounts',
    { currency: 'USD', external_id: 'external:USD' },
    '400 invalid_request /external_id',
  ],
  [
    'POST',
    '/v1/accounts',
    { currency: 'USD', type: 'ASSETS', name: 'x'.repeat(256) },
    '400 invalid_request /name /type',
  ],
  [
    'POST',
    '/v1/accounts/batch',
    { accounts: [{ currency: 'USD' }, {}] },
    '400 invalid_request /accounts/1/currency',
  ],
  ['PATCH', `/v1/accounts/${from}`, { status: null }, '400 invalid_request /status'],
  ['PATCH', `/v1/accounts/${from}`, { name: null }, ok],
  ['POST', `/v1/accounts/${from}/deposits`, { amount_minor: '5' }, ok],
  ['POST', `/v1/accounts/ext:a%2Fb%20%C3%BC/withdrawals`, { amount_minor: 5 }, ok],
  ['POST', `/v1/transfers/${from}/settle`, undefined, ok],
  ['POST', `/v1/transfers/${from}/void`, {}, ok],
  ['POST', `/v1/transfers/${from}/void`, { amount_minor: 1 }, '400 invalid_request /amount_minor'],
  ['POST', `/v1/transfers/${from}/reverse`, { force: 'yes' }, '400 invalid_request /force'],
  ['POST', '/v1/transfers/nope/settle', {}, '400 invalid_request {id}'],
  ['POST', '/v1/currencies', { code: 'POINTS', scale: 13 }, '400 invalid_request /scale'],
  ['POST', '/v1/ledgers', { name: 'Main' }, '400 invalid_request /name'],
  [
    'POST',
    '/v1/api-keys',
    { name: 'k', scopes: ['root'], ledgers: ['main'] },
    '400 invalid_request /scopes/0',
  ],
  [
    'POST',
    '/v1/api-keys',
    { name: 'k', scopes: ['read'], ledgers: ['main'], expires_at: '2020-01-01T00:00:00Z' },
    '400 invalid_request /expires_at',
  ],
];

test('hostile bodies of the other operations name the field that is wrong', async (t) => {
  const gateway = await startGateway(t);
  for (const [index, [method, path, body, expected]] of others.entries()) {
    const answer = await gateway.call(method, path, {
      headers: { 'idempotency-key': `key-${index}` },
      body,
    });
    assert.equal(summaryOf(answer), expected, `${method} ${path}: ${answer.text.slice(0, 400)}`);
  }
});
