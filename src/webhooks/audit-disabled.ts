import type { AuditEntry } from '../audit/audit-row.ts';
import type { DisabledReason, Endpoint } from './endpoints.ts';

/** What the audit log says of an endpoint that nobody disabled. */
export function auditDisabled({ id, url, ledgers }: Endpoint, reason: DisabledReason): AuditEntry {
  return {
    outcome: 'done',
    action: 'disableWebhook',
    actor: null,
    ledger: ledgers[0] ?? null,
    method: null,
    path: `/v1/webhooks/${id}`,
    address: null,
    requestId: null,
    status: null,
    code: null,
    occurrences: 1,
    detail: JSON.stringify({ reason, host: URL.parse(url)?.host }),
  };
}
