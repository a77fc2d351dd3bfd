import type { Side } from '@credit-ledger/contract/accounts.ts';
import type { ClientBase } from 'pg';
import type { LoggedEvent } from '../ledger/event-log.ts';
import type { Entry, Line } from '../ledger/state.ts';
import type { AccountFacts } from './account-table.ts';
import { copyRows, type CopyRows } from './copy-rows.ts';

/** A ledger as blocks are read of it. */
export interface BlockLedger {
  readonly id: number;
  readonly name: string;
  /** The last entry number that was read. */
  lastNumber: number;
}

/** An entry; its lines and the hash before it are filled in by whoever joins the records. */
export type BlockEntry = Omit<Entry, 'lines' | 'previousHash'> & {
  lines: readonly PlacedLine[];
  previousHash: string;
};

/** A line with the place that it says it has; its account's currency and slot are filled in later. */
export interface PlacedLine extends Omit<Line, 'currency'> {
  currency: string;
  slot: number;
  readonly position: number;
  readonly entryNumber: number;
  readonly postedAt: number;
  readonly effectiveAt: number;
}

export interface BlockEvent {
  readonly position: number;
  readonly ledger: number;
  /** Undefined where it is no EntryPosted. */
  readonly payload: Buffer | undefined;
  readonly isOpening: boolean;
}

/** All records of the positions after `from` up to `to`. */
export interface Block {
  readonly from: number;
  readonly to: number;
  readonly events: readonly BlockEvent[];
  readonly accounts: readonly AccountFacts[];
  /** By position. */
  readonly entries: readonly BlockEntry[];
  readonly lines: readonly PlacedLine[];
}

const noLines: readonly PlacedLine[] = [];

/**
 * Reads a block in the order of the unique indexes. The entries of a ledger follow each other, so there are as
 * many of them as events say, and at most one more for each event that is missing.
 */
export async function readBlock(
  db: ClientBase,
  ledgers: readonly BlockLedger[],
  from: number,
  to: number,
  /** Where they are not in the log any more. */
  archived?: readonly BlockEvent[],
): Promise<Block> {
  const events = archived ?? readEvents(await copyRows(db, eventsOf(from, to)));
  const missing = to - from - events.length;
  const posted = Map.groupBy(
    events.filter(({ payload }) => payload !== undefined),
    ({ ledger }) => ledger,
  );
  const mayOpen = missing > 0 || events.some(({ isOpening }) => isOpening);
  const accounts = mayOpen ? readAccounts(await copyRows(db, accountsOf(ledgers, from, to))) : [];
  const entries: BlockEntry[] = [];
  for (const ledger of ledgers) {
    const count = posted.get(ledger.id)?.length ?? 0;
    if (count + missing === 0) continue;
    const rows = await copyRows(db, entriesOf(ledger, count + missing, to));
    ledger.lastNumber = Math.max(ledger.lastNumber + count, readEntries(rows, ledger, entries));
  }
  if (ledgers.length > 1) entries.sort((left, right) => left.position - right.position);
  const lines = readLines(await copyRows(db, linesOf(from, to)));
  return { from, to, events, accounts, entries, lines };
}

function eventsOf(from: number, to: number): string {
  return `select position, ledger_id::bigint, case type when 'EntryPosted' then payload end,
      type = 'AccountCreated'
    from ledger.events where position > ${from} and position <= ${to} order by position`;
}

function readEvents(rows: CopyRows): BlockEvent[] {
  const events: BlockEvent[] = [];
  while (rows.next()) {
    const [position, ledger, payload] = [rows.integer(), rows.integer(), rows.bytes()];
    const isOpening = rows.boolean();
    events.push({
      position,
      ledger,
      payload: payload.length === 0 ? undefined : payload,
      isOpening,
    });
  }
  return events;
}

function accountsOf(ledgers: readonly BlockLedger[], from: number, to: number): string {
  const ids = ledgers.map(({ id }) => id).join(',');
  return `select id::text, ledger_id::bigint, currency, normal_side from ledger.accounts
    where ledger_id = any('{${ids}}') and created_position > ${from} and created_position <= ${to}`;
}

function readAccounts(rows: CopyRows): AccountFacts[] {
  const accounts: AccountFacts[] = [];
  while (rows.next())
    accounts.push({
      id: rows.ascii(),
      ledger: rows.integer(),
      currency: rows.text(),
      side: sideOf(rows.ascii()),
    });
  return accounts;
}

function entriesOf({ id, lastNumber }: BlockLedger, most: number, to: number): string {
  return `select entry_number, position, id::text, transfer_id::text, batch_id, reverses::text, forced,
      description, metadata, posted_at, effective_at, hash
    from ledger.entries where ledger_id = ${id} and entry_number > ${lastNumber}
      and entry_number <= ${lastNumber + most} and position <= ${to} order by entry_number`;
}

/** @returns the last number */
function readEntries(rows: CopyRows, { name, lastNumber }: BlockLedger, entries: BlockEntry[]): number {
  let last = lastNumber;
  while (rows.next()) {
    last = rows.integer();
    entries.push({
      ledger: name,
      number: last,
      position: rows.integer(),
      id: rows.ascii(),
      transferId: rows.asciiOrNull(),
      batchId: rows.textOrNull(),
      reverses: rows.asciiOrNull(),
      forced: rows.boolean(),
      description: rows.textOrNull(),
      metadata: rows.text(),
      postedAt: rows.time(),
      effectiveAt: rows.time(),
      hash: rows.bytes().toString('hex'),
      lines: noLines,
      previousHash: '',
    });
  }
  return last;
}

function linesOf(from: number, to: number): string {
  return `select position, account_id::text, entry_number, side, amount_minor, balance_after_minor,
      debits_after_minor, held_after_minor, incoming_after_minor, version, posted_at, effective_at
    from ledger.lines where position > ${from} and position <= ${to} order by position, line_number`;
}

function readLines(rows: CopyRows): PlacedLine[] {
  const lines: PlacedLine[] = [];
  while (rows.next()) {
    lines.push({
      position: rows.integer(),
      account: rows.ascii(),
      entryNumber: rows.integer(),
      side: sideOf(rows.ascii()),
      amount: rows.bigint(),
      balanceAfter: rows.bigint(),
      debitsAfter: rows.bigint(),
      heldAfter: rows.bigint(),
      incomingAfter: rows.bigint(),
      version: rows.integer(),
      postedAt: rows.time(),
      effectiveAt: rows.time(),
      currency: '',
      slot: -1,
    });
  }
  return lines;
}

function sideOf(text: string): Side {
  return text === 'DEBIT' ? 'DEBIT' : 'CREDIT';
}

/** Events as the archive has them. */
export function toBlockEvents(
  events: readonly LoggedEvent[],
  ledgers: readonly BlockLedger[],
): BlockEvent[] {
  return events.map(({ position, ledger, type, payload }) => ({
    position,
    ledger: ledgers.find(({ name }) => name === ledger)?.id ?? 0,
    payload: type === 'EntryPosted' ? Buffer.from(payload) : undefined,
    isOpening: type === 'AccountCreated',
  }));
}
