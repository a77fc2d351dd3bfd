import { z } from 'zod';
import type { Queryable } from '../ledger/read-answer.ts';
import type { Job } from '../scheduler/scheduler.ts';
import { reconcile, type Reconciling } from './reconcile.ts';

export const reconciliationJob = 'reconciliation';

/** What a reconciliation may be asked for; a run whose time had come has none of it. */
const paramsShape = z.object({ whole: z.boolean().optional(), auto_heal: z.boolean().optional() });

export interface ReconciliationSettings {
  readonly everyMs: number | undefined;
  /** One that compares everything comes round this often. */
  readonly wholeEveryMs: number;
  readonly autoHeal: boolean;
}

/** Compares what changed since the last one in which all was in order; everything, where that is due or asked for. */
export function createReconciliation(
  parts: Reconciling,
  { everyMs, wholeEveryMs, autoHeal }: ReconciliationSettings,
): Job {
  return {
    name: reconciliationJob,
    everyMs,
    run: async ({ runId, params, signal, progress }) => {
      const asked = paramsShape.parse(params);
      const isWhole = asked.whole ?? (await isWholeDue(parts.ledger, wholeEveryMs));
      const from = isWhole ? 0 : await lastInOrder(parts.ledger);
      return reconcile(parts, {
        runId,
        from,
        autoHeal: asked.auto_heal ?? autoHeal,
        signal,
        progress,
      });
    },
  };
}

async function isWholeDue(db: Queryable, wholeEveryMs: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `select 1 from scheduler.runs where job = $1 and state = 'done' and (result ->> 'whole')::boolean
      and finished_at > clock_timestamp() - $2 * interval '1 millisecond' limit 1`,
    [reconciliationJob, wholeEveryMs],
  );
  return rowCount === 0;
}

/** Where the lowest of its sources was, so that nothing is passed over that one of them had not reached. */
async function lastInOrder(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ position: string | null }>(
    `select (select min((s ->> 'position')::bigint) from jsonb_array_elements(r.result -> 'sources') s) as position
      from scheduler.runs r where r.job = $1 and r.state = 'done' and (r.result ->> 'drifted')::bigint = 0
      order by r.number desc limit 1`,
    [reconciliationJob],
  );
  return Number(rows[0]?.position ?? 0);
}
