import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEmptyDatabase } from '../support/databases.ts';
import { runProgram } from '../support/program.ts';
import { refusalOf, startServer } from '../support/server-process.ts';

test('a server that may not migrate says what is lacking; after the command it starts, and passes the smoke test', async (t) => {
  const ledger = await createEmptyDatabase(t);
  const models = await createEmptyDatabase(t);
  const dataDir = await mkdtemp(join(tmpdir(), 'migrate-'));
  const env = {
    DATABASE_URL: ledger.url,
    READ_MODEL_DATABASE_URL: models.url,
    MIGRATE_AT_START: 'false',
    LOG_LEVEL: 'warn',
  };
  assert.match(await refusalOf(dataDir, env), /lacks 0001-ledger: run credit-ledger migrate/);
  const where = ['--database-url', ledger.url, '--read-model-database-url', models.url];
  const first = await runProgram('src/cli.ts', ['migrate', ...where]);
  assert.equal(first.code, 0, first.output);
  assert.match(first.output, /0001-ledger\n[^]*0002-projections\n[^]*Up to date\./);
  const again = await runProgram('src/cli.ts', ['migrate', ...where]);
  assert.match(again.output, /Nothing to do/);

  const server = await startServer(dataDir, env);
  t.after(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const asked = ['smoke', '--url', server.url, '--api-key', server.adminKey];
  const smoke = await runProgram('src/cli.ts', asked);
  assert.equal(smoke.code, 0, smoke.output);
  assert.equal(smoke.output.match(/^ok {4}/gm)?.length, 7, smoke.output);
});

test('a smoke test names what is not so, and ends with 1', async (t) => {
  const ledger = await createEmptyDatabase(t);
  const dataDir = await mkdtemp(join(tmpdir(), 'smoke-'));
  const env = { DATABASE_URL: ledger.url, ROLE: 'gateway,ledger', LOG_LEVEL: 'warn' };
  const server = await startServer(dataDir, env);
  t.after(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const asked = ['smoke', '--url', server.url, '--api-key', server.adminKey, '--wait', '2'];
  const { code, output } = await runProgram('src/cli.ts', asked);
  assert.equal(code, 1, output);
  assert.match(output, /no {4}the read models follow\n {6}the read models show a transfer: not in time/);
  const nowhere = await runProgram('src/cli.ts', [
    'smoke',
    '--url',
    'http://127.0.0.1:9',
    '--api-key',
    'x'.repeat(32),
    '--wait',
    '1',
  ]);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.output, /no {4}the server is ready/);
});
