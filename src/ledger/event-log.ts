import type { Queryable } from './read-answer.ts';
import { deriveId } from './derived-id.ts';

/** A row of the event log, ready to be published: the same at every reading. */
export interface LoggedEvent {
  /** Place in the one dense order of the log. */
  readonly position: number;
  /** The tenure that committed it. */
  readonly epoch: number;
  /** UUID v5 of epoch and position in the name space of the database's id. */
  readonly eventId: string;
  /** `EntryPosted`, `TransferCompleted` … */
  readonly type: string;
  readonly schemaVersion: number;
  /** Name of the ledger. */
  readonly ledger: string;
  readonly aggregate: Aggregate;
  /** Id of the account, transfer or entry that orders it. */
  readonly key: string;
  /** Protobuf, as it was stored at the commit. */
  readonly payload: Uint8Array;
  readonly traceparent: string | undefined;
  readonly correlationId: string | undefined;
  /** Milliseconds since 1970. */
  readonly recordedAt: number;
}

export type Aggregate = 'account' | 'transfer' | 'entry';

interface EventRow {
  readonly database_id: string;
  readonly position: string;
  readonly epoch: string;
  readonly type: string;
  readonly schema_version: number;
  readonly ledger: string;
  readonly aggregate: Aggregate;
  readonly key: string;
  readonly payload: Buffer;
  readonly traceparent: string | null;
  readonly correlation_id: string | null;
  /** As PostgreSQL writes a time. */
  readonly recorded_at: string;
}

const columns = `h.database_id, v.position, v.epoch, v.type, v.schema_version, g.name as ledger,
  v.aggregate, v.key, v.payload, v.traceparent, v.correlation_id, v.recorded_at::text`;
const source = 'ledger.head h, ledger.events v join ledger.ledgers g on g.id = v.ledger_id';

let lastText = '';
let lastTime = 0;

/** The events of a commit have one time, which is read once. */
function timeOf(text: string): number {
  if (text !== lastText) {
    lastTime = Date.parse(text);
    lastText = text;
  }
  return lastTime;
}

/**
 * The next events after a position, at most `limit` (positions are dense, so the page is a range of them).
 * Empty where there is nothing newer.
 */
export async function readEvents(db: Queryable, after: number, limit: number): Promise<LoggedEvent[]> {
  const { rows } = await db.query<EventRow>({
    name: 'read-events',
    text: `select ${columns} from ${source}
      where v.position > $1 and v.position <= $1::bigint + $2
      order by v.position`,
    values: [after, limit],
  });
  return rows.map(toLoggedEvent);
}

/** The events at these positions, in their order. */
export async function readEventsAt(db: Queryable, positions: readonly number[]): Promise<LoggedEvent[]> {
  const { rows } = await db.query<EventRow>({
    name: 'read-events-at',
    text: `select ${columns} from ${source} where v.position = any($1::bigint[]) order by v.position`,
    values: [positions],
  });
  return rows.map(toLoggedEvent);
}

function toLoggedEvent(row: EventRow): LoggedEvent {
  return {
    position: Number(row.position),
    epoch: Number(row.epoch),
    eventId: deriveId(row.database_id, `${row.epoch}/${row.position}`),
    type: row.type,
    schemaVersion: row.schema_version,
    ledger: row.ledger,
    aggregate: row.aggregate,
    key: row.key,
    payload: row.payload,
    traceparent: row.traceparent ?? undefined,
    correlationId: row.correlation_id ?? undefined,
    recordedAt: timeOf(row.recorded_at),
  };
}
