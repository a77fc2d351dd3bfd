import type { Route } from '@credit-ledger/contract/route.ts';
import { routes, type Operation } from '@credit-ledger/contract/routes.ts';
import type { FastifyRequest } from 'fastify';
import { uuidv7 } from 'uuidv7';
import type { AuditEntry } from '../audit/audit-row.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import type { Answer } from './answer.ts';
import { expireApprovals, holdRequest, type Approval, type NewApproval } from './approval-store.ts';
import { viewApproval } from './approval-view.ts';
import type { Auditor } from './auditor.ts';
import type { AnyCall } from './call.ts';
import { readIdempotencyKey } from './idempotency.ts';
import { answerProblem } from './problem.ts';
import { fingerprintOf, requireKey } from './submission.ts';

export type FourEyesRule = 'discards' | 'forced_reversals' | 'credit_limits';

/** Headers that say what a request means, beside those of which the call knows. */
const keptHeaders = ['idempotency-key', 'if-match', 'prefer'];

const limitFields = [
  'credit_limit_minor',
  'credit_limit_schedule',
  'allow_breach',
  'default_credit_limit_minor',
];

const rulesOf: Partial<Record<Operation, FourEyesRule>> = {
  discardDeadLetter: 'discards',
  reverseTransfer: 'forced_reversals',
  reverseEntry: 'forced_reversals',
  updateAccount: 'credit_limits',
  updateLedger: 'credit_limits',
};

export interface FourEyesOptions {
  /** The ledger's own database. */
  readonly db: Queryable;
  readonly rules: readonly FourEyesRule[];
  /** How long a request waits. */
  readonly approvalMs: number;
  readonly auditor: Auditor;
}

/** Holds requests for which two administrators are needed. */
export class FourEyes {
  readonly #options: FourEyesOptions;

  constructor(options: FourEyesOptions) {
    this.#options = options;
  }

  /** Whether a call has to wait. What its caller may not do is refused as ever. */
  wants({ operation, body, caller }: AnyCall): boolean {
    const rule = rulesOf[operation];
    if (rule === undefined || !this.#options.rules.includes(rule)) return false;
    if (rule === 'discards') return true;
    if (typeof body !== 'object' || body === null) return false;
    if (rule === 'credit_limits')
      return limitFields.some((field) => Reflect.get(body, field) !== undefined);
    return Reflect.get(body, 'force') === true && caller.scopes.has('admin');
  }

  /**
   * Holds a call: 202 with where it waits. One that repeats another is that one; undefined where that was approved, so
   * that the ledger answers as it did then.
   */
  async hold(call: AnyCall, request: FastifyRequest): Promise<Answer | undefined> {
    await this.expire();
    const wanted = toApproval(call, request, this.#options.approvalMs);
    const held = await holdRequest(this.#options.db, wanted);
    if (held.fingerprint !== wanted.fingerprint) return refuseKey();
    if (held.state === 'approved' || held.state === 'done' || held.state === 'refused') return undefined;
    const location = `/v1/admin/approvals/${held.id}`;
    return { status: 202, body: viewApproval(held), headers: { location } };
  }

  /** Ends what has waited for too long, which the audit log is told of once. */
  async expire(): Promise<void> {
    for (const approval of await expireApprovals(this.#options.db))
      await this.#options.auditor.note({
        ...auditedAs(approval),
        outcome: 'refused',
        status: null,
        code: 'approval_expired',
        detail: JSON.stringify({ approval: approval.id }),
      });
  }
}

/** What the audit log knows a held request by. */
export function auditedAs(approval: Approval): Omit<AuditEntry, 'outcome' | 'detail'> {
  return {
    action: approval.operation,
    actor: approval.requested_by,
    ledger: approval.ledger,
    method: approval.method,
    path: approval.path,
    address: null,
    requestId: null,
    status: null,
    code: null,
    occurrences: 1,
  };
}

function toApproval(call: AnyCall, request: FastifyRequest, forMs: number): NewApproval {
  const { operation, ledger, params = {}, traceparent = null, correlationId = null } = call;
  const fingerprint = fingerprintOf(call);
  const { keyId } = call.caller;
  return {
    id: uuidv7(),
    name: nameOf(call, `request:${keyId}:${ledger}:${fingerprint}`),
    operation,
    ledger,
    method: request.method,
    path: request.url.replace(/\?.*$/, ''),
    params,
    headers: headersOf(call),
    body: request.body instanceof Buffer && request.body.length > 0 ? request.body.toString() : null,
    fingerprint,
    traceparent,
    correlation_id: correlationId,
    requested_by: keyId,
    forMs,
  };
}

function nameOf({ headers, ledger, operation }: AnyCall, without: string): string {
  const route: Route = routes[operation];
  const key = readIdempotencyKey(headers['idempotency-key'], undefined);
  if (route.money !== undefined) requireKey(key);
  return key === undefined ? without : `key:${ledger}:${key}`;
}

function headersOf({ headers }: AnyCall): Record<string, string> {
  const kept = keptHeaders.map((name) => [name, headers[name]] as const);
  return Object.fromEntries(
    kept.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

function refuseKey(): Answer {
  const detail = 'the key belongs to another request, which waited for an approval';
  return answerProblem({ code: 'idempotency_key_reused', detail });
}
