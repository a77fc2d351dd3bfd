import { hash } from 'node:crypto';

/** How an action ended; `begun` says that it was about to be done. */
export type AuditOutcome = 'begun' | 'done' | 'refused' | 'failed';

/** What is to be written down of an action, or of refused credentials. */
export interface AuditEntry {
  readonly outcome: AuditOutcome;
  /** The operation, or `authenticate`. */
  readonly action: string;
  /** The id of the key, or the subject of a token; null where nobody is known. */
  readonly actor: string | null;
  readonly ledger: string | null;
  readonly method: string | null;
  /** Without its query. */
  readonly path: string | null;
  readonly address: string | null;
  readonly requestId: string | null;
  readonly status: number | null;
  /** The code of the problem it was answered with. */
  readonly code: string | null;
  /** How many alike this stands for, at least 1. */
  readonly occurrences: number;
  /** JSON. */
  readonly detail: string | null;
}

/** A row of the audit log. */
export interface AuditRow extends AuditEntry {
  /** Dense, from 1. */
  readonly number: number;
  /** Milliseconds since 1970, never below that of the row before. */
  readonly recordedAt: number;
  /** 64 hexadecimal digits. */
  readonly hash: string;
}

/** The hash before the first row. */
export const auditGenesis = '0'.repeat(64);

/**
 * The bytes that a row's hash covers: a JSON array of strings (and null), which is its own canonical form
 * (docs/audit-log.md).
 */
export function canonicalAudit(row: Omit<AuditRow, 'hash'>, previousHash: string): string {
  return JSON.stringify([
    'credit-ledger/audit/1',
    previousHash,
    String(row.number),
    new Date(row.recordedAt).toISOString(),
    row.outcome,
    row.action,
    row.actor,
    row.ledger,
    row.method,
    row.path,
    row.address,
    row.requestId,
    row.status === null ? null : String(row.status),
    row.code,
    String(row.occurrences),
    row.detail,
  ]);
}

/** SHA-256 of the canonical row, as 64 hexadecimal digits. */
export function hashAudit(row: Omit<AuditRow, 'hash'>, previousHash: string): string {
  return hash('sha256', canonicalAudit(row, previousHash), 'hex');
}
