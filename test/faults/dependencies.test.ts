import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { generateKeyPair } from 'jose';
import { Pool } from 'pg';
import { Registry } from 'prom-client';
import { databaseBreaker, guardPool } from '../../src/postgres/guarded-pool.ts';
import { DatabaseAway } from '../../src/postgres/outage.ts';
import { createBreakers } from '../../src/runtime/breaker.ts';
import { startCuttableProxy } from '../support/cuttable-proxy.ts';
import { createDatabase, createEmptyDatabase } from '../support/databases.ts';
import { rowsIn, summaryOf, type TestAnswer } from '../support/http.ts';
import { goodClaims, sign, startIssuer } from '../support/oidc.ts';
import { callsTo, startOn, startProduct, until } from '../support/product.ts';

/** Whoever waited for a deadline would wait for ten minutes. */
const timeout = 150_000;

/** The product whose two databases are behind networks of their own. */
async function start(t: TestContext) {
  const database = await createDatabase(t);
  const models = await createEmptyDatabase(t);
  const toLedger = await startCuttableProxy(t, database.url);
  const toModels = await startCuttableProxy(t, models.url);
  const server = await startOn(
    t,
    { ...database, url: toLedger.url },
    {
      READ_MODEL_DATABASE_URL: toModels.url,
      // Whoever is answered while something is away is so at once, and not at the deadline.
      REQUEST_DEADLINE_MS: '600000',
      LOG_LEVEL: 'fatal',
    },
  );
  const calls = callsTo(server);
  await calls.open('a');
  await calls.open('b');
  assert.equal((await calls.move('first', 'a', 'b', 5)).status, 201);
  const [transfer] = rowsIn(await calls.get('/v1/transfers'), 'data');
  const timeline = `/v1/transfers/${String(transfer?.['id'])}/timeline`;
  await until(async () => {
    const { status } = await calls.call('GET', timeline);
    const projections = rowsIn(await calls.get('/v1/admin/projections'), 'data');
    return status === 200 && projections.every((row) => row['lag_positions'] === 0);
  }, 'the read models have everything');
  return { ...calls, toLedger, toModels, timeline };
}

type Product = Pick<Awaited<ReturnType<typeof start>>, 'call'>;

/** `[status, state of the breaker]` of a dependency, and of the whole. */
async function readiness({ call }: Product, name: string): Promise<unknown[]> {
  const answer = await call('GET', '/readyz');
  const row = rowsIn(answer, 'dependencies').find((found) => found['name'] === name);
  return [answer.status, answer.json['status'], row?.['status'], row?.['circuit_breaker']];
}

function isPutOff(answer: TestAnswer, code: string): void {
  assert.equal(summaryOf(answer), `503 ${code}`, answer.text);
  assert.ok(Number(answer.headers.get('retry-after')) >= 1);
}

async function isOpen(product: Product, name: string): Promise<void> {
  await until(
    async () => (await readiness(product, name))[3] === 'open',
    `the breaker of ${name} opens`,
  );
  const metrics = await product.call('GET', '/metrics');
  assert.match(metrics.text, new RegExp(`circuit_breaker_state\\{name="${name}"\\} [12]`));
}

test(
  "without the database of the read models writes and the ledger's reads go on, and it heals",
  { timeout },
  async (t) => {
    const product = await start(t);
    const { call, move, amounts, toModels, timeline } = product;
    toModels.cut();
    await isOpen(product, 'read_models');
    assert.deepEqual((await readiness(product, 'read_models')).slice(0, 3), [
      200,
      'degraded',
      'unavailable',
    ]);
    assert.equal((await move('without', 'a', 'b', 2)).status, 201);
    assert.deepEqual(await amounts('b'), [7, 0, 0, 7]);
    assert.equal((await call('GET', '/v1/accounts/ext:b/statements')).status, 200);
    isPutOff(await call('GET', timeline), 'read_models_unavailable');
    isPutOff(await call('GET', '/v1/admin/dead-letters'), 'read_models_unavailable');
    toModels.mend();
    await until(async () => (await call('GET', timeline)).status === 200, 'it heals');
    await until(async () => (await readiness(product, 'read_models'))[1] === 'ok', 'all is well');
  },
);

for (const [what, harm] of [
  ['that is gone', 'cut'],
  ['that hangs', 'hang'],
] as const) {
  test(
    `with a ledger's database ${what} read models are read, writes are put off at once, and it heals`,
    { timeout },
    async (t) => {
      const product = await start(t);
      const { call, get, move, toLedger } = product;
      assert.deepEqual((await get('/v1/accounts/ext:b/balance')).json['balance_minor'], 5);
      toLedger[harm]();
      await isOpen(product, 'postgres');
      await until(async () => {
        const answer = await call('GET', '/readyz');
        return answer.status === 503 && answer.headers.has('retry-after');
      }, 'the server is not ready');
      const balance = await get('/v1/accounts/ext:b/balance');
      assert.equal(balance.json['balance_minor'], 5);
      assert.equal((await get('/v1/accounts/ext:b/statements')).status, 200);
      isPutOff(await call('GET', '/v1/accounts/ext:b/balance?consistency=strong'), 'ledger_unavailable');
      isPutOff(await call('GET', '/v1/entries'), 'ledger_unavailable');
      isPutOff(await move('put-off', 'a', 'b', 1), 'ledger_unavailable');
      await until(
        async () => (await readiness(product, 'ledger'))[2] === 'unavailable',
        'nobody writes',
      );
      toLedger.mend();
      await until(async () => (await move('again', 'a', 'b', 1)).status === 201, 'writes go on');
      assert.deepEqual((await move('put-off', 'a', 'b', 1)).status, 201);
      await until(async () => (await readiness(product, 'postgres'))[1] === 'ok', 'all is well');
    },
  );
}

test(
  'with an issuer that is gone tokens by known keys and API keys count, others are put off at once, and it heals',
  { timeout },
  async (t) => {
    const { issuer, addKey, stop, start } = await startIssuer(t);
    const [known, added] = [
      await addKey('known'),
      await generateKeyPair('ES256', { extractable: true }),
    ];
    const product = await startProduct(t, { OIDC_ISSUER: issuer, LOG_LEVEL: 'fatal' });
    const { call } = product;
    let count = 0;
    // Each is another token, so that none is remembered.
    const use = async (kid: string, privateKey: CryptoKey): Promise<TestAnswer> => {
      const claims = { ...goodClaims(issuer), jti: String((count += 1)) };
      const token = await sign(claims, privateKey, { alg: 'ES256', kid });
      return call('GET', '/v1/currencies', { headers: { authorization: `Bearer ${token}` } });
    };
    assert.equal((await use('known', known.privateKey)).status, 200);
    stop();
    await until(
      async () => (await use('added', added.privateKey)).status === 503,
      'new keys are asked for again',
    );
    for (let tries = 0; tries < 3; tries += 1)
      isPutOff(await use('added', added.privateKey), 'identity_unavailable');
    assert.deepEqual(await readiness(product, 'identity'), [200, 'degraded', 'unavailable', 'open']);
    assert.match((await call('GET', '/metrics')).text, /circuit_breaker_state\{name="identity"\} [12]/);
    assert.equal((await use('known', known.privateKey)).status, 200);
    assert.equal((await call('GET', '/v1/currencies')).status, 200);
    await start();
    await until(async () => (await readiness(product, 'identity'))[1] === 'ok', 'all is well');
    assert.equal((await use('known', known.privateKey)).status, 200);
  },
);

test('a query on a server that hangs is given up, a slow one is waited for', { timeout }, async (t) => {
  const database = await createDatabase(t);
  const proxy = await startCuttableProxy(t, database.url);
  const pool = new Pool({ connectionString: proxy.url, max: 1 });
  pool.on('error', () => {});
  const breaker = databaseBreaker(createBreakers(new Registry()), 'postgres');
  guardPool(pool, { name: 'postgres', breaker, config: { connectionString: proxy.url } });
  assert.equal((await pool.query('select pg_sleep(4)')).rowCount, 1);
  proxy.hang();
  await assert.rejects(pool.query('select 1'), DatabaseAway);
  proxy.cut();
  await pool.end();
});
