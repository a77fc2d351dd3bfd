import type { ErrorCode } from './gen/error-codes.ts';
import { parseAnswer } from './json.ts';
import type { FieldError, ProblemDocument } from './values.ts';

/** What is known of a request that failed. */
export interface RequestFacts {
  /** `POST /v1/transfers`. */
  readonly request: string;
  /** The key it was sent with: sent again with it, it has one effect, whatever became of this try. */
  readonly idempotencyKey: string | undefined;
  /** How often it was sent. */
  readonly attempts: number;
  /** How long the server asked to wait. */
  readonly retryAfterMs?: number;
}

/** Every error that a call ends with, but an abort by the caller's own signal. */
export abstract class CreditLedgerError extends Error {
  readonly request: string;
  readonly idempotencyKey: string | undefined;
  readonly attempts: number;
  /** How long the server asked to wait before the next try; 0 where it did not. */
  readonly retryAfterMs: number;

  constructor(message: string, facts: RequestFacts, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.request = facts.request;
    this.idempotencyKey = facts.idempotencyKey;
    this.attempts = facts.attempts;
    this.retryAfterMs = facts.retryAfterMs ?? 0;
  }
}

/** The server said no, and why: a problem document (RFC 9457) with a code. */
export class ProblemError extends CreditLedgerError {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly code: ErrorCode;
  readonly retry: ProblemDocument['retry'];
  readonly detail: string;
  /** Each place of the request that is wrong. */
  readonly errors: readonly FieldError[];
  /** The FAILED transfer that the refusal left. */
  readonly transferId: string | undefined;
  /** The whole document, with the numbers that decided. */
  readonly problem: ProblemDocument;
  /** By which the server's logs know the request. */
  readonly requestId: string | undefined;

  constructor(problem: ProblemDocument, requestId: string | undefined, facts: RequestFacts) {
    super(`${facts.request}: ${problem.code}: ${problem.detail}`, facts);
    this.status = problem.status;
    // A newer server may know more codes than this client.
    this.code = isCode(problem.code) ? problem.code : 'internal_error';
    this.retry = problem.retry;
    this.detail = problem.detail;
    this.errors = problem.errors ?? [];
    this.transferId = problem.transfer_id;
    this.problem = problem;
    this.requestId = requestId;
  }
}

/** An answer that is not the product's own: of a proxy, or of another server. */
export class UnexpectedAnswerError extends CreditLedgerError {
  override readonly name = 'UnexpectedAnswerError';
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string, facts: RequestFacts) {
    super(`${facts.request}: answered ${status} without a problem document`, facts);
    this.status = status;
    this.body = body;
  }
}

/** Nothing was done yet: the server keeps the request until another administrator approves it. */
export class ApprovalPendingError extends CreditLedgerError {
  override readonly name = 'ApprovalPendingError';
  readonly approvalId: string;

  constructor(approvalId: string, facts: RequestFacts) {
    super(`${facts.request}: waits for another administrator: approval ${approvalId}`, facts);
    this.approvalId = approvalId;
  }
}

/** No answer came: it is not known whether the request had its effect. The same key decides. */
export class ConnectionError extends CreditLedgerError {
  override readonly name = 'ConnectionError';
}

/** The time for the call is over; `cause` is the last failure. The same key decides. */
export class DeadlineError extends CreditLedgerError {
  override readonly name = 'DeadlineError';
}

/** Whether an error is a refusal, with this code where one is named. */
export function isProblem(error: unknown, code?: ErrorCode): error is ProblemError {
  return error instanceof ProblemError && (code === undefined || error.problem.code === code);
}

function isCode(code: string): code is ErrorCode {
  return code !== '';
}

/** The problem document of an answer; undefined where it has none. */
export function readProblem(type: string | null, text: string): ProblemDocument | undefined {
  if (type?.startsWith('application/problem+json') !== true) return undefined;
  try {
    const parsed = parseAnswer(text);
    return isDocument(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isDocument(value: unknown): value is ProblemDocument {
  return typeof value === 'object' && value !== null && 'code' in value && 'retry' in value;
}
