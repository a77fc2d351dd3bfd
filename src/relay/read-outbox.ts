import type { OutboxOut } from '@credit-ledger/contract/outbox.ts';
import type { Queryable } from '../ledger/read-answer.ts';

interface OutboxRow {
  readonly head: string;
  readonly now: Date;
  readonly transport: string | null;
  readonly position: string;
  readonly oldest: Date | null;
  readonly saved_at: Date | null;
  readonly fault: string | null;
  readonly fault_at: Date | null;
  readonly halted: boolean;
  readonly held: boolean;
}

/** How things stand between the log and every broker, whichever process sends. */
export async function readOutbox(db: Queryable): Promise<OutboxOut> {
  const { rows } = await db.query<OutboxRow>(
    `select h.position as head, clock_timestamp() as now, c.*,
        (select v.recorded_at from ledger.events v where v.position = c.position + 1) as oldest,
        exists (select from relay.leases l where l.name = 'relay:' || c.transport and l.until > clock_timestamp())
          as held
      from ledger.head h left join relay.cursors c on true order by c.transport`,
  );
  const first = rows[0];
  if (first === undefined) throw new Error('the database has no head row: it is not a ledger of ours');
  return {
    head_position: Number(first.head),
    as_of: first.now.toISOString(),
    outboxes: rows.flatMap((row) => (row.transport === null ? [] : [toOutbox(row, row.transport)])),
  };
}

function toOutbox(row: OutboxRow, transport: string): OutboxOut['outboxes'][number] {
  const { head, position, now, oldest } = row;
  return {
    transport,
    state: stateOf(row),
    published_position: Number(position),
    unpublished_events: Math.max(0, Number(head) - Number(position)),
    oldest_unpublished_age_seconds:
      oldest === null ? 0 : Math.max(0, (now.getTime() - oldest.getTime()) / 1000),
    saved_at: row.saved_at?.toISOString() ?? null,
    fault: row.fault,
    fault_at: row.fault_at?.toISOString() ?? null,
  };
}

function stateOf({ halted, fault, held }: OutboxRow): OutboxOut['outboxes'][number]['state'] {
  if (halted) return 'halted';
  if (fault !== null) return 'failing';
  return held ? 'sending' : 'waiting';
}
