import { isoScale } from '@credit-ledger/contract/currencies.ts';
import type { StatementLineOut, StatementOut } from '@credit-ledger/contract/statements.ts';
import { readAccount } from '../ledger/read-accounts.ts';
import { found, type Answer, type Queryable } from '../ledger/read-answer.ts';
import { listRegisteredCurrencies } from '../ledger/read-ledgers.ts';
import { ledgerSource } from '../ledger/read-source.ts';
import { readStatement, type StatementRequest } from '../ledger/read-statement.ts';
import type { AccountSettings } from '../ledger/state.ts';

/** Lines read at a time: what one statement holds in memory. */
const rowsPerRead = 2000;

/** What is known of a statement before its first line is written, and its lines, the oldest first. */
export interface WholeStatement {
  readonly account: AccountSettings;
  /** Decimal digits of the currency. */
  readonly scale: number;
  /** RFC 3339. */
  readonly from: string;
  readonly to: string;
  readonly asOfPosition: number;
  readonly opening: bigint;
  readonly closing: bigint;
  readonly debits: bigint;
  readonly credits: bigint;
  readonly debitCount: number;
  readonly creditCount: number;
  readonly pages: () => AsyncGenerator<readonly StatementLineOut[], void, undefined>;
}

export type WholeRequest = Omit<StatementRequest, 'limit' | 'cursor' | 'order'>;

/**
 * A statement as people send it: with totals and closing balance before its lines. It is read twice in pieces of
 * bounded size, both times frozen at the position of the first piece; each piece is a snapshot of its own, so a
 * slow download holds no transaction open. Refused as `readStatement`.
 * @param ledgerDb where accounts and currencies are; `db` may be the database of the read models
 */
export async function readWholeStatement(
  { db, ledgerDb }: { readonly db: Queryable; readonly ledgerDb: Queryable },
  ledger: string,
  ref: string,
  request: WholeRequest,
  source = ledgerSource,
): Promise<Answer<WholeStatement>> {
  const readPage = async (cursor: string | undefined): Promise<Answer<StatementOut>> =>
    readStatement(db, ledger, ref, { ...request, order: 'asc', limit: rowsPerRead, cursor }, source);
  const account = await readAccount(ledgerDb, ledger, ref);
  if (account.kind === 'refused') return account;
  const first = await readPage(undefined);
  if (first.kind === 'refused') return first;
  const pages = () => followPages(first.value, readPage);
  const { settings } = account.value;
  const { from, to, as_of_position: asOfPosition, opening_balance_minor: opening } = first.value;
  const scale = await scaleOf(ledgerDb, settings.currency);
  const sums = await sumUp(pages(), settings, opening);
  return found({ account: settings, scale, from, to, asOfPosition, opening, ...sums, pages });
}

async function* followPages(
  first: StatementOut,
  readPage: (cursor: string) => Promise<Answer<StatementOut>>,
): AsyncGenerator<readonly StatementLineOut[], void, undefined> {
  yield first.lines;
  let cursor = first.next_cursor;
  while (cursor !== null) {
    const page = await readPage(cursor);
    if (page.kind === 'refused')
      throw new Error(`the statement can not be continued: ${page.refusal.detail}`);
    yield page.value.lines;
    cursor = page.value.next_cursor;
  }
}

async function sumUp(
  pages: AsyncIterable<readonly StatementLineOut[]>,
  { normalSide }: AccountSettings,
  opening: bigint,
) {
  const sums = { debits: 0n, credits: 0n, debitCount: 0, creditCount: 0 };
  for await (const lines of pages) {
    for (const { side, amount_minor: amount } of lines) {
      if (side === 'DEBIT') sums.debits += amount;
      else sums.credits += amount;
      sums[side === 'DEBIT' ? 'debitCount' : 'creditCount'] += 1;
    }
  }
  const net = sums.credits - sums.debits;
  return { ...sums, closing: opening + (normalSide === 'CREDIT' ? net : -net) };
}

async function scaleOf(db: Queryable, currency: string): Promise<number> {
  const iso = isoScale(currency);
  if (iso !== undefined) return iso;
  const registered = await listRegisteredCurrencies(db);
  return registered.find(({ code }) => code === currency)?.scale ?? 0;
}
