import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../runtime/log.ts';
import { isCode, machineDirectory } from './binaries.ts';
import { discardCluster, initializeCluster, makePrivateDirectory } from './postmaster.ts';
import type { Installation } from './postmaster.ts';
import { openForPassage } from './run-as.ts';
import type { RunAs } from './run-as.ts';

const majorVersion = '18';

/** The builtin provider's collation never changes under an index when the system's C library does. */
const localeArguments = ['--locale-provider=builtin', '--locale=C.UTF-8'];

/** The kernel's limit for the path of a socket is 107 bytes; the file's name takes its part. */
const socketDirectoryBytesMax = 107 - '/.s.PGSQL.5432'.length;

/** Throws when another major version of PostgreSQL made the cluster. */
export function checkCluster(pgdata: string): void {
  const version = readFileSync(join(pgdata, 'PG_VERSION'), 'utf8').trim();
  if (version === majorVersion) return;
  throw new Error(
    `${pgdata} was made by PostgreSQL ${version} and the embedded one is ${majorVersion}: dump it with the ` +
      `old version and load it into the new one, or set DATA_DIR to another directory`,
  );
}

/** Made beside its place and renamed into it, so that a kill never leaves half a cluster in that place. */
export function makeCluster(where: Installation, dataDir: string, log: Logger): void {
  const parent = clusterParent(dataDir, where.runAs, log);
  for (const name of readdirSync(dataDir)) {
    if (name.startsWith('postgres.new-')) discardCluster(join(dataDir, name));
  }
  const link = join(dataDir, 'postgres');
  rmSync(link, { force: true });
  const unfinished = join(parent, `postgres.new-${process.pid}`);
  initializeCluster(where, unfinished, localeArguments);
  renameSync(unfinished, join(parent, 'postgres'));
  if (parent !== dataDir) symlinkSync(join(parent, 'postgres'), link);
}

/**
 * PostgreSQL's user must get through every directory above its data. Where it can't (as root, under a
 * private home directory), the cluster lives in the machine's directory and a link leads there.
 */
function clusterParent(dataDir: string, runAs: RunAs, log: Logger): string {
  if (openForPassage(dataDir, runAs)) return dataDir;
  mkdirSync(machineDirectory(), { recursive: true, mode: 0o755 });
  const parent = mkdtempSync(join(machineDirectory(), 'data-'));
  chmodSync(parent, 0o711);
  log.warn({ parent }, `PostgreSQL's user can't reach ${dataDir}, so its files are in ${parent}`);
  return parent;
}

/** The cluster's own directory is private already; a path too long for a socket gets a short private one. */
export function chooseSocketDirectory(pgdata: string, runAs: RunAs): string {
  if (Buffer.byteLength(pgdata) <= socketDirectoryBytesMax) return pgdata;
  const digest = createHash('sha256').update(pgdata).digest('hex').slice(0, 16);
  const directory = `/tmp/credit-ledger-${digest}`;
  makeDirectoryOnce(directory);
  // Anyone can make things in /tmp: nothing is given away or used but a directory that is ours already.
  if (isPrivate(directory, process.getuid?.())) makePrivateDirectory(directory, runAs);
  if (isPrivate(directory, runAs.uid ?? process.getuid?.())) return directory;
  throw new Error(`${directory} belongs to someone else; remove it or set DATA_DIR to a shorter path`);
}

function makeDirectoryOnce(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  }
}

function isPrivate(directory: string, owner: number | undefined): boolean {
  const entry = lstatSync(directory);
  return entry.isDirectory() && entry.uid === owner && (entry.mode & 0o777) === 0o700;
}
