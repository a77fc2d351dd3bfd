import type { Queryable } from '../ledger/read-answer.ts';
import { leaseSeconds, type Lease } from './lease.ts';

/** How far a broker has confirmed the log. */
export interface Cursor {
  readonly position: number;
  /** Of the event at the position. */
  readonly epoch: number;
}

interface CursorRow {
  readonly position: string;
  readonly epoch: string;
}

/** The transport's cursor, which is made at the beginning of the log when there is none. */
export async function readCursor(db: Queryable, transport: string): Promise<Cursor> {
  await db.query('insert into relay.cursors (transport) values ($1) on conflict do nothing', [
    transport,
  ]);
  const { rows } = await db.query<CursorRow>(
    'select position, epoch from relay.cursors where transport = $1',
    [transport],
  );
  const row = rows[0];
  if (row === undefined) throw new Error(`the cursor of ${transport} is gone`);
  return { position: Number(row.position), epoch: Number(row.epoch) };
}

/** Saves the cursor and lengthens the lease in one statement. False when the lease is someone else's by now. */
export async function saveCursor(
  db: Queryable,
  { name, holder }: Lease,
  transport: string,
  { position, epoch }: Cursor,
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'save-cursor',
    text: `with held as (
        update relay.leases set until = clock_timestamp() + interval '${leaseSeconds} seconds'
          where name = $1 and holder = $2 returning 1)
      update relay.cursors set position = $4, epoch = $5, saved_at = clock_timestamp(), fault = null,
          fault_at = null, halted = false
        from held where transport = $3`,
    values: [name, holder, transport, position, epoch],
  });
  return rowCount === 1;
}

/** Leaves word of why nothing is sent, for the operator who asks. */
export async function noteFault(
  db: Queryable,
  transport: string,
  fault: string,
  halted: boolean,
): Promise<void> {
  await db.query(
    `update relay.cursors set fault = $2, fault_at = clock_timestamp(), halted = $3 where transport = $1`,
    [transport, fault.slice(0, 500), halted],
  );
}

/** What the log says about a cursor: its head, and the epoch of the event that the cursor points to. */
export async function readLogAt(
  db: Queryable,
  position: number,
): Promise<{ headPosition: number; headEpoch: number; epochAt: number | undefined }> {
  const { rows } = await db.query<{ position: string; epoch: string; epoch_at: string | null }>(
    `select h.position, h.epoch, (select v.epoch from ledger.events v where v.position = $1) as epoch_at
      from ledger.head h`,
    [position],
  );
  const row = rows[0];
  if (row === undefined) throw new Error('the database has no head row: it is not a ledger of ours');
  return {
    headPosition: Number(row.position),
    headEpoch: Number(row.epoch),
    epochAt: row.epoch_at === null ? undefined : Number(row.epoch_at),
  };
}
