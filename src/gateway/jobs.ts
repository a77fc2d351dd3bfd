import { JsonText, type JsonObject } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { uuidv7 } from 'uuidv7';
import type { Queryable } from '../ledger/read-answer.ts';
import { listJobs } from '../scheduler/job-list.ts';
import { listRuns, readRun, requestRun, type JobRun, type NewRun } from '../scheduler/job-runs.ts';
import type { Answer } from './answer.ts';
import type { Call, Handlers } from './call.ts';
import { readNumberCursor, writeNumberCursor } from './number-cursor.ts';
import { answerProblem } from './problem.ts';
import { answerBody } from './reading.ts';
import { RequestError } from './request-error.ts';

/** Jobs of the scheduler, wherever it runs: what is asked for is a row that it finds. */
export function jobHandlers(
  db: Queryable,
): Handlers<'listJobs' | 'runJob' | 'listJobRuns' | 'readJobRun'> {
  return {
    listJobs: async () => answerBody({ data: await viewJobs(db) }),
    runJob: async ({ params, caller }) => {
      await requireJob(db, params.name);
      return askForRun(db, { id: uuidv7(), job: params.name, actor: caller.keyId });
    },
    listJobRuns: (call) => listPage(db, call),
    readJobRun: async ({ params }) => {
      const run = await readRun(db, params.id);
      if (run === undefined) throw new RequestError('not_found', `there is no run ${params.id}`);
      return answerBody(viewRun(run));
    },
  };
}

/** Asks for a run: 202 with where it is followed, or a refusal while one waits or runs. */
async function askForRun(db: Queryable, wanted: NewRun): Promise<Answer> {
  const run = await requestRun(db, wanted);
  if (run === undefined) return refuseSecondRun(wanted.job);
  return { status: 202, body: viewRun(run), headers: { location: `/v1/admin/job-runs/${run.id}` } };
}

/** One run of a job at a time. */
export function refuseSecondRun(job: string): Answer {
  const detail = `${job} is running or about to: see GET /v1/admin/job-runs?job=${job}`;
  return answerProblem({ code: 'operation_running', detail });
}

async function requireJob(db: Queryable, name: string): Promise<void> {
  if ((await listJobs(db)).some((job) => job.name === name)) return;
  throw new RequestError('not_found', `there is no job ${name}`);
}

async function viewJobs(db: Queryable): Promise<JsonObject[]> {
  const jobs = await listJobs(db);
  return Promise.all(
    jobs.map(async ({ name, everyMs, nextRunAt }) => {
      const [last] = await listRuns(db, 1, { job: name, before: undefined });
      return {
        name,
        every_ms: everyMs ?? null,
        next_run_at: timeOrNull(nextRunAt),
        last_run: last === undefined ? null : viewRun(last),
      };
    }),
  );
}

async function listPage(db: Queryable, call: Call<'listJobRuns'>): Promise<Answer> {
  const { limit, cursor, job } = call.query;
  const list = `job-runs ${job ?? ''}`;
  const runs = await listRuns(db, limit + 1, { job, before: readNumberCursor(list, cursor) });
  const data = runs.slice(0, limit);
  const last = runs.length > limit ? data.at(-1) : undefined;
  return answerBody({
    data: data.map(viewRun),
    next_cursor: last === undefined ? null : writeNumberCursor(list, last.number),
  });
}

/** A run as operators see it. */
export function viewRun(run: JobRun): JsonObject {
  return {
    id: run.id,
    job: run.job,
    state: run.state,
    progress: run.progress,
    params: new JsonText(JSON.stringify(run.params)),
    result: run.result === null ? null : new JsonText(JSON.stringify(run.result)),
    error: run.error ?? null,
    requested_by: run.actor ?? null,
    created_at: formatTime(run.createdAt.getTime()),
    started_at: timeOrNull(run.startedAt),
    finished_at: timeOrNull(run.finishedAt),
  };
}

function timeOrNull(time: Date | undefined): string | null {
  return time === undefined ? null : formatTime(time.getTime());
}
