import type { Client } from 'pg';
import { AccountTable } from '../../src/proof/account-table.ts';
import type { CheckResult } from '../../src/proof/findings.ts';
import { verifyDatabase } from '../../src/proof/verify-database.ts';
import { openArchivedLog } from '../../src/retention/archived-log.ts';

export interface BookPlaces {
  readonly sealDir: string;
  readonly archiveDir?: string;
  /** Where the log of the book begins. */
  readonly begin?: number;
}

/** What a verification finds: the checks that a book does not pass. */
export async function verifyBook(
  db: Client,
  { sealDir, archiveDir, begin }: BookPlaces,
): Promise<CheckResult[]> {
  const nothing = { ends: [], results: [], accounts: new AccountTable() };
  const { results } = await verifyDatabase({
    db,
    directory: { path: sealDir, keyFile: undefined },
    readArchived: archiveDir === undefined ? undefined : openArchivedLog(db, archiveDir).read,
    resumed: begin === undefined ? undefined : { position: begin, ...nothing },
    monotonicMs: () => performance.now(),
  });
  return results.filter(({ count }) => count > 0);
}
