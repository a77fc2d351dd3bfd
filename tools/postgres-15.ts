import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initializeCluster, startPostmaster, stopPostmaster } from '../src/postgres/postmaster.ts';
import { chooseRunAs } from '../src/postgres/run-as.ts';

const bin = '/usr/lib/postgresql/15/bin';

/** Whether Debian's package postgresql-15 is installed. */
export const hasPostgres15 = (): boolean => existsSync(join(bin, 'postgres'));

/** Starts a PostgreSQL 15 with throwaway data; `url` reaches its database `postgres` as superuser. */
export async function startPostgres15(): Promise<{ url: string; stop: () => Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'credit-ledger-15-'));
  chmodSync(directory, 0o711);
  const pgdata = join(directory, 'postgres');
  const where = { bin, runAs: chooseRunAs(pgdata) };
  initializeCluster(where, pgdata, ['--locale=C.UTF-8']);
  await startPostmaster(where, {
    pgdata,
    socketDirectory: pgdata,
    logFile: join(directory, 'postgres.log'),
    settings: { listen_addresses: '', max_connections: '200' },
  });
  const stop = async () => {
    await stopPostmaster(pgdata);
    rmSync(directory, { recursive: true, force: true });
  };
  return { url: `postgresql://credit_ledger@localhost/postgres?host=${pgdata}`, stop };
}
