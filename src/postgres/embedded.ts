import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Client } from 'pg';
import type { ClientConfig } from 'pg';
import type { Logger } from '../runtime/log.ts';
import { isAlive, pollUntil } from './os-processes.ts';
import { makeDataDirectory } from '../runtime/make-directory.ts';
import { findBinaries } from './binaries.ts';
import { checkCluster, chooseSocketDirectory, makeCluster } from './cluster.ts';
import { findRunning, makePrivateDirectory, startPostmaster, stopPostmaster } from './postmaster.ts';
import type { Postmaster } from './postmaster.ts';
import { isInUse, register, withLock } from './registrations.ts';
import { chooseRunAs, openForPassage, type RunAs } from './run-as.ts';

const databaseName = 'credit_ledger';
const userName = 'credit_ledger';

/** On the command line, so a stray edit of a configuration file can't make commits unsafe. */
const serverSettings: Readonly<Record<string, string>> = {
  listen_addresses: '',
  max_connections: '100',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  wal_compression: 'pglz',
  jit: 'off',
};

export interface EmbeddedPostgres {
  /** Reaches the database `credit_ledger` as its superuser through the unix socket. */
  clientConfig: ClientConfig;
  /** True when the server ran already: another process started it, or this one's killed predecessor. */
  adopted: boolean;
  /** Starts the server again where it died; nothing where it runs. */
  revive: () => Promise<void>;
  /** Leaves the server; the last process of the data directory to leave stops it. */
  stop: () => Promise<void>;
}

export interface EmbeddedOptions {
  dataDir: string;
  log: Logger;
  /** Where WAL is archived, as soon as a segment is full or a minute old. */
  walArchiveDir?: string | undefined;
  /** PostgreSQL settings in place of the usual ones. */
  settings?: Readonly<Record<string, string>>;
}

/**
 * Starts the embedded PostgreSQL 18 of a data directory, or adopts it where it runs. Throws with a
 * sentence to act on when the platform has none, the directory is of another version or not permitted.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  makeDataDirectory(options.dataDir);
  const dataDir = realpathSync(options.dataDir);
  return withLock(dataDir, async () => {
    const leave = register(dataDir);
    try {
      const { postmaster, pgdata, adopted } = await ensureServing(dataDir, options);
      const clientConfig = configFor(postmaster, databaseName);
      options.log.info(
        { postgres_pid: postmaster.pid, adopted },
        adopted ? 'PostgreSQL adopted' : 'PostgreSQL started',
      );
      return {
        clientConfig,
        adopted,
        revive: () => withLock(dataDir, async () => void (await ensureServing(dataDir, options))),
        stop: once(() => leaveServer(dataDir, pgdata, leave, options.log)),
      };
    } catch (error) {
      leave();
      throw error;
    }
  });
}

/** A process that has closed its sockets is gone soon after. */
const dyingMs = 2000;

interface Running {
  postmaster: Postmaster;
  pgdata: string;
  adopted: boolean;
}

/** A server killed a moment ago may still look alive, and die between being found and being spoken to. */
async function ensureServing(dataDir: string, options: EmbeddedOptions): Promise<Running> {
  const found = await ensureRunning(dataDir, options);
  try {
    await ensureDatabase(found.postmaster);
    return found;
  } catch (error) {
    const { pid } = found.postmaster;
    const died = found.adopted && (await pollUntil(() => (isAlive(pid) ? undefined : true), dyingMs));
    if (died !== true) throw error;
  }
  const started = await ensureRunning(dataDir, options);
  await ensureDatabase(started.postmaster);
  return started;
}

async function ensureRunning(dataDir: string, options: EmbeddedOptions): Promise<Running> {
  const link = join(dataDir, 'postgres');
  const runAs = chooseRunAs(link);
  if (existsSync(join(link, 'PG_VERSION'))) checkCluster(realpathSync(link));
  else makeCluster({ bin: findBinaries(runAs), runAs }, dataDir, options.log);
  const pgdata = realpathSync(link);
  const running = await findRunning(pgdata);
  if (running !== undefined) return { postmaster: running, pgdata, adopted: true };
  const postmaster = await startPostmaster(
    { bin: findBinaries(runAs), runAs },
    {
      pgdata,
      socketDirectory: chooseSocketDirectory(pgdata, runAs),
      logFile: join(dataDir, 'postgres.log'),
      settings: {
        ...serverSettings,
        ...archiveSettings(options.walArchiveDir, runAs),
        ...options.settings,
      },
    },
  );
  return { postmaster, pgdata, adopted: false };
}

/** A file is in the archive whole or not at all, and none is ever replaced. */
function archiveSettings(directory: string | undefined, runAs: RunAs): Readonly<Record<string, string>> {
  if (directory === undefined) return {};
  const archive = resolve(directory);
  makePrivateDirectory(archive, runAs);
  if (!openForPassage(archive, runAs) && !openForPassage(dirname(archive), runAs))
    throw new Error(
      `PostgreSQL's user can't reach ${archive}; set WAL_ARCHIVE_DIR to another directory`,
    );
  const file = `'${archive.replaceAll("'", `'\\''`)}/%f'`;
  return {
    archive_mode: 'on',
    archive_timeout: '60s',
    archive_command: `test ! -f ${file} && cp %p ${file}.part && sync ${file}.part && mv ${file}.part ${file}`,
  };
}

const configFor = ({ socketDirectory, port }: Postmaster, database: string): ClientConfig => ({
  host: socketDirectory,
  port,
  user: userName,
  database,
});

/** Asked at each start: a process may have been killed between making the cluster and its database. */
async function ensureDatabase(postmaster: Postmaster): Promise<void> {
  const client = new Client({ ...configFor(postmaster, 'postgres'), connectionTimeoutMillis: 5000 });
  // A server that dies between two queries would otherwise take this process along.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [databaseName]);
    if (found.rowCount === 0) await client.query(`create database ${databaseName}`);
  } finally {
    await client.end();
  }
}

function leaveServer(dataDir: string, pgdata: string, leave: () => void, log: Logger): Promise<void> {
  return withLock(dataDir, async () => {
    leave();
    if (isInUse(dataDir)) return log.info('PostgreSQL left to the other processes');
    await stopPostmaster(pgdata);
    log.info('PostgreSQL stopped');
  });
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= act());
}
