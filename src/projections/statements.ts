import type { EntryPosted, Line } from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import { Side } from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import { plainColumn, textColumn } from '../postgres/array-parameters.ts';
import type { DecodedEvent } from './decoded-event.ts';
import { textOrNull, timeText, type Effect, type Projection, type Suffix } from './projection.ts';

interface LineRow {
  readonly line: Line;
  readonly entry: EntryPosted;
  readonly position: number;
  /** From 1, as in the journal. */
  readonly number: number;
  readonly counterparty: string | null;
  readonly postedAt: string;
  readonly effectiveAt: string;
}

/** Every line of every account, with what a statement says of its entry. */
export const statements: Projection = {
  name: 'statements',
  version: 1,
  isIdempotent: true,
  deleteAccount: ['delete from read_models.statement_lines where account_id = $1'],
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
  fold: (events, suffix) => {
    const rows = events.flatMap(linesOf);
    return rows.length === 0 ? [] : [insertLines(rows, suffix)];
  },
};

function linesOf({ entry, message }: DecodedEvent): LineRow[] {
  if (entry === undefined) return [];
  const postedAt = timeText(entry.tsUnixMs);
  const effectiveAt =
    entry.effectiveUnixMs === entry.tsUnixMs ? postedAt : timeText(entry.effectiveUnixMs);
  return entry.lines.map((line, index) => ({
    line,
    entry,
    position: message.position,
    number: index + 1,
    // With more lines than two there is not one other side.
    counterparty: entry.lines.length === 2 ? (entry.lines[1 - index]?.accountId ?? null) : null,
    postedAt,
    effectiveAt,
  }));
}

function insertLines(rows: readonly LineRow[], suffix: Suffix): Effect {
  return {
    name: `project-statement-lines${suffix}`,
    text: `insert into read_models.statement_lines${suffix} (account_id, posted_at, position, line_number,
        side, amount_minor, balance_after_minor, version, effective_at, entry_id, entry_number,
        transfer_id, counterparty_account_id, description, metadata)
      select * from unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::smallint[], $5::text[],
        $6::bigint[], $7::bigint[], $8::bigint[], $9::timestamptz[], $10::uuid[], $11::bigint[],
        $12::uuid[], $13::uuid[], $14::text[], $15::text[])
      on conflict do nothing`,
    values: [
      plainColumn(rows, ({ line }) => line.accountId),
      plainColumn(rows, (row) => row.postedAt),
      plainColumn(rows, (row) => row.position),
      plainColumn(rows, (row) => row.number),
      plainColumn(rows, ({ line }) => (line.side === Side.DEBIT ? 'DEBIT' : 'CREDIT')),
      plainColumn(rows, ({ line }) => line.amount?.units ?? 0n),
      plainColumn(rows, ({ line }) => line.balanceAfterMinor),
      plainColumn(rows, ({ line }) => line.version),
      plainColumn(rows, (row) => row.effectiveAt),
      plainColumn(rows, ({ entry }) => entry.entryId),
      plainColumn(rows, ({ entry }) => entry.entryNumber),
      plainColumn(rows, ({ entry }) => textOrNull(entry.transferId)),
      plainColumn(rows, (row) => row.counterparty),
      textColumn(rows, ({ entry }) => textOrNull(entry.description)),
      textColumn(rows, ({ entry }) => entry.metadataJson),
    ],
  };
}
