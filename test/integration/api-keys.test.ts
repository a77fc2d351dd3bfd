import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Client, type Pool } from 'pg';
import { pino } from 'pino';
import { Auth } from '../../src/gateway/auth.ts';
import { KeyWatch } from '../../src/gateway/key-watch.ts';
import { Sandboxes } from '../../src/gateway/sandboxes.ts';
import { pepper, startGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/product.ts';
import { rowsIn, summaryOf } from '../support/http.ts';

interface Made {
  readonly id: string;
  readonly key: string;
  readonly headers: { readonly authorization: string };
}

async function createKey(
  gateway: TestGateway,
  scopes: readonly string[],
  ledgers: readonly string[] = ['main'],
  more: object = {},
): Promise<Made> {
  const body = { name: 'test', scopes, ledgers, ...more };
  const answer = await gateway.call('POST', '/v1/api-keys', { body });
  assert.equal(answer.status, 201, answer.text);
  return toMade(answer.json);
}

function toMade({ id, key }: Record<string, unknown>): Made {
  return { id: String(id), key: String(key), headers: { authorization: `Bearer ${String(key)}` } };
}

const use = (gateway: TestGateway, { headers }: Pick<Made, 'headers'>, path = '/v1/currencies') =>
  gateway.call('GET', path, { headers });

test('a copy of the table lets nobody in: digests need the pepper', async (t) => {
  const gateway = await startGateway(t);
  const made = await createKey(gateway, ['read']);
  const rows = await gateway.pool.query("select encode(hash, 'hex') as hash from ledger.api_keys");
  assert.ok(!JSON.stringify(rows.rows).includes(made.key));
  const other = new Auth({ perSecond: 0, db: gateway.pool, pepper: 'another pepper!!', now: Date.now });
  await assert.rejects(async () => other.authenticate(made.headers.authorization), /not valid/);
  const same = new Auth({ perSecond: 0, db: gateway.pool, pepper, now: Date.now });
  assert.equal((await same.authenticate(made.headers.authorization)).keyId, made.id);
});

test('a key with another secret under a true id is refused', async (t) => {
  const gateway = await startGateway(t);
  const [one, two] = [await createKey(gateway, ['read']), await createKey(gateway, ['read'])];
  const auth = new Auth({ perSecond: 0, db: gateway.pool, pepper, now: Date.now });
  await gateway.pool.query('delete from ledger.api_keys where id = $1', [two.id]);
  await gateway.pool.query('update ledger.api_keys set id = $1 where id = $2', [two.id, one.id]);
  await assert.rejects(async () => auth.authenticate(two.headers.authorization), /not valid/);
});

/** Another process of the same database, whose clock stands still: it never asks again by itself. */
function startOtherProcess(t: TestContext, pool: Pool): Auth {
  const auth = new Auth({ perSecond: 0, db: pool, pepper, now: () => 1 });
  const { connectionString } = pool.options;
  const connect = (): Client => new Client({ connectionString });
  const watch = new KeyWatch({
    auth,
    sandboxes: new Sandboxes(),
    connect,
    log: pino({ level: 'silent' }),
  });
  watch.start();
  t.after(() => watch.stop());
  return auth;
}

/** Resolves when the key is refused. */
async function waitUntilRefused(auth: Auth, made: Made): Promise<void> {
  const isRefused = async (): Promise<boolean> => {
    try {
      await auth.authenticate(made.headers.authorization);
      return false;
    } catch {
      return true;
    }
  };
  await until(isRefused, 'the key is refused');
}

async function waitForListeners(pool: Pool, count: number): Promise<void> {
  // The query that comes next once it listens.
  const text = `select from pg_stat_activity where query like 'select name, sandbox from ledger.ledgers%'
    and datname = current_database()`;
  const listens = async (): Promise<boolean> => ((await pool.query(text)).rowCount ?? 0) >= count;
  await until(listens, 'somebody listens');
}

test('a revoked key is refused in other processes at once, by announcement', async (t) => {
  const gateway = await startGateway(t);
  const made = await createKey(gateway, ['read']);
  const other = startOtherProcess(t, gateway.pool);
  await waitForListeners(gateway.pool, 1);
  assert.equal((await other.authenticate(made.headers.authorization)).keyId, made.id);
  assert.equal((await gateway.call('DELETE', `/v1/api-keys/${made.id}`)).status, 200);
  await waitUntilRefused(other, made);
});

test('a process whose connection was cut hears of what it missed', async (t) => {
  const gateway = await startGateway(t);
  const made = await createKey(gateway, ['read']);
  const other = startOtherProcess(t, gateway.pool);
  await waitForListeners(gateway.pool, 1);
  await other.authenticate(made.headers.authorization);
  await gateway.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where query = 'listen api_keys' and datname = current_database()`,
  );
  await gateway.call('DELETE', `/v1/api-keys/${made.id}`);
  await waitUntilRefused(other, made);
});

test('a rotated key counts beside the new one until its time is over', async (t) => {
  let now = Date.now();
  const gateway = await startGateway(t, undefined, { now: () => now });
  const old = await createKey(gateway, ['read', 'redrive'], ['main', 'second']);
  const rotate = (body: object) => gateway.call('POST', `/v1/api-keys/${old.id}/rotate`, { body });
  const answer = await rotate({ overlap_seconds: 60 });
  assert.equal(answer.status, 201, answer.text);
  const made = toMade(answer.json);
  assert.deepEqual(answer.json['scopes'], ['read', 'redrive']);
  assert.deepEqual(answer.json['ledgers'], ['main', 'second']);
  const shown = await gateway.call('GET', `/v1/api-keys/${old.id}`);
  assert.equal(shown.json['replaced_by'], made.id);
  assert.equal(shown.json['expires_at'], new Date(now + 60_000).toISOString());
  assert.equal((await use(gateway, old)).status, 200);
  assert.equal((await use(gateway, made)).status, 200);
  assert.equal(summaryOf(await rotate({})), '409 api_key_ended');
  now += 60_001;
  assert.equal((await use(gateway, old)).status, 401);
  assert.equal((await use(gateway, made)).status, 200);
  for (const overlap of [-1, 1.5, 30 * 86_400 + 1, '1'])
    assert.equal(
      summaryOf(await rotate({ overlap_seconds: overlap })),
      '400 invalid_request /overlap_seconds',
    );
});

test('of rotations at once, one wins; an ended key and that of the configuration are not rotated', async (t) => {
  const gateway = await startGateway(t);
  const old = await createKey(gateway, ['read']);
  const rotate = (id: string) => gateway.call('POST', `/v1/api-keys/${id}/rotate`);
  const answers = await Promise.all(Array.from({ length: 8 }, () => rotate(old.id)));
  const statuses = answers.map(({ status }) => status).toSorted();
  assert.deepEqual(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
  const revoked = await createKey(gateway, ['read']);
  await gateway.call('DELETE', `/v1/api-keys/${revoked.id}`);
  assert.equal(summaryOf(await rotate(revoked.id)), '409 api_key_ended');
  assert.equal(summaryOf(await rotate('admin')), '403 forbidden');
  assert.equal(summaryOf(await rotate('nobody')), '404 not_found');
});

test('whoever manages keys gives no more than it has, and sees no more', async (t) => {
  const gateway = await startGateway(t);
  const manager = await createKey(gateway, ['keys', 'read'], ['main', 'second']);
  const strong = await createKey(gateway, ['read', 'write'], ['main']);
  const foreign = await createKey(gateway, ['read'], ['third']);
  const own = await createKey(gateway, ['read'], ['second']);
  const call = (method: string, path: string, body?: unknown) =>
    gateway.call(method, path, { headers: manager.headers, body });
  const make = (scopes: string[], ledgers: string[]) =>
    call('POST', '/v1/api-keys', { name: 'n', scopes, ledgers });
  assert.equal((await make(['read', 'keys'], ['second'])).status, 201);
  assert.equal(summaryOf(await make(['write'], ['main'])), '403 forbidden');
  assert.equal(summaryOf(await make(['admin'], ['main'])), '403 forbidden');
  assert.equal(summaryOf(await make(['read'], ['third'])), '404 ledger_not_found');
  const listed = rowsIn(await call('GET', '/v1/api-keys'), 'data').map((row) => String(row['id']));
  assert.ok(listed.includes(own.id) && listed.includes(manager.id));
  for (const { id } of [strong, foreign, { id: 'admin' }]) {
    assert.ok(!listed.includes(id));
    assert.equal(summaryOf(await call('GET', `/v1/api-keys/${id}`)), '404 not_found');
    assert.equal(summaryOf(await call('DELETE', `/v1/api-keys/${id}`)), '404 not_found');
    assert.equal(summaryOf(await call('POST', `/v1/api-keys/${id}/rotate`)), '404 not_found');
  }
  assert.equal((await call('DELETE', `/v1/api-keys/${own.id}`)).status, 200);
  assert.equal((await use(gateway, strong)).status, 200);
});

test('when a key was used last is written down once for many requests', async (t) => {
  const gateway = await startGateway(t);
  const made = await createKey(gateway, ['read']);
  const auth = new Auth({ perSecond: 0, db: gateway.pool, pepper, now: () => 1_800_000_000_000 });
  const read = async () => (await gateway.call('GET', `/v1/api-keys/${made.id}`)).json['last_used_at'];
  assert.equal(await read(), null);
  for (let n = 0; n < 50; n += 1) await auth.authenticate(made.headers.authorization);
  assert.equal(await read(), null);
  await auth.writeLastUses();
  assert.equal(await read(), '2027-01-15T08:00:00.000Z');
});
