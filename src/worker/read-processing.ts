import { formatTime } from '@credit-ledger/contract/times.ts';
import type { ProcessingOut } from '@credit-ledger/contract/transfers.ts';
import type { Queryable } from '../ledger/read-answer.ts';

interface ProcessingRow {
  readonly attempts: number;
  readonly last_error: string | null;
  readonly next_attempt_at: Date | null;
}

/** How far the worker has come with a transfer; null where it never failed and is done, or was not taken in yet. */
export async function readProcessing(db: Queryable, transferId: string): Promise<ProcessingOut | null> {
  const { rows } = await db.query<ProcessingRow>({
    name: 'read-processing',
    text: `select attempts, last_error, case when state = 'waiting' then due_at end as next_attempt_at
      from worker.jobs where transfer_id = $1`,
    values: [transferId],
  });
  const [row] = rows;
  if (row === undefined) return null;
  const next = row.next_attempt_at;
  return {
    attempts: row.attempts,
    last_error: row.last_error,
    next_attempt_at: next === null ? null : formatTime(next.getTime()),
  };
}
