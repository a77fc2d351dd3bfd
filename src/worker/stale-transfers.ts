import type { Pool } from 'pg';
import { readEventsAt } from '../ledger/event-log.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { beginJob } from './job-intake.ts';

/** Where a job says that its event came from when it was read from the log itself. */
const logPartition = 'log';
const pageMax = 500;

/**
 * Gives transfers that are accepted to be run later back to the worker, where it has no job for them and should
 * have had one for `staleMs`. A run too many does no harm: the ledger looks at the status first.
 * @returns how many
 */
export async function giveBackStaleTransfers(db: Pool, staleMs: number): Promise<number> {
  let count = 0;
  for (;;) {
    const positions = await findStale(db, staleMs);
    if (positions.length === 0) return count;
    const events = await readEventsAt(db, positions);
    await inTransaction(db, async (client) => {
      const ids = events.map(({ key }) => key);
      await client.query(`delete from worker.jobs where transfer_id = any($1) and state = 'done'`, [
        ids,
      ]);
      for (const event of events) await beginJob(client, logPartition, event);
    });
    count += events.length;
    if (events.length < pageMax) return count;
  }
}

/** Positions of the events that asked for runs which no job knows of. One that was given up has a dead letter. */
async function findStale(db: Pool, staleMs: number): Promise<number[]> {
  const { rows } = await db.query<{ position: string }>(
    `select t.position from ledger.transfers t
        join ledger.events v on v.position = t.position and v.key = t.id
      where t.status in ('INITIATED', 'SCHEDULED')
        and v.recorded_at < clock_timestamp() - $1 * interval '1 millisecond'
        and not exists (select from worker.jobs j where j.transfer_id = t.id and j.state <> 'done')
      order by t.position limit ${pageMax}`,
    [staleMs],
  );
  return rows.map(({ position }) => Number(position));
}
