import { readId } from '@credit-ledger/contract/ids.ts';
import { z } from 'zod';
import { positionPlace, readCursor, writeCursor } from './cursor.ts';
import {
  found,
  noAnswer,
  toPage,
  type Answer,
  type Page,
  type PageRequest,
  type Queryable,
} from './read-answer.ts';
import { refuseUnknownLedger } from './read-ledgers.ts';
import { readTransfer, unknownTransfer } from './read-transfers.ts';
import { entryColumns, lineColumns, toEntry, toLine, type EntryRow, type LineRow } from './rows.ts';
import type { Entry, Line } from './state.ts';

/** One row per line: the entry's columns again and again, told apart from the line's by their prefix. */
type JournalRow = EntryRow & { readonly [Column in keyof LineRow as `line_${Column}`]: LineRow[Column] };

const prefixedLineColumns = lineColumns
  .split(',')
  .map((column) => column.trim())
  .map((column) => `${column} as line_${column.slice(2)}`)
  .join(', ');

/**
 * The lines of the entries that `source` names `e`, in the order of the journal. The lines are looked up
 * entry by entry: from a plan made for any limit a plain join reads all lines there are (measured).
 */
function selectJournal(source: string): string {
  return `select ${entryColumns}, l.*
    from ${source} join ledger.ledgers g on g.id = e.ledger_id
    cross join lateral (select l.line_number, ${prefixedLineColumns}
      from ledger.lines l join ledger.accounts a on a.id = l.account_id
      where l.position = e.position and l.entry_number = e.entry_number and a.ledger_id = e.ledger_id
      order by l.line_number) l
    order by e.entry_number, l.line_number`;
}

function toLineOf(row: JournalRow): Line {
  return toLine({
    account_id: row.line_account_id,
    side: row.line_side,
    amount_minor: row.line_amount_minor,
    currency: row.line_currency,
    balance_after_minor: row.line_balance_after_minor,
    debits_after_minor: row.line_debits_after_minor,
    held_after_minor: row.line_held_after_minor,
    incoming_after_minor: row.line_incoming_after_minor,
    version: row.line_version,
  });
}

function toEntries(rows: readonly JournalRow[]): Entry[] {
  const byNumber = Map.groupBy(rows, (row) => row.entry_number);
  return [...byNumber.values()].flatMap((lines) => {
    const [first] = lines;
    return first === undefined ? [] : [toEntry(first, lines.map(toLineOf))];
  });
}

/** One entry with its lines. Refused with 404 `entry_not_found`. */
export async function readEntry(db: Queryable, ledger: string, ref: string): Promise<Answer<Entry>> {
  const id = readId(ref);
  const { rows } = await db.query<JournalRow>({
    name: 'read-entry',
    text: selectJournal(`(select e.* from ledger.entries e
      where e.id = $2 and e.ledger_id = (select id from ledger.ledgers where name = $1)) e`),
    values: [ledger, id],
  });
  const [entry] = toEntries(rows);
  if (entry !== undefined) return found(entry);
  return noAnswer('entry_not_found', `There is no entry ${ref}`, { entry_id: ref });
}

export interface EntryFilters {
  /** Only entries with a higher number. */
  readonly afterNumber?: number | undefined;
  /** Only the entries of this transfer: one for each settlement of a hold. */
  readonly transferId?: string | undefined;
}

const entryPlace = z.tuple([positionPlace]);

/**
 * The journal in its order, each entry whole. Refused with 404 `ledger_not_found`, 400 `invalid_cursor`.
 */
export async function listEntries(
  db: Queryable,
  ledger: string,
  filters: EntryFilters,
  page: PageRequest,
): Promise<Answer<Page<Entry>>> {
  const scope = ['entries', ledger, filters.afterNumber, filters.transferId];
  const cursor = readCursor(scope, page.cursor, entryPlace);
  if (cursor.kind === 'refused') return cursor;
  const after = cursor.value?.[0] ?? filters.afterNumber ?? 0;
  const { rows } = await db.query<JournalRow>(
    selectEntries(ledger, after, filters.transferId, page.limit + 1),
  );
  if (rows.length === 0)
    return (await refuseUnknown(db, ledger, filters)) ?? found({ data: [], nextCursor: null });
  return found(toPage(toEntries(rows), page.limit, (last) => writeCursor(scope, [last.number])));
}

/** An empty page is an answer only where the ledger and the transfer are known. */
async function refuseUnknown(db: Queryable, ledger: string, { transferId }: EntryFilters) {
  if (transferId === undefined) return refuseUnknownLedger(db, ledger);
  const transfer = await readTransfer(db, ledger, transferId);
  return transfer.kind === 'found' ? undefined : unknownTransfer(transferId, 422);
}

function selectEntries(ledger: string, after: number, transferId: string | undefined, limit: number) {
  if (transferId !== undefined) {
    const values = [ledger, after, limit, readId(transferId) ?? null];
    return { name: 'list-entries-of-transfer', text: selectJournal(entriesOfTransfer), values };
  }
  // Numbers are dense, so the page is a range of them; a limit is planned as a tenth of the journal.
  const source = `(select e.* from ledger.entries e
    where e.ledger_id = (select id from ledger.ledgers where name = $1)
      and e.entry_number > $2 and e.entry_number <= $2::bigint + $3) e`;
  return { name: 'list-entries', text: selectJournal(source), values: [ledger, after, limit] };
}

/**
 * Entries have no index by transfer. What was completed at once names its entry; the settlements of a
 * hold are found through the lines of that of its two accounts which has changed less, within the life
 * of the hold.
 */
const entriesOfTransfer = `(select e.* from ledger.transfers t
  cross join lateral (
    select t.entry_number where t.status = 'COMPLETED' and t.ended_by is null
    union all
    select l.entry_number from ledger.lines l
    where t.settled_minor > 0
      and l.account_id = (select a.id from ledger.accounts a where a.id in (t.from_id, t.to_id)
        order by a.version limit 1)
      and l.posted_at between t.created_at and coalesce(t.completed_at, 'infinity')) n
  join ledger.entries e
    on e.ledger_id = t.ledger_id and e.entry_number = n.entry_number and e.transfer_id = t.id
  where t.id = $4 and t.ledger_id = (select id from ledger.ledgers where name = $1) and e.entry_number > $2
  order by e.entry_number limit $3) e`;
