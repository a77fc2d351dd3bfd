import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { styleText } from 'node:util';
import { accountBatchMax, accountBatchOut } from '@credit-ledger/contract/accounts.ts';
import type { Json, JsonObject } from '@credit-ledger/contract/json.ts';
import { transferBatchMax, transferBatchOut } from '@credit-ledger/contract/transfers.ts';
import { z } from 'zod';
import type { Api, ApiAnswer } from './api.ts';
import { readBook } from './bank-book.ts';
import { accountsOf, transferOf } from './bank-booking.ts';
import { countFacts, publishedFacts, type BankFacts } from './bank-facts.ts';
import { readBankRows, type BankRow } from './bank-rows.ts';
import { printFacts, type Fact } from './facts-table.ts';
import { createProgressBar } from './progress-bar.ts';

const posted = transferBatchOut
  .pick({ posted: true, failed: true })
  .extend({ results: z.array(z.unknown()) });
const opened = accountBatchOut.pick({ failed: true });
const ledgerOut = z.object({ entry_count: z.int() });

interface Imported {
  readonly entriesNew: number;
  readonly batchesReplayed: number;
  readonly batches: number;
  readonly seconds: number;
}

/**
 * Posts a bank's year through the batch API, then reads the book back and compares it with what is known.
 * @returns whether every fact is as expected.
 */
export async function importBankYear(api: Api, ledger: string, file: string): Promise<boolean> {
  const text = readFileSync(file);
  const rows = readBankRows(text.toString('latin1'));
  const published = publishedFacts(createHash('sha256').update(text).digest('hex'));
  const { entriesNew, batches, batchesReplayed, seconds } = await importRows(api, ledger, rows);
  const rate = Math.round(rows.length / seconds);
  process.stdout.write(
    `${rows.length} rows in ${seconds.toFixed(1)} s, ${rate} rows/s: ${entriesNew} entries new, ` +
      `${batchesReplayed} of ${batches} batches replayed\n`,
  );
  const source = published === undefined ? 'counted in the file' : 'stated with the data set';
  process.stdout.write(`\nReading the book back; expected figures are those ${source}.\n`);
  const ok = printFacts(await compare(api, ledger, rows, published ?? countFacts(rows)));
  process.stdout.write(
    ok ? styleText('green', '\nEvery fact holds.\n') : styleText('red', '\nNot as expected.\n'),
  );
  return ok;
}

async function importRows(api: Api, ledger: string, rows: readonly BankRow[]): Promise<Imported> {
  const entriesBefore = await countEntries(api, ledger);
  await openAccounts(api, ledger, accountsOf(rows));
  const batches = [...chunksOf(rows, transferBatchMax)];
  const bar = createProgressBar('posting', rows.length);
  const start = performance.now();
  let batchesReplayed = 0;
  for (const [index, batch] of batches.entries()) {
    if (await postBatch(api, ledger, index, batch)) batchesReplayed += 1;
    bar.advance(batch.length);
  }
  const seconds = (performance.now() - start) / 1000;
  const entriesNew = (await countEntries(api, ledger)) - entriesBefore;
  return { entriesNew, batchesReplayed, batches: batches.length, seconds };
}

async function countEntries(api: Api, ledger: string): Promise<number> {
  return ledgerOut.parse((await api({ method: 'GET', path: `/ledgers/${ledger}` })).body).entry_count;
}

/** The keys are made of what is in the file, so that a run that was interrupted goes on where it ended. */
async function openAccounts(api: Api, ledger: string, accounts: readonly JsonObject[]): Promise<void> {
  for (const [index, batch] of [...chunksOf(accounts, accountBatchMax)].entries()) {
    const headers = { 'Idempotency-Key': `${ledger}/accounts/${index}` };
    const answer = await post(api, '/accounts/batch', { accounts: batch }, headers);
    if (opened.parse(answer.body).failed > 0)
      throw new Error(`accounts could not be opened: ${answer.text}`);
  }
}

/** Posts one batch. @returns whether it had been posted before. */
async function postBatch(
  api: Api,
  ledger: string,
  index: number,
  rows: readonly BankRow[],
): Promise<boolean> {
  const transfers = rows.map((row) => transferOf(row, ledger));
  const headers = { 'Idempotency-Key': `${ledger}/batch/${index}` };
  const answer = await post(api, '/transfers/batch', { mode: 'independent', transfers }, headers);
  const { failed, results } = posted.parse(answer.body);
  if (failed > 0) throw new Error(`${failed} rows were refused, such as ${firstRefusal(results)}`);
  return answer.headers.get('idempotency-replayed') === 'true';
}

const refusedItem = z.object({ index: z.int(), error: z.object({ detail: z.string() }) });

function firstRefusal(results: readonly unknown[]): string {
  const refused = results
    .map((result) => refusedItem.safeParse(result).data)
    .find((item) => item !== undefined);
  return refused === undefined ? 'none' : `item ${refused.index}: ${refused.error.detail}`;
}

async function post(
  api: Api,
  path: string,
  body: Json,
  headers: Record<string, string>,
): Promise<ApiAnswer> {
  const answer = await api({ method: 'POST', path, body, headers });
  if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}: ${answer.text}`);
  return answer;
}

function* chunksOf<Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

async function compare(
  api: Api,
  ledger: string,
  rows: readonly BankRow[],
  expected: BankFacts,
): Promise<Fact[]> {
  const bar = createProgressBar('reading', expected.accounts);
  const book = await readBook(api, rows, expected.account, (accounts) => bar.advance(accounts));
  return [
    { name: 'entries in the journal', expected: expected.rows, actual: await countEntries(api, ledger) },
    { name: 'customer accounts', expected: expected.accounts, actual: book.customers },
    { name: 'credits, minor units', expected: expected.credits, actual: book.credits },
    { name: 'debits, minor units', expected: expected.debits, actual: book.debits },
    { name: 'net, minor units', expected: expected.net, actual: book.credits - book.debits },
    { name: `account ${expected.account} ends at`, expected: expected.ends, actual: book.ends },
    { name: 'account-days', expected: expected.accountDays, actual: book.accountDays },
    {
      name: "… within 1.00 CZK of the bank's balance",
      expected: expected.accountDays,
      actual: book.daysClose,
    },
    { name: 'lines in the statements', expected: expected.rows, actual: book.lines },
    { name: 'whole book: debits = credits', expected: book.totalDebits, actual: book.totalCredits },
  ];
}
