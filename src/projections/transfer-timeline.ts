import { appendRows, free, plain, type Column } from './columns.ts';
import type { DecodedEvent } from './decoded-event.ts';
import { timeText, type Projection } from './projection.ts';

interface TimelineRow {
  readonly transferId: string;
  readonly event: DecodedEvent;
  readonly committedAt: string;
  readonly arrivedAt: string;
}

/** Every event of a transfer, in order, with when it happened. */
export const transferTimeline: Projection = {
  name: 'transfer_timeline',
  version: 1,
  isIdempotent: true,
  account: {
    from: 'transfers',
    delete: ['delete from read_models.transfer_timeline where transfer_id = any($1::uuid[])'],
  },
  tables: [
    {
      name: 'transfer_timeline',
      isAppended: true,
      keys: ['transfer_id', 'position'],
      compared: [
        'event_id',
        'type',
        'ledger',
        'status',
        'accepted_at',
        'committed_at',
        'traceparent',
        'correlation_id',
      ],
      sums: ['position'],
    },
  ],
  fold: (events, target, arrivedAt) => {
    const arrived = timeText(arrivedAt);
    const rows = events.flatMap((event) => toRow(event, arrived));
    return rows.length === 0 ? [] : [appendRows('transfer_timeline', columns, rows, target)];
  },
};

function toRow(event: DecodedEvent, arrivedAt: string): TimelineRow[] {
  const transferId = event.transfer?.transferId ?? event.entry?.transferId ?? '';
  if (transferId === '') return [];
  return [{ transferId, event, committedAt: timeText(event.message.recordedAt), arrivedAt }];
}

const columns: readonly Column<TimelineRow>[] = [
  plain('transfer_id', 'uuid', (row) => row.transferId),
  plain('position', 'bigint', ({ event }) => event.message.position),
  plain('event_id', 'uuid', ({ event }) => event.message.eventId),
  plain('type', 'text', ({ event }) => event.message.type),
  free('ledger', ({ event }) => event.message.ledger),
  free('status', ({ event }) => event.transfer?.status ?? ''),
  plain('accepted_at', 'timestamptz', acceptedAt),
  plain('committed_at', 'timestamptz', (row) => row.committedAt),
  free('traceparent', ({ event }) => event.message.traceparent ?? null),
  free('correlation_id', ({ event }) => event.message.correlationId ?? null),
  plain('published_at', 'timestamptz', (row) => row.arrivedAt),
];

function acceptedAt({ event: { transfer }, committedAt }: TimelineRow): string | null {
  if (transfer === undefined) return null;
  const created = timeText(transfer.createdUnixMs);
  return created === committedAt ? committedAt : created;
}
