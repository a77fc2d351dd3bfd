import type { JsonObject } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { uuidv7 } from 'uuidv7';
import {
  cancelVerification,
  listVerifications,
  readVerification,
  requestVerification,
  type VerificationRow,
} from '../proof/verifications.ts';
import { viewResults } from '../proof/verify-report.ts';
import type { Answer } from './answer.ts';
import type { Call, Handlers } from './call.ts';
import { readNumberCursor, writeNumberCursor } from './number-cursor.ts';
import { answerProblem } from './problem.ts';
import { answerBody, type Reading } from './reading.ts';
import { RequestError } from './request-error.ts';

type Operations = 'startVerification' | 'listVerifications' | 'readVerification' | 'cancelVerification';

/** Verifications of the whole book: wishes go to the database, and whoever runs them follows. */
export function verificationHandlers(reading: Reading): Handlers<Operations> {
  const { primary } = reading;
  return {
    startVerification: async ({ caller }) => {
      const asked = await requestVerification(primary, uuidv7(), caller.keyId);
      const detail = 'a verification is running: wait for its end, or cancel it';
      if (asked === undefined) return answerProblem({ code: 'operation_running', detail });
      const location = `/v1/admin/verifications/${asked.id}`;
      return { status: 202, body: viewVerification(asked), headers: { location } };
    },
    listVerifications: (call) => listPage(reading, call),
    readVerification: ({ params }) => answerOne(reading, params.id),
    cancelVerification: async ({ params }) => {
      await cancelVerification(primary, params.id);
      return answerOne(reading, params.id);
    },
  };
}

async function answerOne({ primary }: Reading, id: string): Promise<Answer> {
  const found = await readVerification(primary, id);
  if (found === undefined) throw new RequestError('not_found', `there is no verification ${id}`);
  return answerBody(viewVerification(found));
}

async function listPage({ primary }: Reading, call: Call<'listVerifications'>): Promise<Answer> {
  const { limit, cursor } = call.query;
  const list = 'verifications';
  const rows = await listVerifications(primary, limit + 1, readNumberCursor(list, cursor));
  const data = rows.slice(0, limit);
  const last = rows.length > limit ? data.at(-1) : undefined;
  return answerBody({
    data: data.map(viewVerification),
    next_cursor: last === undefined ? null : writeNumberCursor(list, last.number),
  });
}

function viewVerification(row: VerificationRow): JsonObject {
  const { position, target, state, results } = row;
  const share = target === 0 ? 0 : Math.min(1, position / target);
  const isWhole = state === 'done' || state === 'differs';
  return {
    id: row.id,
    kind: 'verification',
    state,
    position,
    target_position: target,
    progress: isWhole ? 1 : Math.floor(share * 1000) / 1000,
    checks: results === undefined ? null : viewResults(results),
    error: row.error ?? null,
    requested_by: row.actor,
    created_at: formatTime(row.createdAt),
    updated_at: formatTime(row.updatedAt),
    finished_at: row.finishedAt === undefined ? null : formatTime(row.finishedAt),
  };
}
