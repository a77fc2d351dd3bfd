import { JsonText, type JsonObject } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { uuidv7 } from 'uuidv7';
import { readHead } from '../ledger/read-ledgers.ts';
import { dropPrevious } from '../projections/generations.ts';
import {
  cancelOperation,
  listOperations,
  listRunning,
  readOperation,
  requestOperation,
  type NewOperation,
  type Operation,
} from '../projections/operations.ts';
import { projectionOf } from '../projections/projection-list.ts';
import {
  emptyProjection,
  listProjections,
  setProjectionState,
  type ProjectionState,
} from '../projections/projection-states.ts';
import type { ProjectionName } from '../projections/projection.ts';
import { inTransaction } from '../postgres/transaction.ts';
import type { Answer } from './answer.ts';
import type { AnyCall, Call, Handlers } from './call.ts';
import { readNumberCursor, writeNumberCursor } from './number-cursor.ts';
import { answerProblem } from './problem.ts';
import { requireReadModels, type ReadModels } from './read-models.ts';
import { answerBody, type Reading } from './reading.ts';
import { RequestError } from './request-error.ts';

type Operations =
  | 'listProjections'
  | 'stopProjection'
  | 'startProjection'
  | 'rebuildProjection'
  | 'resetProjection'
  | 'replayProjection'
  | 'dropPreviousTables'
  | 'listOperations'
  | 'readOperation'
  | 'cancelOperation';

/** What an operator does with the projections: wishes go to the database, and whoever runs them follows. */
export function operatorHandlers(reading: Reading): Handlers<Operations> {
  const models = () => requireReadModels(reading.readModels);
  const one = (name: ProjectionName) => answerProjection(reading, models(), name);
  return {
    listProjections: async () => answerBody({ data: await viewAll(reading, models()) }),
    stopProjection: async ({ params }) => {
      await setProjectionState(models().pool, params.name, 'paused');
      return one(params.name);
    },
    startProjection: async ({ params }) => {
      await setProjectionState(models().pool, params.name, 'running');
      return one(params.name);
    },
    dropPreviousTables: async ({ params }) => {
      await inTransaction(models().pool, (db) => dropPrevious(db, projectionOf(params.name)));
      return one(params.name);
    },
    rebuildProjection: (call) => requestRebuild(models(), call),
    resetProjection: (call) => requestReset(models(), call),
    replayProjection: (call) => requestReplay(models(), call),
    listOperations: (call) => listPage(models(), call),
    readOperation: async ({ params }) => answerOperation(await findOperation(models(), params.id)),
    cancelOperation: async ({ params }) => {
      await cancelOperation(models().pool, params.id);
      return answerOperation(await findOperation(models(), params.id));
    },
  };
}

async function viewAll(reading: Reading, models: ReadModels): Promise<JsonObject[]> {
  const { position: head } = await readHead(reading.primary);
  const states = await listProjections(models.pool, head, reading.now());
  const running = await listRunning(models.pool);
  return states.map((state) =>
    viewProjection(
      state,
      head,
      running.find((operation) => operation.projection === state.name),
    ),
  );
}

async function answerProjection(
  reading: Reading,
  models: ReadModels,
  name: ProjectionName,
): Promise<Answer> {
  const found = (await viewAll(reading, models)).find((projection) => projection['name'] === name);
  if (found === undefined) throw notThere('projection', name);
  return answerBody(found);
}

function viewProjection(
  state: ProjectionState,
  head: number,
  operation: Operation | undefined,
): JsonObject {
  return {
    name: state.name,
    state: state.state,
    reason: state.reason ?? null,
    generation: state.generation,
    position: state.position,
    head_position: head,
    lag_positions: state.lag,
    lag_seconds: state.lagSeconds,
    parked: state.parked,
    waiting: state.waiting,
    partitions: state.partitions.map(({ name, position }) => ({ name, position })),
    drifted_at: state.driftedAt === undefined ? null : formatTime(state.driftedAt.getTime()),
    drift_reconciliation_id: state.driftRun ?? null,
    operation: operation === undefined ? null : viewOperation(operation),
  };
}

function requestRebuild(models: ReadModels, call: Call<'rebuildProjection'>): Promise<Answer> {
  const { name } = call.params;
  const { account_id: account, accept_differences: accept } = call.body;
  const wanted = newOperation(call, name, {
    account: account ?? undefined,
    acceptDifferences: accept === true,
  });
  return request(models, wanted);
}

function requestReplay(models: ReadModels, call: Call<'replayProjection'>): Promise<Answer> {
  const { name } = call.params;
  const from = call.body.from_position;
  return request(models, newOperation(call, name, { kind: 'replay', from }));
}

/** Empties it and asks for the rebuild in one transaction. */
async function requestReset(models: ReadModels, call: Call<'resetProjection'>): Promise<Answer> {
  const projection = projectionOf(call.params.name);
  const wanted = newOperation(call, projection.name, { acceptDifferences: true });
  await requireProjection(models, projection.name);
  const operation = await inTransaction(models.pool, async (db) => {
    const asked = await requestOperation(db, wanted);
    if (asked !== undefined) await emptyProjection(db, projection);
    return asked;
  });
  return operation === undefined ? refuseRunning(projection.name) : answerOperation(operation, 202);
}

function newOperation(
  call: AnyCall,
  projection: ProjectionName,
  more: Partial<NewOperation>,
): NewOperation {
  return {
    id: uuidv7(),
    projection,
    kind: 'rebuild',
    account: undefined,
    acceptDifferences: false,
    from: 0,
    actor: call.caller.keyId,
    ...more,
  };
}

/** Until some process has run it for the first time, there is nothing to operate on. */
async function requireProjection({ pool }: ReadModels, name: ProjectionName): Promise<void> {
  const text = 'select from read_models.projections where name = $1';
  if ((await pool.query(text, [name])).rowCount === 0) throw notThere('projection', name);
}

async function request(models: ReadModels, wanted: NewOperation): Promise<Answer> {
  await requireProjection(models, wanted.projection);
  const operation = await requestOperation(models.pool, wanted);
  return operation === undefined ? refuseRunning(wanted.projection) : answerOperation(operation, 202);
}

function refuseRunning(name: ProjectionName): Answer {
  const detail = `an operation on ${name} is running: wait for its end, or cancel it`;
  return answerProblem({ code: 'operation_running', detail });
}

async function listPage(models: ReadModels, call: Call<'listOperations'>): Promise<Answer> {
  const { limit, cursor } = call.query;
  const rows = await listOperations(models.pool, limit + 1, readNumberCursor('operations', cursor));
  const data = rows.slice(0, limit);
  const last = rows.length > limit ? data.at(-1) : undefined;
  return answerBody({
    data: data.map(viewOperation),
    next_cursor: last === undefined ? null : writeNumberCursor('operations', last.number),
  });
}

async function findOperation(models: ReadModels, id: string): Promise<Operation> {
  const operation = await readOperation(models.pool, id);
  if (operation === undefined) throw notThere('operation', id);
  return operation;
}

function notThere(what: string, name: string): RequestError {
  return new RequestError('not_found', `there is no ${what} ${name}`);
}

function answerOperation(operation: Operation, status: 200 | 202 = 200): Answer {
  const location = `/v1/admin/operations/${operation.id}`;
  return { status, body: viewOperation(operation), headers: status === 202 ? { location } : {} };
}

function viewOperation(operation: Operation): JsonObject {
  const { position, target, state } = operation;
  const share = target === 0 ? 0 : Math.min(1, position / target);
  return {
    id: operation.id,
    projection: operation.projection,
    kind: operation.kind,
    account_id: operation.account ?? null,
    accept_differences: operation.acceptDifferences,
    state,
    position,
    target_position: target,
    progress: state === 'done' ? 1 : Math.floor(share * 1000) / 1000,
    comparison: operation.comparison?.map(viewComparison) ?? null,
    error: operation.error ?? null,
    requested_by: operation.actor,
    created_at: formatTime(operation.createdAt),
    updated_at: formatTime(operation.updatedAt),
    finished_at: operation.finishedAt === undefined ? null : formatTime(operation.finishedAt),
  };
}

function viewComparison(table: NonNullable<Operation['comparison']>[number]): JsonObject {
  const { examples, ...rest } = table;
  return { ...rest, examples: examples.map((example) => new JsonText(JSON.stringify(example))) };
}
