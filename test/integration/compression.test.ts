import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { startGateway, type TestGateway } from '../support/gateway.ts';

async function ask({ url, adminKey }: TestGateway, path: string, accepted?: string) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = {
    authorization: `Bearer ${adminKey}`,
    ...(accepted !== undefined && { 'accept-encoding': accepted }),
  };
  get(`${url}${path}`, { headers }, resolve).on('error', reject);
  const answer = await promise;
  return { headers: answer.headers, bytes: await buffer(answer) };
}

test('a large answer is compressed as the client takes it, a small one and one with a tag are not', async (t) => {
  const gateway = await startGateway(t);
  const plain = await ask(gateway, '/v1/currencies?limit=1000');
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.ok(plain.bytes.length > 4096, String(plain.bytes.length));
  await gateway.pool.query(
    `insert into ledger.currencies select 'X' || lpad(n::text, 6, '0'), 0, now() from generate_series(1, 900) n`,
  );
  const large = await ask(gateway, '/v1/currencies?limit=1000');
  for (const [accepted, coding, open] of [
    ['gzip', 'gzip', gunzipSync],
    ['gzip, br', 'br', brotliDecompressSync],
    ['br;q=0.1, gzip', 'gzip', gunzipSync],
    ['*', 'br', brotliDecompressSync],
  ] as const) {
    const answer = await ask(gateway, '/v1/currencies?limit=1000', accepted);
    assert.equal(answer.headers['content-encoding'], coding, accepted);
    assert.equal(answer.headers['vary'], 'accept-encoding');
    assert.equal(Number(answer.headers['content-length']), answer.bytes.length);
    assert.ok(answer.bytes.length < large.bytes.length / 2);
    assert.deepEqual(open(answer.bytes), large.bytes);
  }
  for (const accepted of ['identity', 'gzip;q=0, br;q=0', 'zstd'])
    assert.equal(
      (await ask(gateway, '/v1/currencies?limit=1000', accepted)).headers['content-encoding'],
      undefined,
    );
  assert.equal(
    (await ask(gateway, '/v1/currencies?limit=10', 'gzip')).headers['content-encoding'],
    undefined,
  );
});

test('a file that is written as it is read is compressed on its way, a feed is not', async (t) => {
  const gateway = await startGateway(t);
  const csv = await ask(gateway, '/v1/admin/audit-log?format=csv', 'gzip');
  assert.equal(csv.headers['content-encoding'], 'gzip');
  assert.match(gunzipSync(csv.bytes).toString(), /^number,/);
});

test('metrics are for whoever shows the token, where one is set', async (t) => {
  const gateway = await startGateway(t, undefined, { metricsToken: 'a token of Prometheus' });
  const status = async (token: string): Promise<number> =>
    (await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).status;
  assert.deepEqual(
    [await status('a token of Prometheus'), await status('x'), await status(gateway.adminKey)],
    [200, 401, 401],
  );
  assert.equal((await fetch(`${gateway.url}/metrics`)).status, 401);
});
