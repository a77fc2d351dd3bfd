import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway } from '../support/gateway.ts';
import { summaryOf } from '../support/http.ts';

const id = '0190f3a0-7c1e-7d00-8000-00000000000a';
const other = '0190f3a0-7c1e-7d00-8000-00000000000b';
const body = { from: id, to: other, amount_minor: 1234, currency: 'USD' };
const key = { 'idempotency-key': 'k' };

type Row = readonly [
  row: number,
  method: string,
  path: string,
  headers: Record<string, string>,
  expected: string,
];

/**
 * Rows of the catalogue of hostile input that are about addresses and headers. POST carries a good
 * transfer.
 */
const rows: readonly Row[] = [
  [21, 'GET', '/accounts/../../etc/passwd%00', {}, '404 not_found'],
  [21, 'GET', '/v1/accounts/%2e%2e%2f', {}, '400 invalid_request {id}'],
  [21, 'GET', '//v1/accounts', {}, '404 not_found'],
  [21, 'GET', '/v1/accounts/%ZZ', {}, '400 invalid_request'],
  [21, 'GET', `/v1/accounts/${'a'.repeat(4000)}`, {}, '414 uri_too_long'],
  [21, 'GET', `/v1/accounts?q=${'a'.repeat(41_000)}`, {}, '414 uri_too_long'],
  [33, 'POST', '/v1/transfers', { ...key, 'content-encoding': 'gzip' }, '415 unsupported_media_type'],
  [33, 'POST', '/v1/transfers', { ...key, 'content-encoding': 'foo' }, '415 unsupported_media_type'],
  [36, 'GET', '/v1/accounts', { 'x-large': 'a'.repeat(16_500) }, '431 headers_too_large'],
  [
    36,
    'GET',
    '/v1/accounts',
    Object.fromEntries(Array.from({ length: 110 }, (_, n) => [`x-${n}`, 'a'])),
    '431 headers_too_large',
  ],
  ...[
    'text/plain',
    'application/json; charset=utf-16',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/jsonx',
    'application/json; charset=utf-8; charset=utf-16',
  ].map((type): Row => [
    38,
    'POST',
    '/v1/transfers',
    { ...key, 'content-type': type },
    '415 unsupported_media_type',
  ]),
  [38, 'POST', '/v1/transfers', { ...key, 'content-type': 'Application/JSON; charset="UTF-8"' }, '201'],
  [39, 'GET', '/v1/currencies', { accept: 'text/html' }, '406 not_acceptable'],
  [39, 'GET', '/v1/currencies', { accept: '*/*;q=0' }, '406 not_acceptable'],
  [39, 'GET', '/v1/currencies', { accept: 'application/json;q=0, */*' }, '406 not_acceptable'],
  [39, 'GET', '/v1/currencies', { accept: 'text/html, application/*;q=0.1' }, '200'],
  [40, 'PUT', '/v1/transfers', {}, '405 method_not_allowed'],
  [40, 'OPTIONS', '/v1/transfers', {}, '405 method_not_allowed'],
  [40, 'GET', '/v1/transfers/batch', {}, '400 invalid_request {id}'],
  [40, 'GET', '/v1/currencies', { 'x-http-method-override': 'DELETE' }, '200'],
  [42, 'POST', '/v1/transfers', {}, '400 idempotency_key_required'],
  [42, 'POST', '/v1/transfers', { 'idempotency-key': '' }, '400 idempotency_key_invalid'],
  [42, 'POST', '/v1/transfers', { 'idempotency-key': '""' }, '400 idempotency_key_invalid'],
  [42, 'POST', '/v1/transfers', { 'idempotency-key': 'a'.repeat(256) }, '400 idempotency_key_invalid'],
  [42, 'POST', '/v1/transfers', { 'idempotency-key': 'a'.repeat(255) }, '201'],
  [42, 'POST', '/v1/transfers', { 'idempotency-key': 'a b' }, '400 idempotency_key_invalid'],
  [42, 'POST', '/v1/transfers', { 'idempotency-key': 'caf\u00e9' }, '400 idempotency_key_invalid'],
  [42, 'POST', '/v1/transfers', { 'idempotency-key': '"a", "b"' }, '400 idempotency_key_invalid'],
  [42, 'POST', '/v1/transfers', { 'idempotency-key': 'a, b' }, '400 idempotency_key_invalid'],
  [42, 'POST', '/v1/transfers', { 'idempotency-key': '"quoted-\\"key\\""' }, '201'],
  [47, 'POST', '/v1/transfers', { ...key, prefer: 'respond-async, wait=99999999999, ;;="' }, '201'],
  [
    48,
    'POST',
    '/v1/transfers',
    { ...key, traceparent: 'ff-<script>', tracestate: 'x'.repeat(10_000) },
    '201',
  ],
  [
    50,
    'GET',
    `/v1/accounts/${id}/statements?from=2025-02-01T00:00:00Z&to=2025-01-01T00:00:00Z`,
    {},
    '400 invalid_request ?to',
  ],
  [50, 'GET', `/v1/accounts/${id}/balance?at=2025-02-30T00:00:00Z`, {}, '400 invalid_request ?at'],
  [
    50,
    'GET',
    `/v1/accounts/${id}/balance?at=2025-01-01T00:00:00Z&effective_at=2025-01-01T00:00:00Z`,
    {},
    '400 invalid_request ?effective_at',
  ],
  [52, 'GET', `/v1/accounts/${id}/statements?tz=Europe/Berlin`, {}, '400 invalid_request ?tz'],
  ...['0', '-1', '1000000000', 'abc', '1.5', '', '1e2', '%2B5', '0100'].map((limit): Row => [
    53,
    'GET',
    `/v1/accounts?limit=${limit}`,
    {},
    '400 invalid_request ?limit',
  ]),
  [53, 'GET', '/v1/accounts?offset=10', {}, '400 invalid_request ?offset'],
  ...['AAAA', 'a'.repeat(2048), '%27%20or%201=1', 'bm90IG91cnM', '%F0%9F%92%A9'].map((cursor): Row => [
    54,
    'GET',
    `/v1/accounts?cursor=${cursor}`,
    {},
    '400 invalid_cursor ?cursor',
  ]),
  [54, 'GET', `/v1/accounts?cursor=${'a'.repeat(5000)}`, {}, '400 invalid_request ?cursor'],
  [55, 'GET', '/v1/accounts?limit=1&limit=2', {}, '400 invalid_request ?limit'],
  [55, 'GET', '/v1/accounts?a[]=1&a[b]=2', {}, '400 invalid_request ?a[] ?a[b]'],
  [55, 'GET', '/v1/accounts?currency=%', {}, '400 invalid_request ?'],
  [55, 'GET', '/v1/accounts?currency=%ZZ', {}, '400 invalid_request ?'],
  [55, 'GET', '/v1/accounts?external_id=%00', {}, '400 invalid_request ?external_id'],
  [55, 'GET', '/v1/accounts?__proto__=1', {}, '400 invalid_request ?__proto__'],
  [56, 'GET', '/v1/accounts?order_by=name;drop', {}, '400 invalid_request ?order_by'],
  [56, 'GET', '/v1/transfers?order=sideways', {}, '400 invalid_request ?order'],
  [56, 'GET', '/v1/transfers?status=DONE', {}, '400 invalid_request ?status'],
  [56, 'POST', '/v1/transfers?dry_run=true', key, '400 invalid_request ?dry_run'],
  [58, 'GET', '/v1/currencies', { range: 'bytes=0-1' }, '200'],
  [58, 'GET', '/v1/currencies', { 'x-a': 'host', 'x-b': 'host' }, '200'],
  [59, 'GET', '/v1/accounts', { authorization: '' }, '401 unauthorized'],
  [59, 'GET', '/v1/accounts', { authorization: 'Bearer ' }, '401 unauthorized'],
  [59, 'GET', '/v1/accounts', { authorization: 'Basic dXNlcjpwYXNzd29yZA==' }, '401 unauthorized'],
  [59, 'GET', '/v1/accounts', { authorization: 'Bearer one-key-of-many two-keys' }, '401 unauthorized'],
  [59, 'GET', '/v1/accounts', { authorization: `Bearer ${'a'.repeat(16_000)}` }, '401 unauthorized'],
  [59, 'GET', '/v1/accounts?access_token=secret', { authorization: '' }, '401 unauthorized'],
  [59, 'GET', '/v1/accounts?api_key=secret', {}, '400 invalid_request ?api_key'],
  [69, 'DELETE', `/v1/entries/${id}`, {}, '405 method_not_allowed'],
  [69, 'PUT', `/v1/entries/${id}`, {}, '405 method_not_allowed'],
  [69, 'DELETE', `/v1/transfers/${id}`, {}, '405 method_not_allowed'],
  [69, 'PATCH', `/v1/transfers/${id}`, {}, '405 method_not_allowed'],
  [57, 'GET', `/v1/accounts/${id}?min_position=-1`, {}, '400 invalid_request ?min_position'],
  [57, 'GET', `/v1/accounts/${id}`, { 'min-position': 'x' }, '400 invalid_request Min-Position'],
  [
    57,
    'GET',
    `/v1/accounts/${id}?min_position=1`,
    { 'min-position': '2' },
    '400 invalid_request Min-Position',
  ],
  [48, 'GET', '/v1/currencies', { 'correlation-id': 'a b' }, '400 invalid_request Correlation-Id'],
  [
    48,
    'GET',
    '/v1/currencies',
    { 'correlation-id': 'a'.repeat(129) },
    '400 invalid_request Correlation-Id',
  ],
];

test('hostile addresses and headers are told apart by status, code and pointer', async (t) => {
  const gateway = await startGateway(t);
  for (const [row, method, path, headers, expected] of rows) {
    const options = method === 'POST' ? { headers, body } : { headers };
    const answer = await gateway.call(method, path, options);
    const about = `row ${row}: ${method} ${path.slice(0, 80)} ${JSON.stringify(headers).slice(0, 120)}`;
    assert.equal(summaryOf(answer), expected, `${about}\n${answer.text.slice(0, 300)}`);
    if (answer.status >= 400)
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/, about);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', about);
    assert.notEqual(answer.headers.get('request-id'), null, about);
    assert.equal(answer.headers.get('access-control-allow-origin'), null, about);
    if (answer.status === 401) assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
  }
});

test('the methods that an address has are named in Allow', async (t) => {
  const { call } = await startGateway(t);
  const allowed: readonly [string, string, string][] = [
    ['PUT', '/v1/transfers', 'GET, HEAD, POST'],
    ['DELETE', `/v1/entries/${id}`, 'GET, HEAD'],
    ['PUT', `/v1/accounts/${id}`, 'GET, HEAD, PATCH'],
    ['GET', `/v1/transfers/${id}/settle`, 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
  ];
  for (const [method, path, allow] of allowed) {
    assert.equal((await call(method, path)).headers.get('allow'), allow, `${method} ${path}`);
  }
});

const ifMatches: readonly [header: string, expected: number | undefined | string][] = [
  ['"3"', 3],
  ['*', undefined],
  ['"no-revision"', 0],
  ['W/"3"', '400 invalid_request If-Match'],
  ['3', '400 invalid_request If-Match'],
  ['"1", "2"', '400 invalid_request If-Match'],
  ['', '400 invalid_request If-Match'],
];

test('If-Match names one revision, or any', async (t) => {
  const gateway = await startGateway(t);
  for (const [header, expected] of ifMatches) {
    const answer = await gateway.call('PATCH', `/v1/accounts/${id}`, {
      headers: { 'if-match': header },
      body: {},
    });
    if (typeof expected === 'string') assert.equal(summaryOf(answer), expected, header);
    else {
      const command = gateway.submitted.at(-1)?.command;
      assert.equal(
        command?.kind === 'update_account' ? command.ifMatch : 'another command',
        expected,
        header,
      );
    }
  }
});
