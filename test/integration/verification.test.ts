import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadState, saveState, type SavedVerification } from '../../src/proof/verification-state.ts';
import { requestVerification } from '../../src/proof/verifications.ts';
import { verifyDatabase } from '../../src/proof/verify-database.ts';
import { createDatabase } from '../support/databases.ts';
import { poolOf } from '../support/projections.ts';
import { openAccount, startLedger, submit, transferOf } from '../support/ledger.ts';

const id = '01990000-0000-7000-8000-000000000001';
const blockSize = 50;

test('a verification goes on from what it saved, wherever it was interrupted', async (t) => {
  const path = await mkdtemp(join(tmpdir(), 'verification-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  const database = await createDatabase(t);
  const pool = poolOf(t, database, 2);
  const ledger = await startLedger(t, { connectionString: database.url });
  const a = await openAccount(ledger, { external_id: 'a' });
  const b = await openAccount(ledger, { external_id: 'b', currency: 'USD', type: 'ASSET' });
  for (let round = 0; round < 10; round += 1)
    await Promise.all(Array.from({ length: 20 }, () => submit(ledger, transferOf(a, b, 7n))));
  await requestVerification(pool, id, 'test');
  const directory = { path, keyFile: undefined };
  const db = await database.connect();
  const once = async (resumed: SavedVerification | undefined, stopAfter: number) => {
    const positions: number[] = [];
    const report = await verifyDatabase({
      db,
      directory,
      blockSize,
      saveEveryMs: 0,
      resumed,
      onSave: (saved) => saveState(pool, id, saved),
      onProgress: async (position) => {
        positions.push(position);
        if (positions.length > stopAfter) throw new Error('interrupted');
      },
      monotonicMs: () => performance.now(),
    }).catch((error: unknown) => {
      assert.match(String(error), /interrupted/);
    });
    await db.query('rollback');
    return { report, positions };
  };
  let [position, report] = [0, (await once(undefined, 0)).report];
  for (let tries = 0; report === undefined; tries += 1) {
    assert.ok(tries < 20, 'it comes to an end');
    const saved = await loadState(pool, id);
    const again = await once(saved, 1);
    report = again.report;
    assert.equal(again.positions[0], Math.min((saved?.position ?? 0) + blockSize, 402), 'where it was');
    position = saved?.position ?? 0;
  }
  assert.ok(position > 0 && report.isWhole, JSON.stringify(report));
});
