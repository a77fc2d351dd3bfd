import { appendFile, chown, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import { checkBackup } from './manifest.ts';
import { secretFiles } from './take-backup.ts';

/**
 * Raised in a restored copy: tenures that were lost with what came later had epochs of their own, and no event may
 * ever be given the epoch and position of another one.
 */
const epochsSkipped = 1000;

export interface Restore {
  /** A backup with its manifest. */
  readonly from: string;
  /** Of the program, where its secrets go. */
  readonly dataDir: string;
  /** Where the cluster goes: absent or empty. */
  readonly pgdata: string;
  /** Archived WAL to replay after what the backup has. */
  readonly walDirectory: string | undefined;
  /** ISO 8601: the last commit that counts is the last one before it; all of the WAL when absent. */
  readonly until: string | undefined;
  /** Who has to own the files; the caller where it is undefined. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

/** Puts the files of a backup in place, ready to be started; the server then replays the WAL by itself. */
export async function placeBackup(restore: Restore): Promise<void> {
  const { from, dataDir, pgdata, walDirectory, until, owner } = restore;
  await checkBackup(from);
  await mkdir(pgdata, { recursive: true, mode: 0o700 });
  if ((await readdir(pgdata)).length > 0)
    throw new Error(`${pgdata} is not empty: nothing is restored over a book`);
  await cp(join(from, 'data'), pgdata, { recursive: true });
  for (const name of secretFiles)
    if (existsSync(join(from, 'secrets', name)))
      await cp(join(from, 'secrets', name), join(dataDir, name));
  if (walDirectory !== undefined) await writeRecovery(pgdata, resolve(walDirectory), until);
  if (owner !== undefined) await own(pgdata, owner);
}

async function writeRecovery(pgdata: string, wal: string, until: string | undefined): Promise<void> {
  if (!existsSync(wal)) throw new Error(`${wal} is not there`);
  const target = until === undefined ? [] : [`recovery_target_time = '${timeOf(until)}'`];
  const lines = [
    `restore_command = 'cp "${quoted(wal)}/%f" "%p"'`,
    `recovery_target_timeline = 'latest'`,
    `recovery_target_action = 'promote'`,
    ...target,
  ];
  await appendFile(join(pgdata, 'postgresql.auto.conf'), `${lines.join('\n')}\n`);
  await writeFile(join(pgdata, 'recovery.signal'), '', { mode: 0o600 });
}

/** As a setting of PostgreSQL: it does not know a `Z`. */
const timeOf = (text: string): string =>
  new Date(text).toISOString().replace('T', ' ').replace('Z', '+00');

const quoted = (text: string): string => text.replaceAll("'", "''");

async function own(path: string, owner: { readonly uid: number; readonly gid: number }): Promise<void> {
  await chown(path, owner.uid, owner.gid);
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  for (const entry of entries) await chown(join(entry.parentPath, entry.name), owner.uid, owner.gid);
}

/** Where a restored book is. */
export interface Restored {
  readonly position: number;
  readonly epoch: number;
  readonly entries: number;
}

/** Waits until a server has replayed its WAL, and ends that: the next start is an ordinary one, in epochs of its own. */
export async function finishRestore(config: ClientConfig): Promise<Restored> {
  const db = new Client(config);
  await db.connect();
  try {
    while (await isRecovering(db)) await delay(200);
    for (const name of ['restore_command', 'recovery_target_time', 'recovery_target_action'])
      await db.query(`alter system reset ${name}`);
    const { rows } = await db.query<{ position: string; epoch: string; entries: string }>(
      `update ledger.head set epoch = epoch + ${epochsSkipped}, holder = ''
        returning position, epoch, (select sum(entry_count) from ledger.ledgers) as entries`,
    );
    const [head] = rows;
    if (head === undefined) throw new Error('the database has no head row: it is not a ledger of ours');
    return {
      position: Number(head.position),
      epoch: Number(head.epoch),
      entries: Number(head.entries),
    };
  } finally {
    await db.end();
  }
}

async function isRecovering(db: Client): Promise<boolean> {
  const { rows } = await db.query<{ recovering: boolean }>('select pg_is_in_recovery() as recovering');
  return rows[0]?.recovering !== false;
}

/** Removes what a failed restore left. */
export function discardRestore(pgdata: string): Promise<void> {
  return rm(pgdata, { recursive: true, force: true });
}
