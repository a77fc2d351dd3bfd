import { JsonText, type JsonObject } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import type { Approval } from './approval-store.ts';

/** A held request as administrators see it. */
export function viewApproval(approval: Approval): JsonObject {
  const { body, answer, decided_at: decidedAt } = approval;
  return {
    id: approval.id,
    state: approval.state,
    operation: approval.operation,
    ledger: approval.ledger,
    method: approval.method,
    path: approval.path,
    body: body === null ? null : new JsonText(body),
    requested_by: approval.requested_by,
    requested_at: formatTime(approval.requested_at.getTime()),
    expires_at: formatTime(approval.expires_at.getTime()),
    decided_by: approval.decided_by,
    decided_at: decidedAt === null ? null : formatTime(decidedAt.getTime()),
    reason: approval.reason,
    answer_status: approval.answer_status,
    answer: answer === null ? null : new JsonText(answer),
  };
}
