// Copies the running embedded PostgreSQL of a data directory: `npm run backup -- --data-dir .data --to DIR`. For a
// PostgreSQL of your own use its pg_basebackup (docs/operations/runbook.md).
import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { takeBackup } from '../src/backup/take-backup.ts';
import { startEmbedded } from '../src/postgres/embedded.ts';

const { values } = parseArgs({
  options: { 'data-dir': { type: 'string', default: '.data' }, to: { type: 'string' } },
});
if (values.to === undefined) {
  process.stderr.write('npm run backup -- [--data-dir .data] --to DIR\n');
  process.exit(2);
}

const dataDir = resolve(values['data-dir']);
// A server that does not run is started for the copy, and stopped after it.
const server = await startEmbedded({ dataDir, log: pino({ level: 'silent' }) });
try {
  const pgdata = realpathSync(join(dataDir, 'postgres'));
  const { position, epoch, files } = await takeBackup(
    server.clientConfig,
    { pgdata, dataDir, target: resolve(values.to) },
    Date.now(),
  );
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const size = `${files.length} files, ${Math.round(bytes / 1e6)} MB`;
  process.stdout.write(
    `backed up to ${values.to}: at least position ${position}, epoch ${epoch}; ${size}\n`,
  );
} finally {
  await server.stop();
}
