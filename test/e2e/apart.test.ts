import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findFreePorts } from '../../tools/programs.ts';
import { readMetrics } from '../../bench/metrics.ts';
import { createDatabase } from '../support/databases.ts';
import { send, summaryOf } from '../support/http.ts';
import { until } from '../support/product.ts';
import { removeData, startServer } from '../support/server-process.ts';

const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
const adminKey = 'apart-admin-key-0123456789-0123456789';
const authorization = `Bearer ${adminKey}`;

test('a gateway by itself posts to the ledger that LEDGER_URL names, and every process counts what it does', async (t) => {
  const database = await createDatabase(t);
  const dataDir = mkdtempSync(join(tmpdir(), 'apart-'));
  const [port = 0] = await findFreePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const env = { DATABASE_URL: database.url, ADMIN_API_KEY: adminKey, DATA_DIR: dataDir };
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...env, ROLE: 'ledger,projections', PORT: String(port) },
    stdio: 'ignore',
  });
  t.after(() => child.kill('SIGKILL'));
  await until(
    async () =>
      (await send(`${url}/readyz`, 'GET', {}, undefined).catch(() => undefined))?.status === 200,
    'the ledger is ready',
  );
  const gateway = await startServer(dataDir, {
    ...env,
    ROLE: 'gateway',
    LEDGER_URL: url,
    // Whoever is refused is so at once, and not at its deadline.
    REQUEST_DEADLINE_MS: '600000',
  });
  t.after(async () => {
    await gateway.stop();
    removeData(gateway);
  });
  const post = (path: string, key: string, body: object) =>
    send(gateway.url + path, 'POST', { authorization, 'idempotency-key': key }, body);
  for (const name of ['a', 'b'])
    assert.equal((await post('/v1/accounts', name, { currency: 'USD', external_id: name })).status, 201);
  const transfer = { from: 'ext:a', to: 'ext:b', amount_minor: 1, currency: 'USD' };
  for (let index = 0; index < 20; index += 1)
    assert.equal((await post('/v1/transfers', `t${index}`, transfer)).status, 201);

  const head = 2 + 2 * 20;
  const consumers = ['balances', 'statements', 'daily_balances', 'transfer_timeline', 'transfers'];
  await until(async () => {
    const metrics = await readMetrics({ url });
    return consumers.every((name) => metrics.get(`events_consumed_total{consumer="${name}"}`) === head);
  }, 'every event was counted by each consumer');
  await until(async () => {
    const metrics = await readMetrics({ url });
    return consumers.every((name) => metrics.get(`consumer_lag{consumer="${name}"}`) === 0);
  }, 'nobody lags');
  assert.equal((await readMetrics({ url })).get('ledger_entries_created_total'), 20);
  const atGateway = await readMetrics(gateway);
  assert.equal(atGateway.get('ledger_entries_created_total') ?? 0, 0);
  const answered = atGateway.get(
    'http_requests_total{method="POST",route="/v1/transfers",status="201"}',
  );
  assert.equal(answered, 20);

  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  const refused = await post('/v1/transfers', 'without', transfer);
  assert.equal(summaryOf(refused), '503 ledger_unavailable');
  assert.ok(Number(refused.headers.get('retry-after')) >= 1);
  const read = await send(
    `${gateway.url}/v1/accounts/ext:b/balance`,
    'GET',
    { authorization },
    undefined,
  );
  assert.deepEqual([read.status, read.json['balance_minor']], [200, 20], 'reads go on');
});
