import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyOf, createDatabase, createEmptyDatabase } from '../support/databases.ts';
import { rowsIn } from '../support/http.ts';
import { callsTo, startOn, until } from '../support/product.ts';
import { assertReconciled, caughtUp } from '../support/reconciled.ts';
import { refusalOf, startServer } from '../support/server-process.ts';

test('a database that was set back behind its read models is refused, and accepted only when told to', async (t) => {
  const database = await createDatabase(t);
  const models = await createEmptyDatabase(t);
  const env = {
    API_KEY_PEPPER: 'of every server of this test',
    READ_MODEL_DATABASE_URL: models.url,
    RECONCILE_EVERY_MS: '0',
  };
  const first = await startOn(t, database, env);
  const before = callsTo(first);
  await before.open('a', { opening_balance_minor: 100, credit_limit_minor: 0 });
  await before.open('b', { credit_limit_minor: 0 });
  await first.stop();
  const copy = await copyOf(t, database);
  const ahead = await startOn(t, database, { ...env, ADMIN_API_KEY: first.adminKey });
  const second = callsTo(ahead);
  await second.move('lost', 'a', 'b', 60);
  await caughtUp(second);
  await ahead.stop();
  const settings = { ...env, DATABASE_URL: copy, ADMIN_API_KEY: first.adminKey };
  const dataDir = mkdtempSync(join(tmpdir(), 'lost-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  assert.match(
    await refusalOf(dataDir, settings),
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
  await assertReconciled(book);
});
