import { balanceOut } from '@credit-ledger/contract/accounts.ts';
import { trialBalanceOut } from '@credit-ledger/contract/reports.ts';
import { statementLineOut } from '@credit-ledger/contract/statements.ts';
import { z } from 'zod';
import type { Api } from './api.ts';
import { customerId } from './bank-booking.ts';
import type { BankRow } from './bank-rows.ts';

/** The bank rounded to 0.10 CZK, so that its balances drift from the exact sum. */
const driftMax = 100n;
/** Statements read at once. */
const readersMax = 8;
const pageMax = 1000;

const line = statementLineOut.pick({ effective_at: true, balance_after_minor: true });
const page = z.object({ lines: line.array(), next_cursor: z.string().nullable() });
const balance = balanceOut.pick({ balance_minor: true });
const report = trialBalanceOut.pick({ rows: true, totals: true });

/** What the ledger itself says of the year; amounts in minor units. */
export interface Book {
  readonly customers: number;
  readonly credits: bigint;
  readonly debits: bigint;
  readonly ends: bigint;
  readonly accountDays: number;
  /** Account-days that end within 1.00 CZK of a balance the bank gives for that day. */
  readonly daysClose: number;
  readonly lines: number;
  readonly totalDebits: bigint;
  readonly totalCredits: bigint;
}

/** Reads every customer's statement by effective time, the trial balance, and the balance of one account. */
export async function readBook(
  api: Api,
  rows: readonly BankRow[],
  account: string,
  onRead: (accounts: number) => void,
): Promise<Book> {
  const bankBalances = balancesByDay(rows);
  const customers = [...new Set(rows.map((row) => row.account))];
  let accountDays = 0;
  let daysClose = 0;
  let lines = 0;
  const readOne = async (customer: string): Promise<void> => {
    const read = await readLines(api, customer);
    const ends = endsByDay(read);
    lines += read.length;
    accountDays += ends.size;
    for (const [date, end] of ends)
      if (isClose(end, bankBalances.get(`${customer} ${date}`) ?? [])) daysClose += 1;
    onRead(1);
  };
  await forEachAtOnce(customers, readersMax, readOne);
  const ends = balance.parse(
    (await get(api, `/accounts/ext:${customerId(account)}/balance`)).body,
  ).balance_minor;
  return { ...(await readTotals(api)), ends, accountDays, daysClose, lines };
}

function balancesByDay(rows: readonly BankRow[]): Map<string, bigint[]> {
  const balances = new Map<string, bigint[]>();
  for (const { account, date, balance } of rows) {
    const day = `${account} ${date}`;
    const known = balances.get(day);
    if (known === undefined) balances.set(day, [balance]);
    else known.push(balance);
  }
  return balances;
}

type Line = z.output<typeof line>;

async function readLines(api: Api, customer: string): Promise<Line[]> {
  const path = `/accounts/ext:${customerId(customer)}/statements?by=effective&limit=${pageMax}`;
  const lines: Line[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const read = page.parse((await get(api, path + from)).body);
    lines.push(...read.lines);
    cursor = read.next_cursor;
  }
  return lines;
}

/** The balance after the last line of each date. */
function endsByDay(lines: readonly Line[]): Map<string, bigint> {
  return new Map(
    lines.map(({ effective_at: at, balance_after_minor: after }) => [at.slice(0, 10), after]),
  );
}

function isClose(end: bigint, balances: readonly bigint[]): boolean {
  return balances.some((balance) => balance - end <= driftMax && end - balance <= driftMax);
}

/** Every customer account is a liability of the bank, and nothing else is. */
async function readTotals(api: Api) {
  const { rows, totals } = report.parse((await get(api, '/reports/trial-balance')).body);
  const customers = rows.find((row) => row.type === 'LIABILITY');
  const total = totals.find((row) => row.currency === 'CZK');
  return {
    customers: customers?.accounts ?? 0,
    credits: customers?.credits_minor ?? 0n,
    debits: customers?.debits_minor ?? 0n,
    totalDebits: total?.debits_minor ?? 0n,
    totalCredits: total?.credits_minor ?? 0n,
  };
}

async function get(api: Api, path: string) {
  const answer = await api({ method: 'GET', path });
  if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}: ${answer.text}`);
  return answer;
}

async function forEachAtOnce<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const run = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, run));
}
