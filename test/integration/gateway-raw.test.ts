import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startGateway } from '../support/gateway.ts';

/** Sends bytes as they are and gives back all that came until the server ended the connection. */
async function exchange(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

const head = (line: string, ...headers: string[]) => `${[line, ...headers].join('\r\n')}\r\n\r\n`;
const post = 'POST /v1/transfers HTTP/1.1';
const get = 'GET /v1/currencies HTTP/1.1';
const host = 'Host: x';
const json = 'Content-Type: application/json';
const end = 'Connection: close';

/** Rows of the catalogue that no well-behaved client can send; each connection is ended by the server. */
const rows: readonly (readonly [row: number, text: string, expected: RegExp])[] = [
  [34, `${head(post, host, json, end, 'Content-Length: -1')}{}`, /^HTTP\/1.1 400 /],
  [34, `${head(post, host, json, end, 'Content-Length: 2', 'Content-Length: 3')}{}`, /^HTTP\/1.1 400 /],
  [
    34,
    `${head(post, host, json, end, 'Content-Length: 2', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    /^HTTP\/1.1 400 /,
  ],
  [
    34,
    head(post, host, json, end, 'Transfer-Encoding: xchunked'),
    /^HTTP\/1.1 400 [^]*Transfer-Encoding/,
  ],
  [34, head(get, host, end, 'Bad Header: a'), /^HTTP\/1.1 400 /],
  [34, head(get, host, end, 'X-Spaced : a'), /^HTTP\/1.1 400 /],
  [34, head(get, host, end, 'X: a\u0000b'), /^HTTP\/1.1 400 /],
  [34, head(get, host, end, 'X: a', ' folded'), /^HTTP\/1.1 400 /],
  [34, `${get}\n${host}\n\n`, /^HTTP\/1.1 400 /],
  [35, head(get, end), /^HTTP\/1.1 400 [^]*Host is required/],
  [35, head(get, host, 'Host: y', end), /^HTTP\/1.1 400 /],
  [35, 'GET /\r\n\r\n', /^HTTP\/1.1 400 /],
  [36, head(get, host, end, `X-Large: ${'a'.repeat(80_000)}`), /^HTTP\/1.1 431 [^]*headers_too_large/],
  [40, head('TRACE /v1/transfers HTTP/1.1', host, end), /^HTTP\/1.1 405 /],
  [40, head('CONNECT example:443 HTTP/1.1', host, end), /^HTTP\/1.1 405 /],
  [42, head(post, host, json, end, 'Idempotency-Key: a\u0001'), /^HTTP\/1.1 400 /],
  [58, head(get, host, end, 'Expect: 200-ok'), /^HTTP\/1.1 417 [^]*expectation_failed/],
  [58, head(get, host, end, 'Upgrade: h2c'), /^HTTP\/1.1 401 /],
  [
    59,
    head(
      get,
      host,
      end,
      'Authorization: Bearer aaaaaaaaaaaaaaaaaaaa',
      'Authorization: Bearer bbbbbbbbbbbbbbbbbbbb',
    ),
    /^HTTP\/1.1 400 [^]*Authorization must be given once/,
  ],
  [34, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^HTTP\/1.1 (400|404|505) /],
  [34, 'hello', /^HTTP\/1.1 400 /],
];

test('what is not well-formed HTTP is answered as a problem and the connection is ended', async (t) => {
  const { url, submitted } = await startGateway(t);
  for (const [row, text, expected] of rows) {
    const answer = await exchange(url, text);
    assert.match(answer, expected, `row ${row}: ${text.slice(0, 120)}`);
    assert.match(answer, /application\/problem\+json/, `row ${row}: ${text.slice(0, 120)}`);
    assert.match(answer, /nosniff/, `row ${row}`);
  }
  assert.equal(submitted.length, 0);
});

test('a client that is slow with its headers or its body is cut off with 408', async (t) => {
  const { url } = await startGateway(t, undefined, { timeouts: { headersMs: 200, requestMs: 400 } });
  assert.match(await exchange(url, `${get}\r\n`), /^HTTP\/1.1 408 [^]*request_timeout/);
  assert.match(
    await exchange(url, `${head(post, host, json, 'Content-Length: 100')}{`),
    /^HTTP\/1.1 (401|408) /,
  );
});

test('requests that follow each other on one connection are answered in their order', async (t) => {
  const { url } = await startGateway(t);
  const paths = ['/healthz', '/nowhere', '/v1/accounts', '/healthz'];
  const pipeline = paths
    .map((path, index) => head(`GET ${path} HTTP/1.1`, host, index === 3 ? end : 'X: y'))
    .join('');
  const statuses = [...(await exchange(url, pipeline)).matchAll(/HTTP\/1.1 (\d+) /g)].map(
    (match) => match[1],
  );
  assert.deepEqual(statuses, ['200', '404', '401', '200']);
});
