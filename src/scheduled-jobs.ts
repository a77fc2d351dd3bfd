import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import type { Config } from './config.ts';
import type { Ledger } from './ledger/commands.ts';
import { expireOverdueHolds } from './ledger/overdue-holds.ts';
import { makePeriodBalances } from './ledger/period-balances.ts';
import { forgetOperations } from './projections/operations.ts';
import { requestVerification } from './proof/verifications.ts';
import { createReconciliation } from './reconciliation/reconciliation-job.ts';
import { createReconciliationMetrics } from './reconciliation/reconciliation-metrics.ts';
import type { Transport } from './relay/transport/transport.ts';
import { retain } from './retention/retention-job.ts';
import type { ArchivedLog } from './retention/archived-log.ts';
import type { Logger } from './runtime/log.ts';
import { forgetRuns } from './scheduler/job-runs.ts';
import type { Job } from './scheduler/scheduler.ts';
import { forgetCommands } from './sql-gateway/sql-commands.ts';
import { forgetDeliveries } from './webhooks/deliveries.ts';
import { forgetDoneJobs } from './worker/jobs.ts';
import { giveBackStaleTransfers } from './worker/stale-transfers.ts';

/** What jobs work with, beside the ledger's database. */
export interface JobParts {
  readonly ledger: Ledger;
  /** The database of the read models. */
  readonly readModels: Pool;
  /** Signs the heads of what has grown. */
  readonly seal: () => Promise<readonly { readonly tree: string; readonly size: number }[]>;
  readonly transport: Transport;
  readonly archivedLog: ArchivedLog;
  readonly log: Logger;
  readonly registry: Registry;
  readonly mintId: () => string;
}

/**
 * Everything that comes round by itself. What ends up in an answer, in the log or in a rebuild is never cleaned up
 * here: keys, entries, events, transfers and dead letters stay.
 */
export function scheduledJobs(config: Config, db: Pool, parts: JobParts): readonly Job[] {
  const { ledger, readModels, seal } = parts;
  return [
    reconciliation(config, db, parts),
    ...archiving(config, db, parts),
    {
      name: 'stale_transfers',
      everyMs: intervalOf(config.staleTransfersEveryMs),
      run: async () => ({
        given_back: await giveBackStaleTransfers(db, config.staleTransfersAfterMs),
      }),
    },
    {
      name: 'period_balances',
      everyMs: intervalOf(config.periodBalancesEveryMs),
      run: async () => ({ made: await makePeriodBalances(db) }),
    },
    {
      name: 'overdue_holds',
      everyMs: intervalOf(config.overdueHoldsEveryMs),
      run: async ({ signal }) => ({ expired: await expireOverdueHolds(db, ledger, signal) }),
    },
    {
      name: 'sealing',
      everyMs: intervalOf(config.sealEveryMs),
      run: async () => ({ sealed: (await seal()).map(({ tree, size }) => `${tree} ${size}`) }),
    },
    {
      name: 'verification',
      everyMs: intervalOf(config.verifyEveryMs),
      run: async ({ runId }) => {
        const asked = await requestVerification(db, runId, 'scheduler');
        return { verification: asked?.id ?? null };
      },
    },
    {
      name: 'clean_up',
      everyMs: intervalOf(config.cleanUpEveryMs),
      run: async () => ({
        operations: await forgetOperations(readModels, config.keepEndedDays),
        job_runs: await forgetRuns(db, config.keepEndedDays),
        worker_jobs: await forgetDoneJobs(db, config.keepEndedDays),
        sql_commands: await forgetCommands(db, config.keepEndedDays),
        webhook_deliveries: await forgetDeliveries(db, config.keepEndedDays),
      }),
    },
  ];
}

/** Without a place for the files there is nothing to archive, and nothing is dropped. */
function archiving(config: Config, db: Pool, { readModels: models }: JobParts): Job[] {
  const { archiveDir: directory, eventRetentionDays: days } = config;
  if (directory === undefined) return [];
  const run: Job['run'] = ({ signal }) => retain({ db, models, directory, days, signal });
  return [{ name: 'archive', everyMs: intervalOf(config.archiveEveryMs), run }];
}

function reconciliation(config: Config, db: Pool, parts: JobParts): Job {
  const { ledger: writer, readModels: models, transport, archivedLog, log, registry, mintId } = parts;
  const metrics = createReconciliationMetrics(registry);
  return createReconciliation(
    { ledger: db, writer, models, transport, readLog: archivedLog.read, metrics, log, mintId },
    {
      everyMs: intervalOf(config.reconcileEveryMs),
      wholeEveryMs: config.reconcileWholeEveryMs,
      autoHeal: config.reconcileAutoHeal,
    },
  );
}

function intervalOf(everyMs: number): number | undefined {
  return everyMs === 0 ? undefined : everyMs;
}
