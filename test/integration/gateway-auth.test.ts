import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ensureAdminKey } from '../../src/gateway/admin-key.ts';
import { pepper, startGateway, type TestGateway } from '../support/gateway.ts';
import { summaryOf } from '../support/http.ts';

const id = '0190f3a0-7c1e-7d00-8000-00000000000a';
const transfer = { from: 'ext:a', to: 'ext:b', amount_minor: 1, currency: 'USD' };

async function createKey(gateway: TestGateway, scopes: string[], ledgers: string[], more: object = {}) {
  const body = { name: 'test', scopes, ledgers, ...more };
  const answer = await gateway.call('POST', '/v1/api-keys', { body });
  assert.equal(answer.status, 201, answer.text);
  const { id, key } = answer.json;
  return { id: String(id), headers: { authorization: `Bearer ${String(key)}` } };
}

test('a key does what its scopes allow and nothing else', async (t) => {
  const gateway = await startGateway(t);
  const keys = {
    read: await createKey(gateway, ['read'], ['main']),
    write: await createKey(gateway, ['write'], ['main']),
    admin: await createKey(gateway, ['admin'], ['main']),
  };
  const post = { body: transfer, headers: { 'idempotency-key': 'k' } };
  const force = { body: { force: true }, headers: { 'idempotency-key': 'k' } };
  const rows: readonly (readonly [
    keyof typeof keys,
    string,
    string,
    typeof post | typeof force | object,
    string,
  ])[] = [
    ['read', 'GET', '/v1/currencies', {}, '200'],
    ['read', 'POST', '/v1/transfers', post, '403 forbidden'],
    ['read', 'POST', '/v1/previews', { body: transfer }, '201'],
    ['read', 'GET', '/v1/api-keys', {}, '403 forbidden'],
    ['write', 'POST', '/v1/transfers', post, '201'],
    ['write', 'GET', '/v1/currencies', {}, '403 forbidden'],
    ['write', 'POST', '/v1/ledgers', { body: { name: 'x' } }, '403 forbidden'],
    ['write', 'POST', `/v1/transfers/${id}/reverse`, force, '403 forbidden'],
    ['write', 'POST', `/v1/entries/${id}/reverse`, force, '403 forbidden'],
    ['admin', 'POST', `/v1/transfers/${id}/reverse`, force, '201'],
    ['admin', 'GET', '/v1/currencies', {}, '200'],
    ['admin', 'POST', '/v1/transfers', post, '201'],
    ['admin', 'GET', '/v1/api-keys', {}, '200'],
  ];
  for (const [key, method, path, options, expected] of rows) {
    const headers = { ...('headers' in options ? options.headers : {}), ...keys[key].headers };
    assert.equal(
      summaryOf(await gateway.call(method, path, { ...options, headers })),
      expected,
      `${key} ${path}`,
    );
  }
});

test('a key sees its own ledgers; another one is as if it did not exist', async (t) => {
  const gateway = await startGateway(t);
  const { headers } = await createKey(gateway, ['read', 'write'], ['second', 'main']);
  const post = (ledger?: string) =>
    gateway.call('POST', '/v1/transfers', {
      body: transfer,
      headers: { ...headers, 'idempotency-key': 'k', ...(ledger === undefined ? {} : { ledger }) },
    });
  assert.equal((await post()).status, 201);
  assert.equal(gateway.submitted.at(-1)?.ledger, 'second');
  assert.equal((await post('main')).status, 201);
  assert.equal(gateway.submitted.at(-1)?.ledger, 'main');
  for (const ledger of ['third', 'Main', '', 'a, b', "x'; --"]) {
    assert.equal(summaryOf(await post(ledger)), '404 ledger_not_found', ledger);
  }
  assert.equal(gateway.submitted.length, 2);
  const read = (path: string, of: Record<string, string>) => gateway.call('GET', path, { headers: of });
  await gateway.pool.query(
    "insert into ledger.ledgers (id, name, created_at) values (3, 'third', now())",
  );
  assert.equal((await read('/v1/ledgers/third', {})).status, 200);
  const foreign = await read('/v1/ledgers/third', headers);
  const absent = await read('/v1/ledgers/nones', headers);
  assert.equal(summaryOf(foreign), '404 ledger_not_found');
  assert.equal(foreign.text.replaceAll('third', 'nones'), absent.text);
  const list = await read('/v1/ledgers', headers);
  assert.match(list.text, /"name":"main"/);
  assert.doesNotMatch(list.text, /third/);
  assert.equal(summaryOf(await post('third')), '404 ledger_not_found');
  assert.equal(summaryOf(await read(`/v1/accounts/${id}`, { ledger: 'nones' })), '404 ledger_not_found');
  assert.equal(summaryOf(await read(`/v1/accounts/${id}`, {})), '404 account_not_found');
});

test('a revoked or expired key is refused at the latest after 2 seconds, here by a clock of the test', async (t) => {
  let now = Date.now();
  const gateway = await startGateway(t, undefined, { now: () => now });
  const revoked = await createKey(gateway, ['read'], ['main']);
  const expiring = await createKey(gateway, ['read'], ['main'], {
    expires_at: new Date(now + 1000).toISOString(),
  });
  const status = async ({ headers }: { headers: Record<string, string> }) =>
    (await gateway.call('GET', '/v1/currencies', { headers })).status;
  assert.equal(await status(revoked), 200);
  assert.equal(await status(expiring), 200);
  now += 1001;
  assert.equal(await status(expiring), 401);
  const answer = await gateway.call('DELETE', `/v1/api-keys/${revoked.id}`);
  assert.equal(answer.status, 200);
  assert.notEqual(answer.json['revoked_at'], null);
  now += 2001;
  assert.equal(await status(revoked), 401);
  assert.equal((await gateway.call('DELETE', `/v1/api-keys/${revoked.id}`)).text, answer.text);
});

test('keys are listed page by page without their secrets, and read one by one', async (t) => {
  const gateway = await startGateway(t);
  const made = [
    await createKey(gateway, ['read'], ['main']),
    await createKey(gateway, ['write'], ['main']),
  ];
  const first = await gateway.call('GET', '/v1/api-keys?limit=2');
  const second = await gateway.call(
    'GET',
    `/v1/api-keys?limit=2&cursor=${String(first.json['next_cursor'])}`,
  );
  const ids = [first, second].flatMap(({ text }) =>
    [...text.matchAll(/"id":"(\w+)"/g)].map((match) => match[1]),
  );
  assert.deepEqual(new Set(ids), new Set(['admin', ...made.map((key) => key.id)]));
  assert.equal(ids.length, 3);
  assert.doesNotMatch(first.text + second.text, /"(key|hash)"/);
  assert.equal(second.json['next_cursor'], null);
  assert.equal((await gateway.call('GET', `/v1/api-keys/${made[0]?.id}`)).json['name'], 'test');
  assert.equal(summaryOf(await gateway.call('GET', '/v1/api-keys/nobody')), '404 not_found');
  assert.equal(
    summaryOf(await gateway.call('GET', '/v1/api-keys?cursor=W10')),
    '400 invalid_cursor ?cursor',
  );
});

test("the administrator's key is made once, kept for its owner only, and replaced by the one that is given", async (t) => {
  const { pool } = await startGateway(t);
  const dataDir = mkdtempSync(join(tmpdir(), 'credit-ledger-key-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const warnings: string[] = [];
  const options = {
    dataDir,
    db: pool,
    pepper,
    random: randomBytes,
    warn: (message: string) => void warnings.push(message),
  };
  const made = await Promise.all(
    [1, 2, 3].map(() => ensureAdminKey({ ...options, adminApiKey: undefined })),
  );
  const file = join(dataDir, 'admin.key');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(
    new Set(made.map(({ token }) => token)),
    new Set([readFileSync(file, 'utf8').trim()]),
  );
  await ensureAdminKey({ ...options, adminApiKey: 'a-key-of-my-own!' });
  assert.equal(warnings.length, 1);
  const { rows } = await pool.query(
    "select encode(hash, 'hex') as hash from ledger.api_keys where id = 'admin'",
  );
  assert.equal(rows.length, 1);
  await assert.rejects(ensureAdminKey({ ...options, adminApiKey: 'short' }));
});

test('neither keys nor other secrets of a request get into the log', async (t) => {
  const gateway = await startGateway(t, () => {
    throw new Error('boom');
  });
  const headers = { 'idempotency-key': 'k', 'correlation-id': 'c-1', 'request-id': 'r-1' };
  const answer = await gateway.call('POST', '/v1/transfers', { body: transfer, headers });
  assert.equal(summaryOf(answer), '500 internal_error');
  assert.doesNotMatch(answer.text, /boom/);
  assert.equal(answer.headers.get('request-id'), 'r-1');
  assert.equal(answer.headers.get('correlation-id'), 'c-1');
  const log = gateway.logged.join('');
  assert.match(log, /boom/);
  assert.match(log, /"request_id":"r-1"/);
  assert.ok(!log.includes(gateway.adminKey));
});

test('of what is no route of the API the log has the path, without its query', async (t) => {
  const { url, logged } = await startGateway(t);
  // Of what goes well or is refused one in a hundred is logged.
  for (let count = 0; count < 100; count += 1) await fetch(`${url}/nowhere?secret=${count}`);
  const lines = logged.filter((line) => line.includes('"msg":"request"'));
  assert.equal(lines.length, 1);
  assert.match(lines.join(), /"route":"none","path":"\/nowhere",/);
});
