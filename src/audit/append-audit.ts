import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../postgres/transaction.ts';
import { auditGenesis, hashAudit, type AuditEntry, type AuditRow } from './audit-row.ts';

/** Any constant serves, as long as every gateway takes the same. */
const lockKey = 7_305_829_109;

/**
 * Writes entries at the end of the log, all or none. Gateways take turns by a lock, so that numbers are dense
 * and each hash covers the row before.
 */
export async function appendAudit(pool: Pool, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await inTransaction(pool, async (db) => {
    await db.query('select pg_advisory_xact_lock($1)', [lockKey]);
    const { number, hash, now } = await readEnd(db);
    await insertRows(db, chain(entries, number, hash, now));
  });
}

interface End {
  readonly number: number;
  readonly hash: string;
  /** Of the database's clock, never below the last row's. */
  readonly now: number;
}

/** A statement of its own after the lock, so that its snapshot has what the last holder wrote. */
async function readEnd(db: PoolClient): Promise<End> {
  const { rows } = await db.query<{ number: string; hash: string; now: Date }>(
    `select coalesce(l.number, 0) as number, coalesce(encode(l.hash, 'hex'), $1) as hash,
            greatest(l.recorded_at, date_trunc('milliseconds', clock_timestamp())) as now
       from (select) one
       left join lateral (select number, hash, recorded_at from ledger.audit_log
         order by number desc limit 1) l on true`,
    [auditGenesis],
  );
  const [end] = rows;
  if (end === undefined) throw new Error('the end of the audit log gave no row');
  return { number: Number(end.number), hash: end.hash, now: end.now.getTime() };
}

function chain(
  entries: readonly AuditEntry[],
  number: number,
  lastHash: string,
  recordedAt: number,
): AuditRow[] {
  let previous = lastHash;
  return entries.map((entry, index) => {
    const row = { ...entry, number: number + index + 1, recordedAt };
    previous = hashAudit(row, previous);
    return { ...row, hash: previous };
  });
}

async function insertRows(db: PoolClient, rows: readonly AuditRow[]): Promise<void> {
  const records = rows.map(({ requestId, recordedAt, ...row }) => ({
    ...row,
    request_id: requestId,
    recorded_at: new Date(recordedAt).toISOString(),
    hash: `\\x${row.hash}`,
  }));
  await db.query(
    `insert into ledger.audit_log
       select * from jsonb_populate_recordset(null::ledger.audit_log, $1::jsonb)`,
    [JSON.stringify(records)],
  );
}
