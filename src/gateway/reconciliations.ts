import type { JsonObject } from '@credit-ledger/contract/json.ts';
import { uuidv7 } from 'uuidv7';
import type { Queryable } from '../ledger/read-answer.ts';
import { listRuns, readRun, requestRun, type JobRun } from '../scheduler/job-runs.ts';
import type { Answer } from './answer.ts';
import type { Call, Handlers } from './call.ts';
import { refuseSecondRun, viewRun } from './jobs.ts';
import { readNumberCursor, writeNumberCursor } from './number-cursor.ts';
import { answerBody } from './reading.ts';
import { RequestError } from './request-error.ts';

/** The job that reconciles, wherever it runs. */
const job = 'reconciliation';
const path = '/v1/admin/reconciliations';

/** Reconciliations are runs of a job, shown with their report. */
export function reconciliationHandlers(
  db: Queryable,
): Handlers<'requestReconciliation' | 'listReconciliations' | 'readReconciliation'> {
  return {
    requestReconciliation: (call) => request(db, call),
    listReconciliations: (call) => listPage(db, call),
    readReconciliation: async ({ params }) => {
      const run = await readRun(db, params.id);
      if (run?.job !== job)
        throw new RequestError('not_found', `there is no reconciliation ${params.id}`);
      return answerBody(viewReconciliation(run));
    },
  };
}

async function request(db: Queryable, call: Call<'requestReconciliation'>): Promise<Answer> {
  const { whole, auto_heal: autoHeal } = call.body;
  const params = {
    whole: whole ?? true,
    ...(typeof autoHeal === 'boolean' ? { auto_heal: autoHeal } : {}),
  };
  const run = await requestRun(db, { id: uuidv7(), job, actor: call.caller.keyId, params });
  if (run === undefined) return refuseSecondRun(job);
  return { status: 202, body: viewReconciliation(run), headers: { location: `${path}/${run.id}` } };
}

async function listPage(db: Queryable, call: Call<'listReconciliations'>): Promise<Answer> {
  const { limit, cursor } = call.query;
  const before = readNumberCursor('reconciliations', cursor);
  const runs = await listRuns(db, limit + 1, { job, before });
  const data = runs.slice(0, limit);
  const last = runs.length > limit ? data.at(-1) : undefined;
  return answerBody({
    data: data.map(viewReconciliation),
    next_cursor: last === undefined ? null : writeNumberCursor('reconciliations', last.number),
  });
}

function viewReconciliation(run: JobRun): JsonObject {
  const { job: _job, params: _params, result, ...rest } = viewRun(run);
  return { ...rest, report: result ?? null };
}
