import type { Pool } from 'pg';
import type { Config } from './config.ts';
import type { Ledger } from './ledger/commands.ts';
import { expireOverdueHolds } from './ledger/overdue-holds.ts';
import { forgetOperations } from './projections/operations.ts';
import { forgetRuns } from './scheduler/job-runs.ts';
import type { Job } from './scheduler/scheduler.ts';
import { forgetDoneJobs } from './worker/jobs.ts';
import { giveBackStaleTransfers } from './worker/stale-transfers.ts';

/** What jobs work with, beside the ledger's database. */
export interface JobParts {
  readonly ledger: Ledger;
  /** The database of the read models. */
  readonly readModels: Pool;
}

/**
 * Everything that comes round by itself. What ends up in an answer, in the log or in a rebuild is never cleaned up
 * here: keys, entries, events, transfers and dead letters stay.
 */
export function scheduledJobs(
  config: Config,
  db: Pool,
  { ledger, readModels }: JobParts,
): readonly Job[] {
  return [
    {
      name: 'stale_transfers',
      everyMs: intervalOf(config.staleTransfersEveryMs),
      run: async () => ({
        given_back: await giveBackStaleTransfers(db, config.staleTransfersAfterMs),
      }),
    },
    {
      name: 'overdue_holds',
      everyMs: intervalOf(config.overdueHoldsEveryMs),
      run: async ({ signal }) => ({ expired: await expireOverdueHolds(db, ledger, signal) }),
    },
    {
      name: 'clean_up',
      everyMs: intervalOf(config.cleanUpEveryMs),
      run: async () => ({
        operations: await forgetOperations(readModels, config.keepEndedDays),
        job_runs: await forgetRuns(db, config.keepEndedDays),
        worker_jobs: await forgetDoneJobs(db, config.keepEndedDays),
      }),
    },
  ];
}

function intervalOf(everyMs: number): number | undefined {
  return everyMs === 0 ? undefined : everyMs;
}
