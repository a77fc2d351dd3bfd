import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { routes, type Operation } from '@credit-ledger/contract/routes.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import type { Answer } from './answer.ts';
import {
  decideApproval,
  endApproval,
  listApprovals,
  readApproval,
  type Approval,
} from './approval-store.ts';
import { viewApproval } from './approval-view.ts';
import type { Auditor } from './auditor.ts';
import { parseParts, type AnyCall, type Call, type Handlers } from './call.ts';
import { auditedAs, type FourEyes } from './four-eyes.ts';
import { parseJsonBody } from './json-body.ts';
import { readNumberCursor, writeNumberCursor } from './number-cursor.ts';
import { answerProblem } from './problem.ts';
import { answerBody } from './reading.ts';
import { RequestError } from './request-error.ts';

type Operations = 'listApprovals' | 'readApproval' | 'approveRequest' | 'rejectRequest';

export interface ApprovalParts {
  /** The ledger's own database. */
  readonly db: Queryable;
  readonly fourEyes: FourEyes;
  readonly auditor: Auditor;
  /** Carries a call out as if it had not been held. */
  readonly carryOut: (call: AnyCall) => Promise<Answer>;
}

/** Requests that wait for another administrator, and what he says. */
export function approvalHandlers(parts: ApprovalParts): Handlers<Operations> {
  const { db, fourEyes } = parts;
  return {
    listApprovals: async (call) => {
      await fourEyes.expire();
      return listPage(db, call);
    },
    readApproval: async ({ params }) => {
      await fourEyes.expire();
      return answerBody(viewApproval(await find(db, params.id)));
    },
    approveRequest: async (call) => {
      await fourEyes.expire();
      return approve(parts, call);
    },
    rejectRequest: async ({ params, body, caller }) => {
      await fourEyes.expire();
      const { id } = await find(db, params.id);
      const said = { by: caller.keyId, reason: body.reason ?? null };
      const rejected = await decideApproval(db, id, 'rejected', said);
      return rejected === undefined ? refuseClosed(id) : answerBody(viewApproval(rejected));
    },
  };
}

async function listPage(db: Queryable, call: Call<'listApprovals'>): Promise<Answer> {
  const { limit, cursor, state } = call.query;
  const list = `approvals ${state ?? ''}`;
  const rows = await listApprovals(db, state, readNumberCursor(list, cursor), limit + 1);
  const data = rows.slice(0, limit);
  const last = rows.length > limit ? data.at(-1) : undefined;
  return answerBody({
    data: data.map(viewApproval),
    next_cursor: last === undefined ? null : writeNumberCursor(list, Number(last.number)),
  });
}

async function approve(parts: ApprovalParts, call: Call<'approveRequest'>): Promise<Answer> {
  const { db } = parts;
  const { keyId } = call.caller;
  const { id, requested_by: requestedBy } = await find(db, call.params.id);
  if (requestedBy === keyId) return refuseRequester();
  const approval = await decideApproval(db, id, 'approved', { by: keyId, reason: null });
  if (approval === undefined) return refuseClosed(id);
  const { status, body } = await carryOut(parts, approval, call);
  const isJson = body === null || typeof body !== 'object' || !('pipe' in body);
  const answer = isJson ? stringifyJson(body) : null;
  return answerBody(viewApproval((await endApproval(db, id, { status, answer })) ?? approval));
}

/** A fault is thrown: then the approval stands, and may be given once more. */
function carryOut(
  { auditor, carryOut: act }: ApprovalParts,
  approval: Approval,
  { caller, named }: AnyCall,
): Promise<Answer> {
  const { requested_by: requestedBy, decided_by: approvedBy } = approval;
  const call = restoreCall(approval, { caller: { ...caller, keyId: requestedBy }, named });
  const detail = JSON.stringify({ approval: approval.id, approved_by: approvedBy });
  return auditor.auditAs({ ...auditedAs(approval), detail }, () => act(call));
}

/** The call as it was, with the rights of whoever approves it. */
function restoreCall(approval: Approval, by: Pick<AnyCall, 'caller' | 'named'>): AnyCall {
  const { operation, path, params, body, headers, ledger } = approval;
  if (!isOperation(operation)) throw new Error(`a request of ${operation} was held`);
  const given = body === null ? undefined : parseJsonBody(Buffer.from(body));
  return {
    operation,
    ...parseParts(routes[operation], params, path, given),
    ...by,
    ledger,
    headers,
    traceparent: approval.traceparent ?? undefined,
    correlationId: approval.correlation_id ?? undefined,
  };
}

function isOperation(name: string): name is Operation {
  return name in routes;
}

async function find(db: Queryable, id: string): Promise<Approval> {
  const approval = await readApproval(db, id);
  if (approval === undefined) throw new RequestError('not_found', `there is no request ${id}`);
  return approval;
}

function refuseRequester(): Answer {
  const detail = 'this is your own request: another administrator has to approve it';
  return answerProblem({ code: 'approver_is_requester', detail });
}

function refuseClosed(id: string): Answer {
  const detail = `the request ${id} was decided before, or its time is over`;
  return answerProblem({ code: 'approval_closed', detail });
}
