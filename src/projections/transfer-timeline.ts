import { plainColumn, textColumn } from '../postgres/array-parameters.ts';
import type { DecodedEvent } from './decoded-event.ts';
import { timeText, type Effect, type Projection, type Suffix } from './projection.ts';

interface TimelineRow {
  readonly transferId: string;
  readonly event: DecodedEvent;
  readonly committedAt: string;
}

/** Every event of a transfer, in order, with when it happened. */
export const transferTimeline: Projection = {
  name: 'transfer_timeline',
  version: 1,
  isIdempotent: true,
  deleteAccount: undefined,
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
  fold: (events, suffix, arrivedAt) => {
    const rows = events.flatMap(toRow);
    return rows.length === 0 ? [] : [insertEvents(rows, suffix, arrivedAt)];
  },
};

function toRow(event: DecodedEvent): TimelineRow[] {
  const transferId = event.transfer?.transferId ?? event.entry?.transferId ?? '';
  if (transferId === '') return [];
  return [{ transferId, event, committedAt: timeText(event.message.recordedAt) }];
}

function insertEvents(rows: readonly TimelineRow[], suffix: Suffix, arrivedAt: number): Effect {
  return {
    name: `project-transfer-timeline${suffix}`,
    text: `insert into read_models.transfer_timeline${suffix} (transfer_id, position, event_id, type,
        ledger, status, accepted_at, committed_at, traceparent, correlation_id, published_at)
      select u.*, $11::timestamptz from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[],
        $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::text[], $10::text[]) u
      on conflict do nothing`,
    values: [
      plainColumn(rows, (row) => row.transferId),
      plainColumn(rows, ({ event }) => event.message.position),
      plainColumn(rows, ({ event }) => event.message.eventId),
      plainColumn(rows, ({ event }) => event.message.type),
      textColumn(rows, ({ event }) => event.message.ledger),
      textColumn(rows, ({ event }) => event.transfer?.status ?? ''),
      plainColumn(rows, acceptedAt),
      plainColumn(rows, (row) => row.committedAt),
      textColumn(rows, ({ event }) => event.message.traceparent ?? null),
      textColumn(rows, ({ event }) => event.message.correlationId ?? null),
      timeText(arrivedAt),
    ],
  };
}

function acceptedAt({ event: { transfer }, committedAt }: TimelineRow): string | null {
  if (transfer === undefined) return null;
  const created = timeText(transfer.createdUnixMs);
  return created === committedAt ? committedAt : created;
}
