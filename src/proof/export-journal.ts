import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import type { ClientBase } from 'pg';
import { viewLedger } from '../ledger/ledger-state.ts';
import { readHead } from '../ledger/read-ledgers.ts';
import {
  accountColumns,
  ledgerColumns,
  toAccount,
  toLedger,
  type AccountRow,
  type LedgerRow,
} from '../ledger/rows.ts';
import { genesisHash } from '../ledger/entry-hash.ts';
import type { Account, Entry, Ledger } from '../ledger/state.ts';
import { viewAccount, viewEntry } from '../ledger/views.ts';
import { journalTreeOf } from './checkpoint.ts';
import { exportFormat } from './export-record.ts';
import { listAllHeads } from './heads.ts';
import { readBlock, type Block, type BlockLedger } from './journal-blocks.ts';

const blockSize = 20_000;

/** A journal in its order, some records at a time. */
export type JournalPart =
  | { readonly kind: 'account'; readonly account: Account }
  | { readonly kind: 'entry'; readonly entry: Entry };

/** There is no ledger of this name. */
export class NoSuchLedger extends Error {
  override readonly name = 'NoSuchLedger';
}

/** What an export begins with. */
export interface ExportBegin {
  readonly ledger: Ledger;
  readonly position: number;
  readonly databaseId: string;
}

/**
 * Opens a snapshot of a ledger, in which `readJournal` reads. The connection is busy until its end.
 * @throws {NoSuchLedger}
 */
export async function beginExport(db: ClientBase, name: string): Promise<ExportBegin> {
  await db.query('begin isolation level repeatable read read only');
  const { position, databaseId } = await readHead(db);
  const { rows } = await db.query<LedgerRow>(
    `select ${ledgerColumns} from ledger.ledgers g where g.name = $1`,
    [name],
  );
  const [row] = rows;
  if (row === undefined) throw new NoSuchLedger(`there is no ledger ${name}`);
  return { ledger: toLedger(row), position, databaseId };
}

/** Accounts and entries of a ledger in the order in which they were recorded, block by block. */
export async function* readJournal(
  db: ClientBase,
  { ledger, position }: ExportBegin,
): AsyncGenerator<JournalPart[]> {
  const cursor: BlockLedger = { id: ledger.id, name: ledger.name, lastNumber: 0 };
  const currencies = new Map<string, string>();
  let previousHash = genesisHash;
  for (let from = 0; from < position; from += blockSize) {
    const block = await readBlock(db, [cursor], from, Math.min(from + blockSize, position));
    const accounts = await readAccounts(db, ledger.id, block);
    for (const { settings } of accounts) currencies.set(settings.id, settings.currency);
    const entries: Entry[] = [];
    for (const entry of entriesOf(block, currencies, previousHash)) {
      entries.push(entry);
      previousHash = entry.hash;
    }
    yield inOrder(accounts, entries);
  }
}

async function readAccounts(db: ClientBase, ledger: number, { from, to }: Block): Promise<Account[]> {
  const { rows } = await db.query<AccountRow>(
    `select ${accountColumns} from ledger.accounts a join ledger.ledgers g on g.id = a.ledger_id
      where a.ledger_id = $1 and a.created_position > $2 and a.created_position <= $3
      order by a.created_position`,
    [ledger, from, to],
  );
  return rows.map(toAccount);
}

function* entriesOf(
  { entries, lines }: Block,
  currencies: ReadonlyMap<string, string>,
  before: string,
): Generator<Entry> {
  const byPosition = Map.groupBy(lines, ({ position }) => position);
  let previousHash = before;
  for (const entry of entries) {
    entry.lines = byPosition.get(entry.position) ?? [];
    for (const line of entry.lines) line.currency = currencies.get(line.account) ?? '';
    entry.previousHash = previousHash;
    previousHash = entry.hash;
    yield entry;
  }
}

function inOrder(accounts: readonly Account[], entries: readonly Entry[]): JournalPart[] {
  const parts: { readonly at: number; readonly part: JournalPart }[] = [
    ...accounts.map((account) => ({
      at: account.settings.createdPosition,
      part: { kind: 'account', account } as const,
    })),
    ...entries.map((entry) => ({ at: entry.position, part: { kind: 'entry', entry } as const })),
  ];
  parts.sort((left, right) => left.at - right.at);
  return parts.map(({ part }) => part);
}

/** The whole ledger as NDJSON, in pieces of whole lines. @throws {NoSuchLedger} */
export async function* exportNdjson(
  db: ClientBase,
  name: string,
  now: () => number,
): AsyncGenerator<string> {
  const begin = await beginExport(db, name);
  const { ledger, position, databaseId } = begin;
  const exported_at = formatTime(now());
  const first = { format: exportFormat, database_id: databaseId, position, exported_at };
  yield `${stringifyJson({ ...first, ledger: { ...viewLedger(ledger), name: ledger.name } })}\n`;
  const heads = await listAllHeads(db);
  const own = heads.filter(({ tree }) => tree === journalTreeOf(name));
  yield own.map(({ note }) => `${stringifyJson({ head: note })}\n`).join('');
  const currencies = await db.query<{ code: string; scale: number }>(
    'select code, scale from ledger.currencies order by code',
  );
  yield currencies.rows.map((currency) => `${stringifyJson({ currency: { ...currency } })}\n`).join('');
  const counts = { accounts: 0, entries: 0 };
  for await (const parts of readJournal(db, begin)) {
    for (const { kind } of parts) counts[kind === 'account' ? 'accounts' : 'entries'] += 1;
    yield parts.map(lineOf).join('');
  }
  yield `${stringifyJson({ end: counts })}\n`;
  await db.query('commit');
}

function lineOf(part: JournalPart): string {
  const record =
    part.kind === 'entry'
      ? { entry: viewEntry(part.entry) }
      : { account: { ...viewAccount(part.account), external: part.account.settings.external } };
  return `${stringifyJson(record)}\n`;
}
