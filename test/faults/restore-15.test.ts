import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
  appendFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Client } from 'pg';
import { finishRestore } from '../../src/backup/restore-backup.ts';
import { initializeCluster, startPostmaster, stopPostmaster } from '../../src/postgres/postmaster.ts';
import { chooseRunAs } from '../../src/postgres/run-as.ts';
import { hasPostgres15 } from '../../tools/postgres-15.ts';
import { callsTo } from '../support/product.ts';
import { assertReconciled, caughtUp } from '../support/reconciled.ts';
import { startServer } from '../support/server-process.ts';

const bin = '/usr/lib/postgresql/15/bin';
const missing = hasPostgres15()
  ? false
  : 'PostgreSQL 15 is not installed: apt-get install postgresql-15';

const urlOf = (pgdata: string) => `postgresql://credit_ledger@localhost/postgres?host=${pgdata}`;

async function start(t: TestContext, pgdata: string, settings: Record<string, string>): Promise<void> {
  const where = { bin, runAs: chooseRunAs(pgdata) };
  const logFile = `${pgdata}.log`;
  await startPostmaster(where, {
    pgdata,
    socketDirectory: pgdata,
    logFile,
    settings: { listen_addresses: '', ...settings },
  });
  t.after(() => stopPostmaster(pgdata));
}

/** As the runbook has it: pg_basebackup, archived WAL, recovery.signal and a time. */
test(
  "Debian's PostgreSQL 15 is restored to a moment by pg_basebackup and archived WAL, and proved",
  { skip: missing },
  async (t) => {
    const home = mkdtempSync(join(tmpdir(), 'restore-15-'));
    chmodSync(home, 0o711);
    t.after(() => rmSync(home, { recursive: true, force: true }));
    const [pgdata, wal, restored] = [join(home, 'pgdata'), join(home, 'wal'), join(home, 'restored')];
    const runAs = chooseRunAs(pgdata);
    initializeCluster({ bin, runAs }, pgdata, ['--locale=C.UTF-8']);
    for (const directory of [wal, restored]) {
      mkdirSync(directory, { mode: 0o700 });
      if (runAs.uid !== undefined && runAs.gid !== undefined) chownSync(directory, runAs.uid, runAs.gid);
    }
    const archive = `test ! -f ${wal}/%f && cp %p ${wal}/%f`;
    await start(t, pgdata, { archive_mode: 'on', archive_command: archive });
    const dataDir = join(home, 'server');
    const server = await startServer(dataDir, { DATABASE_URL: urlOf(pgdata), RECONCILE_EVERY_MS: '0' });
    t.after(() => server.stop());
    const book = callsTo(server);
    await book.open('a', { opening_balance_minor: 1000, credit_limit_minor: 0 });
    await book.open('b', { credit_limit_minor: 0 });
    const taken = spawnSync(
      join(bin, 'pg_basebackup'),
      ['-h', pgdata, '-U', 'credit_ledger', '-D', restored, '-c', 'fast', '-X', 'none'],
      { ...runAs, cwd: '/', encoding: 'utf8' },
    );
    assert.equal(taken.status, 0, taken.stderr);
    await book.move('kept', 'a', 'b', 10);
    const sql = new Client(urlOf(pgdata));
    await sql.connect();
    const { rows } = await sql.query<{ now: string }>('select clock_timestamp()::text as now');
    await book.move('lost', 'a', 'b', 100);
    await sql.end();
    await server.stop();
    await stopPostmaster(pgdata);

    appendFileSync(
      join(restored, 'postgresql.auto.conf'),
      `restore_command = 'cp ${wal}/%f "%p"'\nrecovery_target_action = 'promote'\n` +
        `recovery_target_time = '${rows[0]?.now ?? ''}'\n`,
    );
    writeFileSync(join(restored, 'recovery.signal'), '');
    await start(t, restored, {});
    const { entries } = await finishRestore({ connectionString: urlOf(restored) });
    assert.equal(entries, 2);
    const back = await startServer(dataDir, { DATABASE_URL: urlOf(restored), RECONCILE_EVERY_MS: '0' });
    t.after(() => back.stop());
    const again = callsTo(back);
    assert.deepEqual(await again.amounts('b'), [10, 0, 0, 10]);
    await caughtUp(again);
    await assertReconciled(again);
    await back.stop();
  },
);
