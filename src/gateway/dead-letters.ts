import { JsonText, type JsonObject } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { listDeadLetters, readDeadLetter, type DeadLetter } from '../dead-letters/dead-letter.ts';
import {
  discardDeadLetter,
  redriveDeadLetters,
  type LetterSelection,
  type RedriveOutcome,
  type Redrives,
} from '../dead-letters/redrive.ts';
import { showPayload } from '../projections/shown-payload.ts';
import type { Answer } from './answer.ts';
import type { AnyCall, Call, Handlers } from './call.ts';
import { readNumberCursor, writeNumberCursor } from './number-cursor.ts';
import { answerProblem } from './problem.ts';
import { requireReadModels } from './read-models.ts';
import { answerBody, type Reading } from './reading.ts';
import { RequestError } from './request-error.ts';

type Operations =
  | 'listDeadLetters'
  | 'readDeadLetter'
  | 'redriveDeadLetter'
  | 'redriveDeadLetters'
  | 'discardDeadLetter';

/** What consumers gave up on, and what becomes of it. */
export function deadLetterHandlers(reading: Reading, redrives: Redrives): Handlers<Operations> {
  const pool = () => requireReadModels(reading.readModels).pool;
  const redrive = async (call: AnyCall, selection: LetterSelection): Promise<Answer> =>
    answerOutcome(await redriveDeadLetters(pool(), redrives, selection, call.caller.keyId));
  return {
    listDeadLetters: (call) => listPage(reading, call),
    readDeadLetter: async ({ params }) => answerBody(viewDetail(await find(reading, params.id))),
    redriveDeadLetter: async (call) => {
      const { id } = await find(reading, call.params.id);
      return redrive(call, { id });
    },
    redriveDeadLetters: (call) => {
      const { consumer, key, error, failed_after: after, failed_before: before } = call.body;
      return redrive(call, {
        consumer: consumer ?? undefined,
        key: key ?? undefined,
        error: error ?? undefined,
        failedAfter: after ?? undefined,
        failedBefore: before ?? undefined,
      });
    },
    discardDeadLetter: async (call) => {
      const { id } = await find(reading, call.params.id);
      const { keyId: actor } = call.caller;
      const { reason } = call.body;
      const outcome = await discardDeadLetter(pool(), redrives, { id, actor, reason });
      return outcome === undefined ? refuseClosed(id) : answerOutcome(outcome);
    },
  };
}

async function listPage(reading: Reading, call: Call<'listDeadLetters'>): Promise<Answer> {
  const { pool } = requireReadModels(reading.readModels);
  const { limit, cursor, ...filters } = call.query;
  const list = `dead letters ${JSON.stringify(filters)}`;
  const rows = await listDeadLetters(pool, filters, limit + 1, readNumberCursor(list, cursor));
  const data = rows.slice(0, limit);
  const last = rows.length > limit ? data.at(-1) : undefined;
  return answerBody({
    data: data.map(viewLetter),
    next_cursor: last === undefined ? null : writeNumberCursor(list, last.number),
  });
}

async function find(reading: Reading, id: string): Promise<DeadLetter> {
  const letter = await readDeadLetter(requireReadModels(reading.readModels).pool, id);
  if (letter === undefined) throw new RequestError('not_found', `there is no dead letter ${id}`);
  return letter;
}

function refuseClosed(id: string): Answer {
  const detail = `the dead letter ${id} was redriven or discarded before`;
  return answerProblem({ code: 'dead_letter_closed', detail });
}

function answerOutcome({ redriven, failed, waiting }: RedriveOutcome): Answer {
  return answerBody({ redriven, failed, waiting });
}

function viewLetter(letter: DeadLetter): JsonObject {
  return {
    id: letter.id,
    kind: letter.kind,
    consumer: letter.consumer,
    consumer_version: letter.consumerVersion,
    status: letter.status,
    topic: letter.topic,
    partition: letter.partition,
    position: letter.position,
    event_id: letter.eventId,
    key: letter.key,
    keys: letter.keys,
    type: letter.type,
    error_class: letter.errorClass,
    message: letter.message,
    attempts: letter.attempts,
    first_failed_at: formatTime(letter.firstFailedAt),
    last_failed_at: formatTime(letter.lastFailedAt),
    reason: letter.reason ?? null,
  };
}

function viewDetail(letter: DeadLetter): JsonObject {
  const payload = showPayload(letter.type, letter.payload);
  return {
    ...viewLetter(letter),
    stack: letter.stack,
    headers: { ...letter.headers },
    payload: payload === undefined ? null : new JsonText(payload),
    payload_base64: Buffer.from(letter.payload).toString('base64'),
  };
}
