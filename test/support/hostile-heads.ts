import type { Row } from './hostile-catalogue.ts';
import { each } from './hostile-values.ts';
import { nobody, pair, type World } from './hostile-world.ts';
import { summaryOf } from './http.ts';

const post =
  (headers: string, body = JSON.stringify(pair), version = 'HTTP/1.1') =>
  (world: World) =>
    world.raw(`POST /v1/transfers ${version}\r\nContent-Type: application/json\r\n${headers}`, body);
const host = 'Host: x';
const chunked = 'Transfer-Encoding: chunked';
const get =
  (...paths: readonly string[]): Row['act'] =>
  (world) =>
    each(paths, (path) => world.get(path));
const keyed =
  (...keys: readonly string[]): Row['act'] =>
  (world) =>
    each(keys, (key) =>
      world.say('POST', '/v1/transfers', { body: pair, headers: { 'idempotency-key': key } }),
    );
const rawGet =
  (path: string, headers = host) =>
  (world: World) =>
    world.raw(`GET ${path} HTTP/1.1\r\n${headers}`);

/** Heads, addresses, and who asks. */
export const metaRows: readonly Row[] = [
  {
    of: 21,
    what: 'ways out of the tree',
    act: (w) =>
      each(
        [
          '/v1/accounts/../../etc/passwd%00',
          '/v1/%2e%2e%2f%2e%2e%2fetc/passwd',
          '//v1//accounts',
          '/v1/accounts/..%2f..%2fetc',
        ],
        (path) => rawGet(path)(w),
      ),
    expect: ['404 not_found', '404 not_found', '404 not_found', '400 invalid_request'],
  },
  {
    of: 21,
    what: 'an address that is a whole URL is one of ours (RFC 9112), whatever its host',
    act: rawGet('http://evil.example/v1/ledgers'),
    expect: '200',
  },
  {
    of: 20,
    what: 'addresses with no ids',
    act: get('/v1/transfers/nope', '/v1/transfers/%7B1%7D', '/v1/entries/1%0A'),
    expect: '400 invalid_request {id}',
  },
  {
    of: 23,
    what: 'NUL in an address',
    act: get('/v1/accounts/ext:a%00', '/v1/accounts?q=a%00'),
    expect: ['400 invalid_request {id}', '400 invalid_request ?q'],
  },
  {
    of: 34,
    what: 'lengths and framing that disagree',
    act: async (w) => [
      await post(`${host}\r\nContent-Length: 5\r\nContent-Length: 6`)(w),
      await post(`${host}\r\nContent-Length: -1`)(w),
      await post(`${host}\r\nContent-Length: 5\r\n${chunked}`)(w),
      await post(`${host}\r\nTransfer-Encoding: xchunked`)(w),
      await post(`${host}\nX: y`)(w),
      await post(`${host}\r\nX: a\r\n b`)(w),
      await post(`${host}\r\nX : y`)(w),
      await post(`${host}\r\nX: a\u0000b`)(w),
    ],
    expect: '400 invalid_request',
  },
  {
    of: 35,
    what: 'no host, two hosts',
    act: async (w) => [
      await w.raw('GET /v1/ledgers HTTP/1.1\r\nX: y'),
      await rawGet('/v1/ledgers', `${host}\r\nHost: y`)(w),
    ],
    expect: '400 invalid_request',
  },
  {
    of: 35,
    what: 'HTTP/0.9',
    act: (w) => w.bytes('GET /v1/ledgers\r\n\r\n'),
    expect: '400 invalid_request',
  },
  {
    of: 35,
    what: 'HTTP/1.0, which knows no host',
    act: (w) => w.raw('GET /v1/ledgers HTTP/1.0\r\nConnection: keep-alive'),
    expect: '200',
  },
  {
    of: 36,
    what: 'headers beyond 16 KiB',
    act: rawGet('/v1/ledgers', `${host}\r\nX: ${'x'.repeat(17_000)}`),
    expect: '431 headers_too_large',
  },
  {
    of: 36,
    what: '2,000 headers',
    act: rawGet(
      '/v1/ledgers',
      [host, ...Array.from({ length: 2000 }, (_, i) => `X${i}: y`)].join('\r\n'),
    ),
    expect: '431 headers_too_large',
  },
  {
    of: 39,
    what: 'answers that there are not',
    act: (w) =>
      each(['text/html', '*/*;q=0', 'image/png'], (accept) => w.get('/v1/ledgers', { accept })),
    expect: '406 not_acceptable',
  },
  {
    of: 40,
    what: 'methods that there are not',
    act: (w) => each(['TRACE', 'PUT'], (method) => w.raw(`${method} /v1/transfers HTTP/1.1\r\n${host}`)),
    expect: '405 method_not_allowed',
  },
  {
    of: 40,
    what: 'CONNECT',
    act: (w) => w.raw(`CONNECT evil.example:443 HTTP/1.1\r\n${host}`),
    expect: '405 method_not_allowed',
  },
  {
    of: 40,
    what: 'a method by a header is none',
    act: (w) => w.get('/v1/ledgers', { 'x-http-method-override': 'DELETE' }),
    expect: '200',
  },
  {
    of: 42,
    what: 'no keys',
    act: keyed('', '""', 'x'.repeat(256), 'a b', '"a", "b"', 'é'),
    expect: '400 idempotency_key_invalid',
  },
  {
    of: 42,
    what: 'a key of 1 MB, and one with a line in it',
    act: async (w) => [
      await post(`${host}\r\nContent-Length: 2\r\nIdempotency-Key: ${'x'.repeat(1_000_000)}`, '{}')(w),
      await post(`${host}\r\nContent-Length: 2\r\nIdempotency-Key: a\u0001b`, '{}')(w),
      await post(`${host}\r\nContent-Length: 2\r\nIdempotency-Key: a\rX: y`, '{}')(w),
    ],
    expect: ['431 headers_too_large', '400 invalid_request', '400 invalid_request'],
  },
  {
    of: 42,
    what: 'no key at all',
    act: async (w) => summaryOf(await w.call('POST', '/v1/transfers', { body: pair })),
    expect: '400 idempotency_key_required',
  },
  {
    of: 47,
    what: 'preferences beyond reason',
    act: (w) =>
      each(['wait=99999999999', 'respond-async=', ';;;', 'x'.repeat(1000)], (prefer) =>
        w.get('/v1/ledgers', { prefer }),
      ),
    expect: '200',
  },
  {
    of: 48,
    what: 'traces that are none',
    act: (w) =>
      each(
        [
          'nope',
          `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`,
          `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01`,
        ],
        (traceparent) =>
          w.get('/v1/ledgers', { traceparent, tracestate: 'x'.repeat(10_000), baggage: '<script>' }),
      ),
    expect: '200',
  },
  {
    of: 50,
    what: 'ranges that are none',
    act: get(
      '/v1/accounts/ext:a/statements?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z',
      '/v1/accounts/ext:a/balance?at=2999-01-01T00:00:00Z',
      '/v1/accounts/ext:a/balance?at=1999-01-01T00:00:00Z',
    ),
    expect: ['400 invalid_request ?to', '422 at_in_future', '422 at_before_account'],
  },
  {
    of: 50,
    what: 'a range of nothing, and one of a thousand years',
    act: get(
      '/v1/accounts/ext:a/statements?from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z',
      '/v1/accounts/ext:a/statements?from=1500-01-01T00:00:00Z&to=2500-01-01T00:00:00Z',
    ),
    expect: '200',
  },
  {
    of: 52,
    what: 'times with zones by name',
    act: get(
      '/v1/accounts/ext:a/statements?from=2026-01-01T00:00:00[Europe/Berlin]',
      '/v1/accounts/ext:a/statements?from=2026-01-01T00:00:00%20Mars/Base',
    ),
    expect: '400 invalid_request ?from',
  },
  {
    of: 53,
    what: 'limits that are none',
    act: (w) =>
      each(['0', '-1', '1000000000', 'abc', '1.5', ''], (limit) => w.get(`/v1/accounts?limit=${limit}`)),
    expect: '400 invalid_request ?limit',
  },
  {
    of: 53,
    what: 'offsets',
    act: get('/v1/accounts?offset=10', '/v1/accounts?page=2'),
    expect: ['400 invalid_request ?offset', '400 invalid_request ?page'],
  },
  {
    of: 54,
    what: 'cursors that were tampered with',
    act: async (w) => {
      const { json } = await w.call('GET', '/v1/accounts?limit=1');
      const cursor = String(json['next_cursor']);
      const flipped = `${cursor.slice(0, -3)}${cursor.at(-3) === 'A' ? 'B' : 'A'}${cursor.slice(-2)}`;
      return each([flipped, cursor.slice(0, 10), 'AAAA', "'; drop table x", 'x'.repeat(2000)], (given) =>
        w.get(`/v1/accounts?limit=1&cursor=${encodeURIComponent(given)}`),
      );
    },
    expect: '400 invalid_cursor ?cursor',
  },
  {
    of: 54,
    what: 'a cursor of another list, filter or ledger',
    act: async (w) => {
      const { json } = await w.call('GET', '/v1/accounts?limit=1');
      const cursor = String(json['next_cursor']);
      return [
        await w.get(`/v1/transfers?cursor=${cursor}`),
        await w.get(`/v1/accounts?currency=USD&cursor=${cursor}`),
        await w.get(`/v1/accounts?cursor=${cursor}`, { ledger: 'elsewhere' }),
      ];
    },
    expect: '400 invalid_cursor ?cursor',
  },
  {
    of: 55,
    what: 'parameters twice, or in brackets',
    act: get('/v1/accounts?limit=1&limit=2', '/v1/accounts?limit[]=1', '/v1/accounts?a[b]=1'),
    expect: ['400 invalid_request ?limit', '400 invalid_request ?limit[]', '400 invalid_request ?a[b]'],
  },
  {
    of: 55,
    what: 'addresses that are not encoded',
    act: (w) =>
      each(['/v1/accounts?q=%', '/v1/accounts?q=%ZZ', '/v1/accounts?q=%ff'], (path) => rawGet(path)(w)),
    expect: '400 invalid_request',
  },
  {
    of: 55,
    what: 'a query of 41 kB',
    act: rawGet(`/v1/accounts?q=${'x'.repeat(41_000)}`),
    expect: '414 uri_too_long',
  },
  {
    of: 56,
    what: 'filters and orders that there are not',
    act: get(
      '/v1/accounts?sort=id;drop',
      '/v1/accounts?balance_minor=1',
      '/v1/transfers?order=sideways',
    ),
    expect: [
      '400 invalid_request ?sort',
      '400 invalid_request ?balance_minor',
      '400 invalid_request ?order',
    ],
  },
  {
    of: 57,
    what: 'revisions',
    act: (w) =>
      each(['"99"', '3', 'W/"1"'], (match) =>
        w.say('PATCH', '/v1/accounts/ext:b', { body: { name: 'x' }, headers: { 'if-match': match } }),
      ),
    expect: ['412 version_mismatch', '400 invalid_request If-Match', '400 invalid_request If-Match'],
  },
  {
    of: 57,
    what: 'any revision, and one that the caller has',
    act: async (w) => {
      const { headers } = await w.call('GET', '/v1/accounts/ext:b');
      const change = { body: { name: 'x' }, headers: { 'if-match': '*' } };
      return [
        await w.get('/v1/accounts/ext:b', { 'if-none-match': headers.get('etag') ?? '' }),
        await w.say('PATCH', '/v1/accounts/ext:b', change),
      ];
    },
    expect: ['304', '200'],
  },
  {
    of: 58,
    what: 'ranges and upgrades are not for here',
    act: async (w) => [
      await w.get('/v1/ledgers', { range: 'bytes=0-1' }),
      await rawGet('/v1/ledgers', `${host}\r\nConnection: Upgrade\r\nUpgrade: h2c`)(w),
      await rawGet('/v1/ledgers', `${host}\r\nConnection: Upgrade\r\nUpgrade: websocket`)(w),
    ],
    expect: '200',
  },
  {
    of: 58,
    what: 'expectations',
    act: post(`${host}\r\nExpect: 200-ok\r\nContent-Length: 2`, '{}'),
    expect: '417 expectation_failed',
  },
  {
    of: 59,
    what: 'no credentials',
    act: (w) =>
      each(
        [
          'Bearer ',
          'Basic YTpi',
          'Bearer a b',
          `Bearer ${'x'.repeat(8000)}`,
          'bearer',
          "Bearer ' or 1=1",
        ],
        (authorization) => w.get('/v1/ledgers', { authorization }),
      ),
    expect: '401 unauthorized',
  },
  {
    of: 59,
    what: 'a credential of 64 kB, and one with NUL',
    act: async (w) => [
      await w.bytes(
        `GET /v1/ledgers HTTP/1.1\r\n${host}\r\nAuthorization: Bearer ${'x'.repeat(65_536)}\r\n\r\n`,
      ),
      await w.bytes(`GET /v1/ledgers HTTP/1.1\r\n${host}\r\nAuthorization: Bearer a\u0000b\r\n\r\n`),
    ],
    expect: ['431 headers_too_large', '400 invalid_request'],
  },
  {
    of: 59,
    what: 'another scheme is told which one there is',
    act: async (w) => {
      const { text } = await w.call('GET', '/v1/ledgers', { headers: { authorization: 'Basic YTpi' } });
      return String(/Authorization: Bearer <key>/.test(text));
    },
    expect: 'true',
  },
  {
    of: 59,
    what: 'a key in the address',
    act: async (w) => w.bytes(`GET /v1/ledgers?key=${w.keys.admin} HTTP/1.1\r\n${host}\r\n\r\n`),
    expect: '401 unauthorized',
  },
  {
    of: 59,
    what: 'two credentials',
    act: (w) => rawGet('/v1/ledgers', `${host}\r\nAuthorization: Bearer x`)(w),
    expect: '400 invalid_request',
  },
  {
    of: 60,
    what: 'a revoked key',
    act: (w) => w.get('/v1/ledgers', { authorization: `Bearer ${w.keys.revoked}` }),
    expect: '401 unauthorized',
  },
  {
    of: 60,
    what: 'a key that may only read',
    act: (w) =>
      w.say('POST', '/v1/transfers', {
        body: pair,
        headers: { authorization: `Bearer ${w.keys.reader}` },
      }),
    expect: '403 forbidden',
  },
  {
    of: 60,
    what: "another one's ledger",
    act: (w) => w.get('/v1/ledgers/main', { authorization: `Bearer ${w.keys.stranger}` }),
    expect: '404 ledger_not_found',
  },
  {
    of: 61,
    what: 'tokens where nobody issues any',
    act: (w) =>
      each(
        [
          'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.',
          'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.c2ln',
          'eyJhbGciOiJSUzI1NiIsImtpZCI6Ii4uLy4uL2V0Yy9wYXNzd2QifQ.e30.c2ln',
        ],
        (token) => w.get('/v1/ledgers', { authorization: `Bearer ${token}` }),
      ),
    expect: '401 unauthorized',
  },
  {
    of: 62,
    what: 'who one is, by a header',
    act: (w) =>
      each(['x-user-id', 'x-forwarded-user', 'x-real-ip', 'x-forwarded-for', 'forwarded'], (name) =>
        w.get('/v1/ledgers', { authorization: `Bearer ${w.keys.revoked}`, [name]: 'admin' }),
      ),
    expect: '401 unauthorized',
  },
  {
    of: 63,
    what: 'a page of anywhere',
    act: async (w) => {
      const answer = await w.call('OPTIONS', '/v1/transfers', {
        headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
      });
      return `${answer.status} ${String(answer.headers.get('access-control-allow-origin'))}`;
    },
    expect: '405 null',
  },
  {
    of: 68,
    what: 'operations that are not there, or not for everybody',
    act: (w) =>
      each([w.keys.admin, w.keys.stranger], (key) =>
        w.get(`/v1/admin/operations/${nobody}`, { authorization: `Bearer ${key}` }),
      ),
    expect: ['404 not_found', '403 forbidden'],
  },
  {
    of: 69,
    what: 'history is not changed',
    act: (w) =>
      each(['DELETE', 'PUT', 'PATCH'], (method) =>
        w.say(method, `/v1/entries/${w.ids.entry}`, { body: {} }),
      ),
    expect: '405 method_not_allowed',
  },
  {
    of: 75,
    what: 'dead letters with the key of a user',
    act: (w) =>
      each(['/v1/admin/dead-letters', `/v1/admin/dead-letters/${nobody}`], (path) =>
        w.get(path, { authorization: `Bearer ${w.keys.stranger}` }),
      ),
    expect: '403 forbidden',
  },
  {
    of: 75,
    what: 'dead letters that are not there',
    act: (w) => w.say('POST', `/v1/admin/dead-letters/${nobody}/redrive`),
    expect: '404 not_found',
  },
  {
    of: 'header spoofing',
    what: 'a host that is not ours gets into nothing',
    act: async (w) => {
      const answer = await w.call('GET', '/v1/ledgers', {
        headers: {
          'x-forwarded-host': 'evil.example',
          'x-forwarded-proto': 'gopher',
          'x-original-url': '/v1/api-keys',
        },
      });
      return `${answer.status} ${String(answer.text.includes('evil'))}`;
    },
    expect: '200 false',
  },
  {
    of: 'header spoofing',
    what: 'the word between our processes',
    act: (w) =>
      each(['Internal x', 'Internal ', `Bearer ${w.keys.admin}`], (authorization) =>
        w.say('POST', '/internal/commands', { headers: { authorization } }),
      ),
    expect: '404 not_found',
  },
  {
    of: 'header injection',
    what: 'a line in a header that is answered',
    act: (w) =>
      rawGet('/v1/ledgers', `${host}\r\nRequest-Id: a%0d%0aSet-Cookie: x=y\r\nCorrelation-Id: a\tb`)(w),
    expect: '400 invalid_request',
  },
];
