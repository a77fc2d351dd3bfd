import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Client } from 'pg';
import {
  createDatabase,
  createEmptyDatabase,
  findServerUrl,
  urlOf,
  type TestDatabase,
} from '../support/databases.ts';
import { rowsIn } from '../support/http.ts';
import { callsTo, startOn, until, type Calls } from '../support/product.ts';
import { startServer } from '../support/server-process.ts';

/** The database as it is now, under another name: what a restore of an old backup gives. */
async function copyOf(t: TestContext, { name }: TestDatabase): Promise<string> {
  const server = await findServerUrl();
  const copy = `${name}_copy`;
  const admin = new Client(server);
  await admin.connect();
  await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
  await admin.query(`create database ${copy} template ${name}`);
  await admin.end();
  t.after(async () => {
    const client = new Client(server);
    await client.connect();
    await client.query(`drop database ${copy} with (force)`);
    await client.end();
  });
  return urlOf(server, copy);
}

async function caughtUp({ get }: Calls): Promise<void> {
  const isLevel = async () =>
    rowsIn(await get('/v1/admin/projections'), 'data').every((row) => row['lag_positions'] === 0);
  await until(isLevel, 'every projection has caught up');
}

test('a database that was set back behind its read models is refused, and accepted only when told to', async (t) => {
  const database = await createDatabase(t);
  const models = await createEmptyDatabase(t);
  const env = { READ_MODEL_DATABASE_URL: models.url, RECONCILE_EVERY_MS: '0' };
  const first = await startOn(t, database, env);
  const before = callsTo(first);
  await before.open('a', { opening_balance_minor: 100, credit_limit_minor: 0 });
  await before.open('b', { credit_limit_minor: 0 });
  await first.stop();
  const copy = await copyOf(t, database);
  const second = callsTo(await startOn(t, database, { ...env, ADMIN_API_KEY: first.adminKey }));
  await second.move('lost', 'a', 'b', 60);
  await caughtUp(second);
  const settings = { ...env, DATABASE_URL: copy, ADMIN_API_KEY: first.adminKey };
  const dataDir = mkdtempSync(join(tmpdir(), 'lost-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  await assert.rejects(
    startServer(dataDir, settings),
    /a read model has the log up to \d+\. Acknowledged entries are lost\. ACCEPT_LOST_ENTRIES=true/,
  );
  const accepted = await startServer(dataDir, { ...settings, ACCEPT_LOST_ENTRIES: 'true' });
  t.after(() => accepted.stop());
  const book = callsTo(accepted);
  await book.move('again', 'a', 'b', 7);
  await caughtUp(book);
  assert.equal((await book.get('/v1/accounts/ext:b/balance')).json['balance_minor'], 7);
  const rebuilt = async () =>
    rowsIn(await book.get('/v1/admin/projections'), 'data').every((row) => row['state'] === 'running');
  await until(rebuilt, 'the read models are made again');
  const asked = await book.call('POST', '/v1/admin/reconciliations');
  const path = String(asked.headers.get('location'));
  await until(async () => (await book.get(path)).json['finished_at'] !== null, 'it is reconciled');
  const { text } = await book.get(path);
  assert.equal(text.match(/"drifted":0/g)?.length, 7, text);
});
