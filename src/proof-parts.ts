import { join } from 'node:path';
import { Client } from 'pg';
import type { Config } from './config.ts';
import type { Ledger } from './ledger/commands.ts';
import type { Surroundings } from './parts.ts';
import { exportLedger, type ExportFormat } from './proof/export-ledger.ts';
import { refuseLostEntries } from './proof/lost-entries.ts';
import type { SealDirectory } from './proof/seal-directory.ts';
import { rotateKey, sealAll, type SealingParts } from './proof/sealing.ts';
import { Verifier } from './proof/verifier.ts';

/** Where signed heads are kept outside the database. */
function sealDirectoryOf({ dataDir, sealDir, sealKeyFile }: Config): SealDirectory {
  return { path: sealDir ?? join(dataDir, 'seals'), keyFile: sealKeyFile };
}

/** Signing of heads by this process. */
export function createSeals({ pool, config, log }: Surroundings, ledger: Ledger) {
  const parts: SealingParts = {
    pool,
    ledger,
    directory: sealDirectoryOf(config),
    log,
    now: Date.now,
  };
  return {
    seal: () => sealAll(parts),
    rotate: config.sealKeyFile === undefined ? () => rotateKey(parts) : undefined,
  };
}

/** Exports on a connection of its own, which a reader that goes away closes. */
export async function* openExport(
  { database, roleOptions }: Surroundings,
  ledger: string,
  format: ExportFormat,
): AsyncGenerator<string> {
  const application_name = 'credit-ledger export';
  const db = new Client({ ...database.config, options: roleOptions, application_name });
  db.on('error', () => undefined);
  await db.connect();
  try {
    yield* exportLedger(db, ledger, format, Date.now);
  } finally {
    await db.end();
  }
}

/** Verifies books that operators want verified. */
export function startVerifier(around: Surroundings): Verifier {
  const { pool, database, roleOptions, config, log, registry } = around;
  const connection = { ...database.config, keepAlive: true, options: roleOptions };
  const { archiveDir } = config;
  const work = { connection, directory: sealDirectoryOf(config), archiveDir };
  return new Verifier(pool, work, log, registry);
}

/** @throws {EntriesLost} where SEAL_DIR proves entries that the database does not hold */
export function checkAgainstSeals({ pool, config, log }: Surroundings): Promise<void> {
  return refuseLostEntries({
    db: pool,
    directory: sealDirectoryOf(config),
    accept: config.acceptLostEntries,
    log,
    now: Date.now,
  });
}
