import { appendRows, free, insertRows, plain, time, type Column } from './columns.ts';
import type { DecodedEvent } from './decoded-event.ts';
import type { Transfer } from './event-messages.ts';
import { textOrNull, type Projection } from './projection.ts';

interface TransferRow {
  readonly transfer: Transfer;
  readonly position: number;
}

/** Each transfer after its newest event, to be found by what is in it. */
export const transfers: Projection = {
  name: 'transfers',
  version: 1,
  isIdempotent: true,
  account: {
    from: 'transfers',
    delete: ['delete from read_models.transfers where transfer_id = any($1::uuid[])'],
  },
  tables: [
    {
      name: 'transfers',
      isAppended: true,
      keys: ['transfer_id'],
      compared: [
        'ledger',
        'from_id',
        'to_id',
        'amount_minor',
        'status',
        'metadata',
        'external_id',
        'effective_at',
        'created_at',
      ],
      sums: ['amount_minor'],
    },
  ],
  // Every event left a row: the newest of a transfer stays.
  beforeKeys: `delete from read_models.transfers_next t using (
      select ctid, row_number() over (partition by transfer_id order by position desc) as place
      from read_models.transfers_next) e
    where t.ctid = e.ctid and e.place > 1`,
  fold: (events, target) => {
    const rows = target === 'bulk' ? events.flatMap(toRow) : newest(events);
    if (rows.length === 0) return [];
    if (target === 'bulk') return [appendRows('transfers', columns, rows, target)];
    return [insertRows('transfers', columns, rows, { target, onConflict })];
  },
};

function toRow({ transfer, message: { position } }: DecodedEvent): TransferRow[] {
  return transfer === undefined ? [] : [{ transfer, position }];
}

/** One row a transfer, in the order of ids, so that two processes never wait for each other in a circle. */
function newest(events: readonly DecodedEvent[]): TransferRow[] {
  const byId = new Map<string, TransferRow>();
  for (const row of events.flatMap(toRow)) byId.set(row.transfer.transferId, row);
  return [...byId.values()].toSorted((a, b) => (a.transfer.transferId < b.transfer.transferId ? -1 : 1));
}

const columns: readonly Column<TransferRow>[] = [
  plain('transfer_id', 'uuid', ({ transfer }) => transfer.transferId),
  free('ledger', ({ transfer }) => transfer.ledger),
  plain('from_id', 'uuid', ({ transfer }) => textOrNull(transfer.from)),
  plain('to_id', 'uuid', ({ transfer }) => textOrNull(transfer.to)),
  plain('amount_minor', 'bigint', ({ transfer }) => transfer.amount.units),
  free('status', ({ transfer }) => transfer.status),
  free('metadata', ({ transfer }) => transfer.metadataJson),
  free('external_id', ({ transfer }) => textOrNull(transfer.externalId)),
  time('effective_at', ({ transfer }) => transfer.effectiveUnixMs),
  time('created_at', ({ transfer }) => transfer.createdUnixMs),
  plain('position', 'bigint', (row) => row.position),
];

const onConflict = `(transfer_id) do update set status = excluded.status,
  effective_at = excluded.effective_at, position = excluded.position
  where excluded.position > t.position`;
