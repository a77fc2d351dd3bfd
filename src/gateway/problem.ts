import { errorRow, type ErrorCode } from '@credit-ledger/contract/errors.ts';
import { problemDocument, type Problem } from '@credit-ledger/contract/problem.ts';
import { LedgerFault } from '../ledger/fault.ts';
import { DatabaseAway, isOutage } from '../postgres/outage.ts';
import type { Answer } from './answer.ts';
import { MalformedJson } from './json-body.ts';
import { RequestError } from './request-error.ts';

type Headers = Readonly<Record<string, string>>;

/** A problem as an answer, with the headers that belong to its code. */
export function answerProblem(problem: Problem, headers: Headers = {}, retryAfterSeconds = 1): Answer {
  const body = problemDocument(problem);
  const all = { ...headersOf(problem.code, retryAfterSeconds), ...headers };
  return { status: Number(body['status']), body, headers: all, type: 'application/problem+json' };
}

/** When to come back, and how to authenticate. */
function headersOf(code: ErrorCode, retryAfterSeconds: number): Headers {
  const { status } = errorRow(code);
  const isPassing = status === 429 || status === 503 || code === 'request_in_progress';
  if (isPassing) return { 'retry-after': String(retryAfterSeconds) };
  return status === 401 ? { 'www-authenticate': 'Bearer realm="credit-ledger"' } : {};
}

/** What a failure means to the caller; undefined where it is a bug, of which a caller learns nothing. */
export function answerError(error: unknown): Answer | undefined {
  if (error instanceof RequestError) {
    const { code, message, errors, facts, headers } = error;
    return answerProblem({ code, detail: message, errors, facts }, headers);
  }
  if (error instanceof MalformedJson) {
    const errors = [{ pointer: error.pointer, code: 'malformed_json', detail: error.message }];
    return answerProblem({
      code: 'malformed_json',
      detail: error.message,
      errors,
      facts: { offset: error.offset },
    });
  }
  if (error instanceof LedgerFault) {
    return answerProblem({ code: error.code, detail: error.message }, {}, error.retryAfterSeconds);
  }
  const known = isCoded(error) ? byCode.get(error.code) : undefined;
  if (known !== undefined) return answerProblem(known);
  if (error instanceof DatabaseAway && error.database === readModelsName)
    return answerProblem(modelsAway);
  return isOutage(error) || isCancelled(error) ? answerProblem(databaseAway) : undefined;
}

/** The database gave a query up that took too long. */
function isCancelled(error: unknown): boolean {
  return isCoded(error) && error.code === '57014';
}

interface Coded {
  readonly code: string;
}

function isCoded(error: unknown): error is Coded {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** What the database of the read models is called. */
export const readModelsName = 'read_models';

const modelsAway: Problem = {
  code: 'read_models_unavailable',
  detail: 'the database of the read models can not be reached now',
};

const databaseAway: Problem = {
  code: 'ledger_unavailable',
  detail: 'the database can not be reached now',
};

/** Errors of the HTTP framework, by their codes. */
const byCode: ReadonlyMap<string, Problem> = new Map<string, Problem>([
  [
    'FST_ERR_CTP_BODY_TOO_LARGE',
    { code: 'payload_too_large', detail: 'the body is larger than this operation takes' },
  ],
  [
    'FST_ERR_CTP_INVALID_MEDIA_TYPE',
    { code: 'unsupported_media_type', detail: 'the body has to be application/json' },
  ],
  [
    'FST_ERR_CTP_INVALID_CONTENT_LENGTH',
    { code: 'malformed_json', detail: 'the body is not as long as it says' },
  ],
  ['FST_ERR_BAD_URL', { code: 'invalid_request', detail: 'the address is not percent-encoded UTF-8' }],
  ['FST_ERR_MAX_PARAM_LENGTH', { code: 'uri_too_long', detail: 'a part of the address is too long' }],
  [
    'ERR_STREAM_PREMATURE_CLOSE',
    { code: 'request_timeout', detail: 'the body ended before it was whole' },
  ],
]);
