import type { ClientBase } from 'pg';
import type { AuditOutcome, AuditRow } from './audit-row.ts';

/** Which rows; an absent field does not narrow. Times are milliseconds since 1970. */
export interface AuditFilters {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly outcome?: AuditOutcome | undefined;
  readonly address?: string | undefined;
  readonly recordedAfter?: number | undefined;
  readonly recordedBefore?: number | undefined;
}

interface Row {
  readonly number: string;
  readonly recorded_at: Date;
  readonly outcome: AuditOutcome;
  readonly action: string;
  readonly actor: string | null;
  readonly ledger: string | null;
  readonly method: string | null;
  readonly path: string | null;
  readonly address: string | null;
  readonly request_id: string | null;
  readonly status: number | null;
  readonly code: string | null;
  readonly occurrences: number;
  readonly detail: string | null;
  readonly hash: string;
}

/** Where a page begins, and which way it goes: after the row with this number, or before it. */
export interface AuditPlace {
  readonly order: 'asc' | 'desc';
  readonly from: number | undefined;
  readonly limit: number;
}

/** One page of the log. */
export async function listAudit(
  db: Pick<ClientBase, 'query'>,
  filters: AuditFilters,
  { order, from, limit }: AuditPlace,
): Promise<AuditRow[]> {
  const { where, values } = whereAudit(filters);
  const beyond = order === 'asc' ? '>' : '<';
  const place = from === undefined ? '' : `and number ${beyond} $${values.push(from)}`;
  const text = `select number, recorded_at, outcome, action, actor, ledger, method, path, address, request_id,
      status, code, occurrences, detail, encode(hash, 'hex') as hash
    from ledger.audit_log where ${where} ${place} order by number ${order} limit $${values.push(limit)}`;
  const { rows } = await db.query<Row>(text, values);
  return rows.map(toAuditRow);
}

function whereAudit(filters: AuditFilters): { where: string; values: unknown[] } {
  const values: unknown[] = [];
  const parts = ['true'];
  const add = (value: unknown, fragment: (parameter: string) => string): void => {
    if (value !== undefined) parts.push(fragment(`$${values.push(value)}`));
  };
  const time = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms));
  add(filters.actor, (value) => `actor = ${value}`);
  add(filters.action, (value) => `action = ${value}`);
  add(filters.outcome, (value) => `outcome = ${value}`);
  add(filters.address, (value) => `address = ${value}`);
  add(time(filters.recordedAfter), (value) => `recorded_at >= ${value}`);
  add(time(filters.recordedBefore), (value) => `recorded_at < ${value}`);
  return { where: parts.join(' and '), values };
}

function toAuditRow({ request_id: requestId, recorded_at: recordedAt, ...row }: Row): AuditRow {
  return { ...row, number: Number(row.number), recordedAt: recordedAt.getTime(), requestId };
}
