import type { Route } from '@credit-ledger/contract/route.ts';
import type { FastifyRequest } from 'fastify';
import type { AuditRecorder } from '../audit/audit-recorder.ts';
import type { AuditEntry, AuditOutcome } from '../audit/audit-row.ts';
import type { Answer } from './answer.ts';
import type { AnyCall } from './call.ts';
import { answerError } from './problem.ts';
import { CredentialRefused, RequestError } from './request-error.ts';

const detailCharactersMax = 2000;
const pathCharactersMax = 500;

const audited: ReadonlySet<Route['scope']> = new Set(['admin', 'keys', 'redrive']);

/** Whether an operation goes into the audit log: what administrators change, and what passes over limits. */
export function isAudited(route: Route, body: unknown): boolean {
  if (route.audited === true || (audited.has(route.scope) && route.method !== 'GET')) return true;
  return typeof body === 'object' && body !== null && Reflect.get(body, 'force') === true;
}

/** Has the audit log written. */
export class Auditor {
  readonly #recorder: AuditRecorder;

  constructor(recorder: AuditRecorder) {
    this.#recorder = recorder;
  }

  /**
   * Writes down that an action is about to be done, does it, and writes down how it ended, before anybody
   * gets the answer. What can't be written down is not done. A row without its end: nobody can say.
   */
  audit(request: FastifyRequest, call: AnyCall, act: () => Promise<Answer>): Promise<Answer> {
    return this.auditAs({ ...describe(request, call), detail: describeBody(call.body) }, act);
  }

  /** The same for an action that is not that of the request itself. */
  async auditAs(
    { detail, ...known }: Omit<AuditEntry, 'outcome'>,
    act: () => Promise<Answer>,
  ): Promise<Answer> {
    const entry = { ...known, detail: null };
    await this.#recorder.record({ ...entry, outcome: 'begun', detail });
    let end: End = { outcome: 'failed', status: 500, code: 'internal_error' };
    try {
      const answer = await act();
      end = endOf(answer);
      return answer;
    } catch (error) {
      const answer = answerError(error);
      if (answer !== undefined) end = endOf(answer);
      throw error;
    } finally {
      await this.#recorder.recordEnd({ ...entry, ...end });
    }
  }

  /** Counts somebody who asked as a process of ours and is none. */
  readonly noteStranger = ({ ip: address, id: requestId }: FastifyRequest, reason: string): void =>
    this.#recorder.noteRefused({ address, actor: null, code: 'unauthorized', reason, requestId });

  /** Writes down that somebody signed in by way of the issuer: as the operation that exchanges a key does. */
  readonly noteSignIn = (request: FastifyRequest, actor: string): Promise<void> =>
    this.#recorder.record({
      action: 'createSession',
      actor,
      ledger: null,
      method: request.method,
      path: request.url.replace(/\?.*$/, ''),
      address: request.ip,
      requestId: request.id,
      status: 303,
      code: null,
      occurrences: 1,
      detail: null,
      outcome: 'done',
    });

  /** Writes down what came about by itself. */
  note(entry: AuditEntry): Promise<void> {
    return this.#recorder.recordEnd(entry);
  }

  /** Counts a credential that was refused; a request without one is no attempt. */
  readonly noteRefusal = (error: unknown, request: FastifyRequest): void => {
    const { ip: address, id: requestId, caller } = request;
    if (error instanceof CredentialRefused) {
      const { actor, reason } = error;
      this.#recorder.noteRefused({ address, actor, code: 'unauthorized', reason, requestId });
    } else if (error instanceof RequestError && error.code === 'forbidden') {
      const actor = caller?.keyId ?? null;
      const reason = `${request.meter.route}: ${error.message}`;
      this.#recorder.noteRefused({ address, actor, code: 'forbidden', reason, requestId });
    }
  };
}

function describe(request: FastifyRequest, call: AnyCall): Omit<AuditEntry, 'outcome'> {
  const path = request.url.replace(/\?.*$/, '');
  return {
    action: call.operation,
    actor: call.caller.keyId,
    ledger: call.ledger,
    method: request.method,
    path: path.slice(0, pathCharactersMax),
    address: request.ip,
    requestId: request.id,
    status: null,
    code: null,
    occurrences: 1,
    detail: null,
  };
}

/** What was asked for; secrets never come in a body. */
function describeBody(body: unknown): string | null {
  if (body === undefined) return null;
  const text = JSON.stringify(body, (_name, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return text.length <= detailCharactersMax ? text : JSON.stringify({ characters: text.length });
}

type End = Pick<AuditEntry, 'outcome' | 'status' | 'code'>;

function endOf({ status, body }: Answer): End {
  const isProblem = status >= 400 && typeof body === 'object' && body !== null && 'code' in body;
  const code = isProblem ? body['code'] : null;
  return { outcome: outcomeOf(status), status, code: typeof code === 'string' ? code : null };
}

function outcomeOf(status: number): AuditOutcome {
  if (status < 400) return 'done';
  return status < 500 ? 'refused' : 'failed';
}
