import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { listHeads } from '../../src/proof/heads.ts';
import { proveConsistency } from '../../src/proof/read-proofs.ts';
import { readHeadRecords } from '../../src/proof/seal-directory.ts';
import { JournalAltered, sealAll } from '../../src/proof/sealing.ts';
import { isSignedBy, readNote, readVerifier } from '../../src/proof/signed-note.ts';
import { createDatabase } from '../support/databases.ts';
import { openAccount, startLedger, submit, transferOf } from '../support/ledger.ts';
import { poolOf } from '../support/projections.ts';

async function furnish(t: TestContext) {
  const path = await mkdtemp(join(tmpdir(), 'sealing-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  const database = await createDatabase(t);
  const pool = poolOf(t, database, 4);
  const ledger = await startLedger(t, { connectionString: database.url });
  const a = await openAccount(ledger, { external_id: 'a' });
  const b = await openAccount(ledger, { external_id: 'b' });
  const post = async (count: number) => {
    for (let n = 0; n < count; n += 1) await submit(ledger, transferOf(a, b, 7n));
  };
  const seal = (keyFile?: string) =>
    sealAll({
      pool,
      ledger,
      directory: { path, keyFile },
      log: pino({ level: 'silent' }),
      now: Date.now,
    });
  const announced = async () => {
    const text = `select count(*) as n from ledger.events where type = 'LedgerSealed'`;
    return Number((await pool.query<{ n: string }>(text)).rows[0]?.n);
  };
  return { path, pool, sql: await database.connect(), post, seal, announced };
}

test('what a crash left between storing, filing and announcing a head is done first the next time', async (t) => {
  const { path, pool, post, seal, announced } = await furnish(t);
  await post(3);
  const [head] = await seal();
  const lines = await readFile(join(path, 'heads.ndjson'), 'utf8');
  await pool.query('update proof.heads set position = null');
  await writeFile(join(path, 'heads.ndjson'), lines.slice(0, 50));
  const again = await seal();
  assert.deepEqual(
    again.map(({ size, note }) => [size, note]),
    [[3, head?.note]],
  );
  assert.equal(await readFile(join(path, 'heads.ndjson'), 'utf8'), lines);
  assert.equal(await announced(), 2, 'the same head, told twice');
  assert.deepEqual(await seal(), []);
});

test('keys that are replaced in mid-history all stay published, and each head names its own', async (t) => {
  const { path, pool, post, seal } = await furnish(t);
  const keyFile = join(path, 'given.pem');
  for (const size of [1, 2, 3]) {
    await post(1);
    const { privateKey } = generateKeyPairSync('ed25519');
    await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    assert.equal((await seal(keyFile))[0]?.size, size);
  }
  const published = (await readFile(join(path, 'keys.txt'), 'utf8'))
    .trim()
    .split('\n')
    .map(readVerifier);
  assert.equal(new Set(published.map((key) => key?.id)).size, 3);
  for (const record of await readHeadRecords({ path, keyFile })) {
    assert.ok(record.kind === 'head');
    const note = readNote(record.head.note);
    const signers = published.filter((key) => key && note && isSignedBy(note, key.publicKey));
    assert.deepEqual(
      signers.map((key) => key?.id),
      [record.head.keyId],
    );
  }
  const proof = await proveConsistency(pool, 'journal/main', 1, 3);
  assert.equal(proof.kind, 'found', 'heads of different keys are of one history');
});

test('a journal that differs from its last head is not sealed again, and no proof is given of it', async (t) => {
  const { pool, sql, post, seal } = await furnish(t);
  await post(3);
  await seal();
  await post(1);
  await sql.query('set session_replication_role = replica');
  await sql.query(`update ledger.entries set hash = sha256('x') where entry_number = 2`);
  await assert.rejects(seal(), JournalAltered);
  assert.equal((await listHeads(pool, 'journal/main', 10, undefined)).length, 1);
  await sql.query('delete from ledger.entries where entry_number = 2');
  await assert.rejects(seal(), /lacks entries/);
});
