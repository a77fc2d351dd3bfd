import { z } from 'zod';
import { approvalOut, approvalsQuery, rejectBody } from './approvals.ts';
import { idIn } from './ids.ts';
import { pageOut } from './lists.ts';
import type { Route } from './route.ts';

const params = z.strictObject({ id: idIn });
const tag = 'Approvals';

/** Requests that two administrators are needed for. */
export const approvalRoutes = {
  listApprovals: {
    method: 'GET',
    path: '/v1/admin/approvals',
    summary:
      'List requests that wait for another administrator, and what became of them, the newest first',
    tag,
    scope: 'admin',
    query: approvalsQuery,
    status: 200,
    response: pageOut('Approvals', approvalOut),
  },
  readApproval: {
    method: 'GET',
    path: '/v1/admin/approvals/{id}',
    summary: 'Read such a request',
    tag,
    scope: 'admin',
    params,
    status: 200,
    response: approvalOut,
  },
  approveRequest: {
    method: 'POST',
    path: '/v1/admin/approvals/{id}/approve',
    summary: "Approve another administrator's request, and carry it out",
    tag,
    scope: 'admin',
    params,
    status: 200,
    response: approvalOut,
    refusals: ['approver_is_requester', 'approval_closed'],
  },
  rejectRequest: {
    method: 'POST',
    path: '/v1/admin/approvals/{id}/reject',
    summary: "Turn a request down; one's own is withdrawn",
    tag,
    scope: 'admin',
    params,
    body: rejectBody,
    bodyOptional: true,
    status: 200,
    response: approvalOut,
    refusals: ['approval_closed'],
  },
} as const satisfies Record<string, Route>;
