// Restores a backup into an empty data directory, up to a moment where WAL was archived:
// `npm run restore -- --from DIR --data-dir NEW [--wal DIR] [--until 2026-03-01T12:00:00Z]`.
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { discardRestore, finishRestore, placeBackup } from '../src/backup/restore-backup.ts';
import { startEmbedded } from '../src/postgres/embedded.ts';
import { chooseRunAs, openForPassage } from '../src/postgres/run-as.ts';

/** Replaying a long WAL takes its time; each attempt waits a minute. */
const attemptsMax = 60;

const { values } = parseArgs({
  options: {
    from: { type: 'string' },
    'data-dir': { type: 'string' },
    wal: { type: 'string' },
    until: { type: 'string' },
  },
});
const { from, wal, until } = values;
if (
  from === undefined ||
  values['data-dir'] === undefined ||
  (until !== undefined && wal === undefined)
) {
  process.stderr.write('npm run restore -- --from DIR --data-dir NEW [--wal DIR [--until TIME]]\n');
  process.exit(2);
}
if (until !== undefined && Number.isNaN(Date.parse(until))) {
  process.stderr.write(`--until ${until} is not a time such as 2026-03-01T12:00:00Z\n`);
  process.exit(2);
}

const dataDir = resolve(values['data-dir']);
const pgdata = join(dataDir, 'postgres');
if (existsSync(pgdata)) {
  process.stderr.write(`${pgdata} is there already: nothing is restored over a book\n`);
  process.exit(1);
}

async function start(): Promise<Awaited<ReturnType<typeof startEmbedded>>> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await startEmbedded({ dataDir, log: pino({ level: 'silent' }) });
    } catch (error) {
      if (attempt === attemptsMax || !/get ready/.test(String(error))) throw error;
      process.stdout.write('replaying WAL …\n');
    }
}

const runAs = chooseRunAs(pgdata);
mkdirSync(dataDir, { recursive: true, mode: 0o711 });
for (const directory of [dataDir, ...(wal === undefined ? [] : [wal])])
  if (!openForPassage(directory, runAs)) {
    process.stderr.write(`PostgreSQL's user can't reach ${directory}: choose another directory\n`);
    process.exit(1);
  }
const { uid, gid } = runAs;
const owner = uid === undefined || gid === undefined ? undefined : { uid, gid };
await placeBackup({ from: resolve(from), dataDir, pgdata, walDirectory: wal, until, owner }).catch(
  async (error: unknown) => {
    if (!existsSync(join(pgdata, 'PG_VERSION'))) await discardRestore(pgdata);
    process.stderr.write(
      `nothing was restored: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exit(1);
  },
);
const server = await start();
try {
  const { position, epoch, entries } = await finishRestore(server.clientConfig);
  process.stdout.write(
    `restored to ${dataDir}: position ${position}, ${entries} entries, epoch ${epoch}\n` +
      `start it with --data-dir ${dataDir}; then compare everything: POST /v1/admin/reconciliations\n`,
  );
} finally {
  await server.stop();
}
