import { appendRows, free, plain, time, type Column } from './columns.ts';
import type { DecodedEvent } from './decoded-event.ts';
import type { Projection } from './projection.ts';

interface TimelineRow {
  readonly transferId: string;
  readonly event: DecodedEvent;
  readonly arrivedAt: number;
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
    const rows = events.flatMap((event) => toRow(event, arrivedAt));
    return rows.length === 0 ? [] : [appendRows('transfer_timeline', columns, rows, target)];
  },
};

function toRow(event: DecodedEvent, arrivedAt: number): TimelineRow[] {
  const transferId = event.transfer?.transferId ?? event.entry?.transferId ?? '';
  if (transferId === '') return [];
  return [{ transferId, event, arrivedAt }];
}

const columns: readonly Column<TimelineRow>[] = [
  plain('transfer_id', 'uuid', (row) => row.transferId),
  plain('position', 'bigint', ({ event }) => event.message.position),
  plain('event_id', 'uuid', ({ event }) => event.message.eventId),
  plain('type', 'text', ({ event }) => event.message.type),
  free('ledger', ({ event }) => event.message.ledger),
  free('status', ({ event }) => event.transfer?.status ?? ''),
  time('accepted_at', ({ event }) => event.transfer?.createdUnixMs ?? null),
  time('committed_at', ({ event }) => event.message.recordedAt),
  free('traceparent', ({ event }) => event.message.traceparent ?? null),
  free('correlation_id', ({ event }) => event.message.correlationId ?? null),
  time('published_at', (row) => row.arrivedAt),
];
