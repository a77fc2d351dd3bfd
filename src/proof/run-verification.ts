import { Client, type ClientConfig, type Pool } from 'pg';
import { createPool } from '../postgres/pool.ts';
import { withConnection } from '../postgres/transaction.ts';
import { openArchivedLog } from '../retention/archived-log.ts';
import type { SealDirectory } from './seal-directory.ts';
import { loadState, saveState } from './verification-state.ts';
import { endVerification, noteProgress, readRunning } from './verifications.ts';
import { verifyDatabase } from './verify-database.ts';

export interface VerificationWork {
  readonly connection: ClientConfig;
  readonly directory: SealDirectory;
  readonly archiveDir: string | undefined;
}

/** Thrown where a verification was cancelled. */
class VerificationEnded extends Error {
  override readonly name = 'VerificationEnded';
}

/**
 * Runs the verification that waits, or goes on with the one that was interrupted; nothing where there is none,
 * or where another process runs it.
 */
export async function runVerification(work: VerificationWork): Promise<void> {
  const settings = { ...work.connection, max: 2, application_name: 'credit-ledger verification' };
  const pool = createPool(settings, () => undefined);
  try {
    await withConnection(pool, async (lock) => {
      const { rows } = await lock.query<{ taken: boolean }>(
        `select pg_try_advisory_lock(hashtextextended('credit-ledger verification', 0)) as taken`,
      );
      if (rows[0]?.taken !== true) return;
      const wanted = await readRunning(pool);
      if (wanted !== undefined) await runOne(pool, work, wanted.id);
      await lock.query('select pg_advisory_unlock_all()');
    });
  } finally {
    await pool.end();
  }
}

async function runOne(
  pool: Pool,
  { connection, directory, archiveDir }: VerificationWork,
  id: string,
): Promise<void> {
  const db = new Client({ ...connection, application_name: 'credit-ledger verification' });
  db.on('error', () => undefined);
  await db.connect();
  try {
    const { position, results, isWhole } = await verifyDatabase({
      db,
      directory,
      readArchived: archiveDir === undefined ? undefined : openArchivedLog(db, archiveDir).read,
      resumed: await loadState(pool, id),
      onProgress: async (position, target) => {
        if (!(await noteProgress(pool, id, position, target)))
          throw new VerificationEnded(`the verification ${id} was ended`);
      },
      onSave: (saved) => saveState(pool, id, saved),
      monotonicMs: () => performance.now(),
    });
    await endVerification(pool, id, { state: isWhole ? 'done' : 'differs', results, position });
  } catch (error) {
    if (!(error instanceof VerificationEnded)) throw error;
  } finally {
    await db.end();
  }
}
