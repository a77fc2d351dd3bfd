import { setTimeout as pause } from 'node:timers/promises';
import type { Json, JsonObject } from '@credit-ledger/contract/json.ts';
import type { ProcessingOut } from '@credit-ledger/contract/transfers.ts';
import { positionIn } from '@credit-ledger/contract/lists.ts';
import type {
  Answer as Found,
  Page,
  PageRequest,
  Queryable,
  ReadRefusal,
} from '../ledger/read-answer.ts';
import { readHead, refuseUnknownLedger } from '../ledger/read-ledgers.ts';
import type { Answer } from './answer.ts';
import type { AnyCall } from './call.ts';
import { limits } from './limits.ts';
import type { ProjectionName } from '../projections/projection.ts';
import type { ModelRead, ReadModels } from './read-models.ts';
import { answerProblem } from './problem.ts';
import { invalidPart } from './request-error.ts';

const pollMs = 20;

/** What handlers that read need. */
export interface Reading {
  /** Where reads of the ledger go. */
  readonly db: Queryable;
  /** The ledger's own database, which knows how far the ledger is. */
  readonly primary: Queryable;
  /** Where balances and statements come from; undefined where only the ledger is asked. */
  readonly readModels: ReadModels | undefined;
  /** How far the worker has come with a transfer that is run later; null where it has nothing to do with it. */
  readonly readProcessing: (transfer: string) => Promise<ProcessingOut | null>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly monotonicMs: () => number;
}

/** The position a read has to have reached, from `?min_position=` or `Min-Position`. */
function minPositionOf(call: AnyCall): number | undefined {
  const inQuery: unknown =
    call.query === undefined ? undefined : Reflect.get(call.query, 'min_position');
  return agreeing(typeof inQuery === 'number' ? inQuery : undefined, call.headers['min-position']);
}

function agreeing(
  inQuery: number | undefined,
  header: string | readonly string[] | undefined,
): number | undefined {
  if (header === undefined) return inQuery;
  const parsed = positionIn.safeParse(header);
  if (!parsed.success) throw invalidPart('Min-Position', 'must be a whole number of at least 0, once');
  if (inQuery === undefined || inQuery === parsed.data) return parsed.data;
  throw invalidPart('Min-Position', 'must be the same as min_position');
}

/**
 * Answers with what `read` gives once the read side has reached the caller's position: waits up to 2 s for
 * it. A position that the ledger itself has not reached is unknown, and not waited for.
 */
export async function readFresh(
  reading: Reading,
  call: AnyCall,
  read: () => Promise<Answer>,
  positionOf = async () => (await readHead(reading.db)).position,
): Promise<Answer> {
  const wanted = minPositionOf(call);
  const refusal = wanted === undefined ? undefined : await waitFor(reading, wanted, positionOf);
  return refusal ?? read();
}

/** Undefined once the position is reached. */
async function waitFor(
  { primary, monotonicMs }: Reading,
  wanted: number,
  positionOf: () => Promise<number>,
): Promise<Answer | undefined> {
  const deadline = monotonicMs() + limits.freshnessWaitMs;
  let position = await positionOf();
  if (position >= wanted) return undefined;
  const head = await readHead(primary);
  if (head.position < wanted) return answerPosition('position_unknown', wanted, head.position);
  while (position < wanted) {
    if (monotonicMs() >= deadline) return answerPosition('read_model_behind', wanted, position);
    await pause(pollMs);
    position = await positionOf();
  }
  return undefined;
}

function answerPosition(
  code: 'position_unknown' | 'read_model_behind',
  wanted: number,
  reached: number,
): Answer {
  const detail = `position ${wanted} was asked for, ${reached} is reached`;
  return answerProblem({ code, detail, facts: { min_position: wanted, reached_position: reached } });
}

/** A read that finds one thing. */
export function readOne<Value>(
  reading: Reading,
  call: AnyCall,
  read: () => Promise<Found<Value>>,
  view: (value: Value) => Json,
): Promise<Answer> {
  return readFresh(reading, call, async () => {
    const answer = await read();
    if (answer.kind === 'refused') return refuseRead(reading, call, answer.refusal);
    return { status: 200, body: view(answer.value), headers: {} };
  });
}

/** A read of what the read models hold; with `consistency=strong`, and where there are none, of the ledger. */
export function readModelled<Value, Source>(
  reading: Reading,
  call: AnyCall,
  request: ModelRead<Value, Source>,
  view: (value: Value) => Answer,
): Promise<Answer> {
  const { db, readModels } = reading;
  const models = isStrong(call) ? undefined : readModels;
  const read = async () => {
    const answer =
      models === undefined
        ? await request.read(db, request.ledgerSource)
        : await models.read(call, request);
    if (answer.kind === 'refused') return refuseRead(reading, call, answer.refusal);
    return models === undefined
      ? view(answer.value)
      : sayStale(models, request.from, view(answer.value));
  };
  return models === undefined
    ? readFresh(reading, call, read)
    : readFresh(reading, call, read, () => models.awaitedPositionOf(request.from));
}

/**
 * Names the projections of an answer that a reconciliation found different from the journal: what the ledger holds
 * too was read there instead, what only they hold may be wrong.
 */
export async function sayStale(
  models: ReadModels,
  from: readonly ProjectionName[],
  answer: Answer,
): Promise<Answer> {
  const drifted = await models.driftedAmong(from);
  if (drifted.length === 0) return answer;
  return { ...answer, headers: { ...answer.headers, 'stale-projection': drifted.join(', ') } };
}

function isStrong({ query }: AnyCall): boolean {
  return query !== undefined && Reflect.get(query, 'consistency') === 'strong';
}

/** An answer with a body. */
export function answerBody(body: Json): Answer {
  return { status: 200, body, headers: {} };
}

/** One page of a list. */
export function readPage<Value>(
  reading: Reading,
  call: AnyCall & { readonly query: { readonly limit: number; readonly cursor?: string | undefined } },
  read: (page: PageRequest) => Promise<Found<Page<Value>>>,
  view: (value: Value) => JsonObject,
): Promise<Answer> {
  const { limit, cursor } = call.query;
  const toBody = (page: Page<Value>) => ({ data: page.data.map(view), next_cursor: page.nextCursor });
  return readOne(reading, call, () => read({ limit, cursor }), toBody);
}

/** A reader's no. Where the caller named a ledger that does not exist, that is what is wrong. */
export async function refuseRead({ db }: Reading, call: AnyCall, refusal: ReadRefusal): Promise<Answer> {
  const unknown =
    call.headers['ledger'] === undefined ? undefined : await refuseUnknownLedger(db, call.ledger);
  const decided = unknown?.refusal ?? refusal;
  if (decided.code !== 'invalid_cursor') return answerProblem(decided);
  const errors = [{ pointer: '?cursor', code: 'invalid_cursor', detail: decided.detail }];
  return answerProblem({ ...decided, errors });
}
