import { Side } from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import { appendRows, free, plain, time, type Column } from './columns.ts';
import type { DecodedEvent } from './decoded-event.ts';
import type { Entry, Line } from './event-messages.ts';
import { textOrNull, type Projection } from './projection.ts';

interface LineRow {
  readonly line: Line;
  readonly entry: Entry;
  readonly position: number;
  /** From 1, as in the journal. */
  readonly number: number;
  readonly counterparty: string | null;
}

/** Every line of every account, with what a statement says of its entry. */
export const statements: Projection = {
  name: 'statements',
  version: 1,
  isIdempotent: true,
  account: {
    from: 'account',
    delete: ['delete from read_models.statement_lines where account_id = $1'],
  },
  tables: [
    {
      name: 'statement_lines',
      isAppended: true,
      keys: ['account_id', 'posted_at', 'position', 'line_number'],
      compared: [
        'side',
        'amount_minor',
        'balance_after_minor',
        'version',
        'effective_at',
        'entry_id',
        'entry_number',
        'transfer_id',
        'counterparty_account_id',
        'description',
        'metadata',
      ],
      sums: ['amount_minor', 'balance_after_minor', 'version'],
    },
  ],
  fold: (events, target) => {
    const rows = events.flatMap(linesOf);
    return rows.length === 0 ? [] : [appendRows('statement_lines', columns, rows, target)];
  },
};

function linesOf({ entry, message }: DecodedEvent): LineRow[] {
  if (entry === undefined) return [];
  return entry.lines.map((line, index) => ({
    line,
    entry,
    position: message.position,
    number: index + 1,
    // With more lines than two there is not one other side.
    counterparty: entry.lines.length === 2 ? (entry.lines[1 - index]?.accountId ?? null) : null,
  }));
}

const columns: readonly Column<LineRow>[] = [
  plain('account_id', 'uuid', ({ line }) => line.accountId),
  time('posted_at', ({ entry }) => entry.tsUnixMs),
  plain('position', 'bigint', (row) => row.position),
  plain('line_number', 'smallint', (row) => row.number),
  plain('side', 'text', ({ line }) => (line.side === Side.DEBIT ? 'DEBIT' : 'CREDIT')),
  plain('amount_minor', 'bigint', ({ line }) => line.amount.units),
  plain('balance_after_minor', 'bigint', ({ line }) => line.balanceAfterMinor),
  plain('version', 'bigint', ({ line }) => line.version),
  time('effective_at', ({ entry }) => entry.effectiveUnixMs),
  plain('entry_id', 'uuid', ({ entry }) => entry.entryId),
  plain('entry_number', 'bigint', ({ entry }) => entry.entryNumber),
  plain('transfer_id', 'uuid', ({ entry }) => textOrNull(entry.transferId)),
  plain('counterparty_account_id', 'uuid', (row) => row.counterparty),
  free('description', ({ entry }) => textOrNull(entry.description)),
  free('metadata', ({ entry }) => entry.metadataJson),
];
