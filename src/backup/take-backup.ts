import { cp, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Client, type ClientConfig } from 'pg';
import { digestFile, manifestFile, type Manifest } from './manifest.ts';

/** What a running server has in its directory and a restored one must not have. */
const leftOut = new Set(['postmaster.pid', 'postmaster.opts', 'recovery.signal', 'standby.signal']);
/** Directories of which only the name is kept. */
const emptied = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);

export interface BackupPlaces {
  /** The server's directory, readable here. */
  readonly pgdata: string;
  /** Of the program, where its secrets are. */
  readonly dataDir: string;
  /** Absent or empty. */
  readonly target: string;
}

/** Made once in a data directory; without them the keys in the database open nothing. */
export const secretFiles = ['admin.key', 'api-key.pepper', 'internal.token'] as const;

/**
 * Copies a running PostgreSQL into an empty directory, with the WAL that makes the copy whole and a manifest. What is
 * written meanwhile goes on undisturbed.
 * @param now milliseconds since 1970
 */
export async function takeBackup(
  config: ClientConfig,
  { pgdata, dataDir, target }: BackupPlaces,
  now: number,
): Promise<Manifest> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  if ((await readdir(target)).length > 0) throw new Error(`${target} is not empty`);
  await mkdir(join(target, 'secrets'), { mode: 0o700 });
  for (const name of secretFiles) await copyEntry(join(dataDir, name), join(target, 'secrets', name));
  const db = new Client(config);
  await db.connect();
  try {
    return await copyRunning(db, pgdata, target, now);
  } finally {
    await db.end();
  }
}

/** The slot keeps the WAL that is needed from being recycled; it is gone with the connection. */
async function copyRunning(db: Client, pgdata: string, target: string, now: number): Promise<Manifest> {
  await db.query(
    `select pg_create_physical_replication_slot('credit_ledger_backup_' || pg_backend_pid(), true, true)`,
  );
  const start = await readOne(db, `select pg_backup_start('credit-ledger', true) as lsn`);
  const head = await readOne(db, 'select database_id, position, epoch from ledger.head');
  const data = join(target, 'data');
  await copyData(pgdata, data);
  const stop = await readOne(
    db,
    `select lsn, labelfile, pg_walfile_name(lsn) as wal, pg_walfile_name($1::pg_lsn) as first_wal
      from pg_backup_stop(false)`,
    [start['lsn']],
  );
  await writeFile(join(data, 'backup_label'), String(stop['labelfile']), { mode: 0o600 });
  await db.query('select pg_switch_wal()');
  await copyWal(join(pgdata, 'pg_wal'), join(data, 'pg_wal'), {
    first: String(stop['first_wal']),
    last: String(stop['wal']),
  });
  const version = await readOne(db, `select current_setting('server_version') as version`);
  const manifest: Manifest = {
    format: 'credit-ledger/backup/1',
    created_at: new Date(now).toISOString(),
    database_id: String(head['database_id']),
    position: Number(head['position']),
    epoch: Number(head['epoch']),
    server_version: String(version['version']),
    start_lsn: String(start['lsn']),
    stop_lsn: String(stop['lsn']),
    files: await listFiles(target),
  };
  await writeFile(join(target, manifestFile), `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o600 });
  return manifest;
}

async function readOne(
  db: Client,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>> {
  const { rows } = await db.query<Record<string, unknown>>(text, values);
  if (rows[0] === undefined) throw new Error(`no answer to ${text}`);
  return rows[0];
}

/** Files may change and go while they are copied: WAL replay puts that right. */
async function copyData(pgdata: string, data: string): Promise<void> {
  await mkdir(data, { mode: 0o700 });
  for (const entry of await readdir(pgdata, { withFileTypes: true })) {
    const { name } = entry;
    if (leftOut.has(name) || name.startsWith('.s.PGSQL')) continue;
    if (emptied.has(name)) await mkdir(join(data, name), { mode: 0o700 });
    else await copyEntry(join(pgdata, name), join(data, name));
  }
  await mkdir(join(data, 'pg_wal', 'archive_status'), { mode: 0o700 });
}

async function copyEntry(from: string, to: string): Promise<void> {
  try {
    const found = await stat(from);
    if (!found.isDirectory()) return await cp(from, to);
    await mkdir(to, { recursive: true, mode: 0o700 });
    for (const name of await readdir(from))
      if (!name.startsWith('pgsql_tmp')) await copyEntry(join(from, name), join(to, name));
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Names of WAL files ascend; those of other timelines before are history. */
async function copyWal(
  from: string,
  to: string,
  { first, last }: { readonly first: string; readonly last: string },
): Promise<void> {
  const names = (await readdir(from)).filter((name) => /^[0-9A-F]{24}$/.test(name));
  for (const name of names)
    if (name >= first && name <= last) await cp(join(from, name), join(to, name));
  for (const name of await readdir(from))
    if (name.endsWith('.history')) await cp(join(from, name), join(to, name));
}

async function listFiles(directory: string): Promise<Manifest['files']> {
  const files: Manifest['files'] = [];
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.push({ path: relative(directory, path), ...(await digestFile(path)) });
  }
  return files.toSorted((a, b) => a.path.localeCompare(b.path));
}
