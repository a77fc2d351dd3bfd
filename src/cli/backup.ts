import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import { discardRestore, finishRestore, placeBackup } from '../backup/restore-backup.ts';
import { takeBackup } from '../backup/take-backup.ts';
import { startEmbedded } from '../postgres/embedded.ts';
import { chooseRunAs, openForPassage } from '../postgres/run-as.ts';
import { makeDataDirectory } from '../runtime/make-directory.ts';
import { requireText, requireWords, textOf, UsageError, type Command } from './command.ts';

/** Replaying a long WAL takes its time; each attempt waits a minute. */
const attemptsMax = 60;
const silent = pino({ level: 'silent' });

const dataDirOption = {
  'data-dir': { type: 'string', value: '<directory>', describe: 'That of the embedded database' },
} as const;

const backup: Command = {
  summary:
    'Copy the running embedded PostgreSQL of a data directory; for one of your own use pg_basebackup',
  usage: '',
  options: {
    to: { type: 'string', value: '<directory>', describe: 'A new one; needed' },
    ...dataDirOption,
  },
  examples: [['credit-ledger backup --data-dir .data --to /backups/2026-03-01', '']],
  run: async (given, { out, now }) => {
    requireWords(given);
    const to = requireText(given, 'to');
    const dataDir = resolve(textOf(given, 'data-dir') ?? '.data');
    if (!existsSync(join(dataDir, 'postgres')))
      throw new UsageError(`${dataDir} holds no embedded database: name one by --data-dir`);
    // A server that does not run is started for the copy, and stopped after it.
    const server = await startEmbedded({ dataDir, log: silent });
    try {
      const pgdata = realpathSync(join(dataDir, 'postgres'));
      const places = { pgdata, dataDir, target: resolve(to) };
      const { position, epoch, files } = await takeBackup(server.clientConfig, places, now().getTime());
      const bytes = files.reduce((sum, { size }) => sum + size, 0);
      const size = `${files.length} files, ${Math.round(bytes / 1e6)} MB`;
      out(`backed up to ${to}: at least position ${position}, epoch ${epoch}; ${size}\n`);
    } finally {
      await server.stop();
    }
    return 0;
  },
};

const restore: Command = {
  summary: 'Restore a backup into an empty data directory, up to a moment where WAL was archived',
  usage: '',
  options: {
    from: { type: 'string', value: '<directory>', describe: 'The backup; needed' },
    'data-dir': { type: 'string', value: '<directory>', describe: 'A new one; needed' },
    wal: { type: 'string', value: '<directory>', describe: 'WAL_ARCHIVE_DIR of the server' },
    until: { type: 'string', value: '<time>', describe: 'Such as 2026-03-01T12:00:00Z; needs --wal' },
  },
  examples: [
    ['credit-ledger restore --from /backups/2026-03-01 --data-dir .data-new', ''],
    ['credit-ledger restore --from b --data-dir new --wal /wal --until 2026-03-01T12:00:00Z', ''],
  ],
  run: async (given, { out }) => {
    requireWords(given);
    const [from, wal, until] = [
      requireText(given, 'from'),
      textOf(given, 'wal'),
      textOf(given, 'until'),
    ];
    if (until !== undefined && wal === undefined) throw new UsageError('--until needs --wal');
    if (until !== undefined && Number.isNaN(Date.parse(until)))
      throw new UsageError(`--until ${until} is not a time such as 2026-03-01T12:00:00Z`);
    const dataDir = resolve(requireText(given, 'data-dir'));
    const pgdata = join(dataDir, 'postgres');
    if (existsSync(pgdata))
      throw new Error(`${pgdata} is there already: nothing is restored over a book`);
    await place({ from: resolve(from), dataDir, pgdata, walDirectory: wal, until });
    const server = await startReplaying(dataDir, out);
    try {
      const { position, epoch, entries } = await finishRestore(server.clientConfig);
      out(
        `restored to ${dataDir}: position ${position}, ${entries} entries, epoch ${epoch}\n` +
          `start it with --data-dir ${dataDir}; then compare everything: credit-ledger reconcile\n`,
      );
    } finally {
      await server.stop();
    }
    return 0;
  },
};

interface Places {
  readonly from: string;
  readonly dataDir: string;
  readonly pgdata: string;
  readonly walDirectory: string | undefined;
  readonly until: string | undefined;
}

async function place(places: Places): Promise<void> {
  const { dataDir, pgdata, walDirectory: wal } = places;
  const runAs = chooseRunAs(pgdata);
  makeDataDirectory(dataDir);
  for (const directory of [dataDir, ...(wal === undefined ? [] : [wal])])
    if (!openForPassage(directory, runAs))
      throw new Error(`PostgreSQL's user can't reach ${directory}: choose another directory`);
  const { uid, gid } = runAs;
  const owner = uid === undefined || gid === undefined ? undefined : { uid, gid };
  try {
    await placeBackup({ ...places, owner });
  } catch (error) {
    if (!existsSync(join(pgdata, 'PG_VERSION'))) await discardRestore(pgdata);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`nothing was restored: ${reason}`, { cause: error });
  }
}

async function startReplaying(dataDir: string, out: (text: string) => void) {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await startEmbedded({ dataDir, log: silent });
    } catch (error) {
      if (attempt === attemptsMax || !/get ready/.test(String(error))) throw error;
      out('replaying WAL …\n');
    }
}

export const backupCommands = { backup, restore };
