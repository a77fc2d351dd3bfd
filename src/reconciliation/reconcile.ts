import type { JsonObject } from '@credit-ledger/contract/json.ts';
import type { Pool } from 'pg';
import type { Ledger } from '../ledger/commands.ts';
import { clearDrift, markDrift } from '../projections/drift.ts';
import { requestOperation } from '../projections/operations.ts';
import { projectionNames, type ProjectionName } from '../projections/projection.ts';
import type { Transport } from '../relay/transport/transport.ts';
import type { Logger } from '../runtime/log.ts';
import { accountChecks } from './account-facts.ts';
import { announceDrift } from './announce-drift.ts';
import { checkAccounts } from './check-accounts.ts';
import { checkModel } from './check-models.ts';
import { checkTimeline } from './check-timeline.ts';
import { checkTransfers } from './check-transfers.ts';
import { checkTopics, type ReadLog } from './check-topics.ts';
import type { ReconciliationMetrics } from './reconciliation-metrics.ts';
import { viewSource, type SourceReport } from './report.ts';
import { withSnapshots, type Snapshots } from './snapshots.ts';

/** Who is named as having asked for a rebuild. */
const actor = 'reconciliation';

export interface Reconciling {
  readonly ledger: Pool;
  /** Where the log is told of a drift. */
  readonly writer: Ledger;
  readonly models: Pool;
  readonly transport: Transport;
  /** The next events after a position, from the log or its archive. */
  readonly readLog: ReadLog;
  readonly metrics: ReconciliationMetrics;
  readonly log: Logger;
  readonly mintId: () => string;
}

export interface Wanted {
  readonly runId: string;
  /** Accounts and positions up to here were in order before and are left out; 0 compares everything. */
  readonly from: number;
  readonly autoHeal: boolean;
  readonly signal: AbortSignal;
  readonly progress: (share: number) => Promise<void>;
}

/**
 * Compares balances, read models and topics with the journal, each at its own position, marks what differs, has it
 * made again where that is wanted, and puts it into the log.
 * @returns the report
 */
export async function reconcile(parts: Reconciling, wanted: Wanted): Promise<JsonObject> {
  const { ledger, models, transport, metrics, log } = parts;
  const { from, signal, runId } = wanted;
  const compared = await withSnapshots({ models, ledger }, (snapshots) => compareAll(snapshots, wanted));
  const topics = await checkTopics({ db: ledger, transport, readLog: parts.readLog }, { from, signal });
  const sources = [...compared.sources, topics];
  for (const { source, drifted } of sources) metrics.drift(source, drifted);
  const drifted = sources.filter((source) => source.drifted > 0);
  for (const { source, drifted: count, differences } of drifted)
    log.error({ run: runId, source, drifted: count, first: differences[0] }, 'a drift was found');
  await markModels(models, sources, wanted);
  const healing = wanted.autoHeal ? await heal(parts, drifted) : {};
  const announced = await announceDrift(parts, runId, drifted);
  return {
    position: compared.head,
    from_position: from,
    whole: from === 0,
    drifted: drifted.reduce((sum, source) => sum + source.drifted, 0),
    sources: sources.map((source) => viewSource(source)),
    healing,
    announced,
  };
}

async function compareAll(
  snapshots: Snapshots,
  { from, signal, progress }: Wanted,
): Promise<{ readonly sources: SourceReport[]; readonly head: number }> {
  const { checkpoints, head } = snapshots;
  const sources = [await checkAccounts(snapshots, from)];
  const steps = accountChecks.length + 4;
  for (const check of accountChecks) {
    await progress(sources.length / steps);
    const checkpoint = checkpoints.get(check.projection);
    if (checkpoint !== undefined)
      sources.push(await checkModel(snapshots, check, checkpoint, { from, signal }));
  }
  await progress(sources.length / steps);
  const timeline = checkpoints.get('transfer_timeline');
  if (timeline !== undefined) sources.push(await checkTimeline(snapshots, timeline, from));
  const transfers = checkpoints.get('transfers');
  if (transfers !== undefined)
    sources.push(await checkTransfers(snapshots, transfers, { from, signal }));
  return { sources, head };
}

/** What was compared whole and is in order is no longer stale. */
async function markModels(
  models: Pool,
  sources: readonly SourceReport[],
  { runId, from }: Wanted,
): Promise<void> {
  for (const { source, drifted } of sources) {
    const name = projectionIn(source);
    if (name === undefined) continue;
    if (drifted > 0) await markDrift(models, name, runId);
    else if (from === 0) await clearDrift(models, name);
  }
}

function projectionIn(source: string): ProjectionName | undefined {
  return projectionNames.find((name) => name === source);
}

/** Rebuilds from the log, whatever is in the tables in use. @returns the operations by projection */
async function heal(
  { models, mintId }: Reconciling,
  drifted: readonly SourceReport[],
): Promise<JsonObject> {
  const healing: Record<string, string | null> = {};
  for (const { source } of drifted) {
    const projection = projectionIn(source);
    if (projection === undefined) continue;
    const operation = await requestOperation(models, {
      id: mintId(),
      projection,
      kind: 'rebuild',
      account: undefined,
      acceptDifferences: true,
      from: 0,
      actor,
    });
    healing[source] = operation?.id ?? null;
  }
  return healing;
}
