import { UnexpectedAnswerError } from './errors.ts';
import { followEvents, type FollowOptions, type FollowQuery } from './follow-events.ts';
import { ApiMethods } from './gen/operations.ts';
import type { Event, ReadStatementQuery, Statement } from './gen/schemas.ts';
import { parseAnswer } from './json.ts';
import { List } from './list.ts';
import { type CallOptions, type ClientOptions, Transport } from './transport.ts';

export {
  ApprovalPendingError,
  ConnectionError,
  CreditLedgerError,
  DeadlineError,
  isProblem,
  ProblemError,
  UnexpectedAnswerError,
} from './errors.ts';
export type { FollowOptions, FollowQuery } from './follow-events.ts';
export type { ErrorCode } from './gen/error-codes.ts';
export type * from './gen/schemas.ts';
export type { Event as LedgerEvent } from './gen/schemas.ts';
export { List } from './list.ts';
export type { Page } from './list.ts';
export type { AnswerFacts, CallOptions, ClientOptions } from './transport.ts';
export type {
  AmountIn,
  EventPayload,
  FieldError,
  JsonObject,
  Metadata,
  ProblemDocument,
  TimeIn,
} from './values.ts';

/** A line of a statement. */
export type StatementLine = Statement['lines'][number];

/** Whether a server can serve, and what it depends on. */
export interface Readiness {
  readonly status: 'ok' | 'unavailable';
  readonly dependencies: readonly { readonly name: string; readonly status: 'ok' | 'unavailable' }[];
}

/** A statement whose lines are gone through as a list. */
export type StatementPage = Statement & { readonly data: readonly StatementLine[] };

/**
 * A client of credit-ledger: every operation of its API as a method. Amounts are bigints of minor units. What
 * moves or creates is sent with an idempotency key, made once for a call and kept while it is tried again, so a
 * call has its effect once at most, and exactly once when it returns.
 */
export class CreditLedger extends ApiMethods {
  constructor(options: ClientOptions) {
    super(new Transport(options));
  }

  /** Whether the server can serve, each dependency by name. `GET /readyz`, which needs no key. */
  async readReadiness(options: CallOptions = {}): Promise<Readiness> {
    const request = { method: 'GET', path: '/readyz' };
    try {
      return await this.transport.ask<Readiness>(request, { ...options, attemptsMax: 1 });
    } catch (error) {
      // What is away is said with 503, in the same shape.
      if (!(error instanceof UnexpectedAnswerError) || error.status !== 503) throw error;
      const readiness = parseAnswer(error.body);
      if (isReadiness(readiness)) return readiness;
      throw error;
    }
  }

  /**
   * Sends any request of the API, also one that this version does not know, with the client's key and retries.
   * @returns the answer as JSON, amounts as exact integers @throws {CreditLedgerError}
   */
  async request(
    method: string,
    path: string,
    body?: object,
    options: CallOptions = {},
  ): Promise<string> {
    const isKeyed = method !== 'GET' && method !== 'DELETE';
    const prefer = { prefer: options.respondAsync === true ? 'respond-async' : 'return=representation' };
    const request = { method, path, isKeyed, headers: prefer, accept: 'application/json' };
    const answer = await this.transport.open({ ...request, ...(body && { body }) }, options);
    return answer.text();
  }

  /** The lines of a statement, page after page, frozen at the position of the first. */
  statementLines(
    id: string,
    query: ReadStatementQuery = {},
    options?: CallOptions,
  ): List<StatementLine, StatementPage> {
    return new List<StatementLine, StatementPage>(async (from) => {
      const statement = await this.readStatement(id, { ...query, ...from }, options);
      return { ...statement, data: statement.lines };
    }, List.byCursor);
  }

  /**
   * The events of the ledger as they are committed, in order and without a gap. A feed that breaks is opened again
   * where it was; abort its signal, or leave the loop, to end it.
   * @throws {ProblemError} unauthorized, forbidden, account_not_found, position_unknown, position_expired
   */
  followEvents(
    query: FollowQuery = {},
    options: FollowOptions = {},
  ): AsyncGenerator<Event, void, undefined> {
    return followEvents(this.transport, query, options);
  }
}

function isReadiness(value: unknown): value is Readiness {
  return typeof value === 'object' && value !== null && 'dependencies' in value;
}
