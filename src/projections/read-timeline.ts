import type { ClientBase } from 'pg';

/** An event of a transfer. Times are milliseconds since 1970. */
export interface TimelineEvent {
  readonly position: number;
  readonly eventId: string;
  readonly type: string;
  readonly status: string | undefined;
  readonly acceptedAt: number | undefined;
  readonly committedAt: number;
  readonly publishedAt: number;
  readonly projectedAt: number;
  readonly traceId: string | undefined;
  readonly correlationId: string | undefined;
}

interface TimelineRow {
  readonly position: string;
  readonly event_id: string;
  readonly type: string;
  readonly status: string;
  readonly accepted_at: Date | null;
  readonly committed_at: Date;
  readonly published_at: Date;
  readonly projected_at: Date;
  readonly traceparent: string | null;
  readonly correlation_id: string | null;
}

/** The events of a transfer in a ledger, in order; none where the read model does not know it. */
export async function readTimeline(
  db: Pick<ClientBase, 'query'>,
  ledger: string,
  transfer: string,
): Promise<TimelineEvent[]> {
  const { rows } = await db.query<TimelineRow>({
    name: 'read-timeline',
    text: `select position, event_id, type, status, accepted_at, committed_at, published_at, projected_at,
        traceparent, correlation_id
      from read_models.transfer_timeline where ledger = $1 and transfer_id = $2 order by position`,
    values: [ledger, transfer],
  });
  return rows.map(toEvent);
}

function toEvent(row: TimelineRow): TimelineEvent {
  return {
    position: Number(row.position),
    eventId: row.event_id,
    type: row.type,
    status: row.status === '' ? undefined : row.status,
    acceptedAt: row.accepted_at?.getTime(),
    committedAt: row.committed_at.getTime(),
    publishedAt: row.published_at.getTime(),
    projectedAt: row.projected_at.getTime(),
    // W3C: version, trace, span and flags between hyphens.
    traceId: row.traceparent?.split('-')[1],
    correlationId: row.correlation_id ?? undefined,
  };
}
