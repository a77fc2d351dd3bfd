import { hash } from 'node:crypto';
import { createWriteStream, statSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { isoScale } from '@credit-ledger/contract/currencies.ts';
import {
  isProblem,
  type CreditLedger,
  type OpenAccountBody,
  type PostTransferBody,
} from '@credit-ledger/sdk/client.ts';
import { writeCsvRow } from '../runtime/csv.ts';
import {
  isGiven,
  numberOf,
  requireFile,
  requireText,
  textOf,
  type Command,
  type Given,
  type Surface,
} from './command.ts';
import { Bodies, type Fault, type ScaleOf } from './csv-bodies.ts';
import { readMapping, type Mapping } from './csv-mapping.ts';
import { readRows } from './csv-rows.ts';
import { clearBar, showBar } from './wait-for.ts';

const batchMax = 1000;
/** The bodies of a file up to this size are kept from its first reading; a larger one is read twice. */
const keptBytesMax = 16 * 1024 ** 2;
/** Of the bad rows, so many are shown; all are in the report. */
const shownMax = 20;

interface Plan {
  readonly rows: number;
  readonly accounts: readonly OpenAccountBody[];
  readonly faults: readonly Fault[];
  /** The transfers of all good rows; undefined where the file is too large to keep them. */
  readonly items: readonly Item[] | undefined;
}

interface Item {
  readonly line: number;
  readonly body: PostTransferBody;
}

/** Imports accounts and transfers from a CSV file through the batch API, as often as wanted with one effect. */
export const importCsv: Command = {
  summary: 'Import accounts and transfers from a CSV file; run it again to go on after a stop',
  usage: '<file.csv>',
  options: {
    mapping: { type: 'string', value: '<file.json>', describe: 'How columns become fields; needed' },
    'dry-run': { type: 'boolean', describe: 'Report every bad row, and do nothing' },
    'skip-bad': { type: 'boolean', describe: 'Import the others although some rows are bad' },
    'create-ledger': { type: 'boolean', describe: 'Make the ledger of --ledger first' },
    'at-once': {
      type: 'string',
      value: '<n>',
      describe:
        'Batches in flight, 1 when absent; more are faster where the order of rows does not matter',
    },
    report: {
      type: 'string',
      value: '<file.csv>',
      describe: 'Where every bad or refused row is written',
    },
  },
  examples: [
    [
      'credit-ledger import csv bank.csv --mapping bank.json --dry-run',
      'line, column and what is wrong',
    ],
    ['credit-ledger import csv bank.csv --mapping bank.json --ledger bank --create-ledger', ''],
  ],
  run: async (given, surface) => {
    const file = requireFile(given);
    const map = readMapping(requireText(given, 'mapping'));
    const isDry = isGiven(given, 'dry-run');
    const client = isDry ? undefined : await surface.connect(given);
    if (isGiven(given, 'create-ledger')) await createLedger(client, textOf(given, 'ledger'));
    const scaleOf = await readScales(client);
    const plan = await readPlan(file, map, scaleOf);
    if (plan.faults.length > 0) await report(given, surface, plan.faults);
    const isBad = plan.faults.length > 0 && !isGiven(given, 'skip-bad');
    const bad = new Set(plan.faults.map(({ line }) => line)).size;
    if (client === undefined || isBad) {
      surface.out(
        `${plan.rows} rows, ${bad} of them bad, ${plan.accounts.length} accounts; nothing was imported\n`,
      );
      return plan.faults.length > 0 ? 1 : 0;
    }
    return importPlan(client, { file, map, scaleOf, plan, given }, surface);
  },
};

async function createLedger(client: CreditLedger | undefined, name = 'main'): Promise<void> {
  try {
    await client?.createLedger({ name }, { idempotencyKey: `csv-ledger-${name}`, ledger: 'main' });
  } catch (error) {
    if (!isProblem(error, 'ledger_name_taken') && !isProblem(error, 'idempotency_key_reused'))
      throw error;
  }
}

/** A dry run knows the currencies of ISO 4217; a server may have more. */
async function readScales(client: CreditLedger | undefined): Promise<ScaleOf> {
  const known = new Map<string, number>();
  if (client !== undefined)
    for await (const { code, scale } of client.listCurrencies({ limit: 1000 })) known.set(code, scale);
  return (currency) => isoScale(currency) ?? known.get(currency);
}

/** Goes through the whole file before anything is sent. */
async function readPlan(file: string, map: Mapping, scaleOf: ScaleOf): Promise<Plan> {
  const bodies = new Bodies(map, scaleOf);
  const accounts = new Map<string, OpenAccountBody>();
  const items =
    (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > keptBytesMax
      ? undefined
      : new Array<Item>();
  let rows = 0;
  for await (const row of readRows(file, map)) {
    rows++;
    const body = map.transfer === undefined ? undefined : bodies.transferOf(row, map.transfer);
    if (body !== undefined) items?.push({ line: row.line, body });
    for (const rule of map.accounts) {
      const account = bodies.accountOf(row, rule, accounts);
      if (account?.external_id != null) accounts.set(account.external_id, account);
    }
  }
  return { rows, accounts: [...accounts.values()], faults: bodies.faults, items };
}

/** The transfers of all good rows, read once more. */
async function* readItems({ file, map, scaleOf, plan }: Work): AsyncGenerator<Item> {
  if (map.transfer === undefined) return;
  const bodies = new Bodies(map, scaleOf);
  const bad = new Set(plan.faults.map(({ line }) => line));
  for await (const row of readRows(file, map)) {
    const body = bad.has(row.line) ? undefined : bodies.transferOf(row, map.transfer, true);
    if (body !== undefined) yield { line: row.line, body };
  }
}

interface Work {
  readonly file: string;
  readonly map: Mapping;
  readonly scaleOf: ScaleOf;
  readonly plan: Plan;
  readonly given: Given;
}

async function importPlan(client: CreditLedger, work: Work, surface: Surface): Promise<number> {
  const { plan, given } = work;
  const begun = performance.now();
  const refused = await openAccounts(client, plan.accounts);
  const posted = await postRows(client, work, surface, refused);
  clearBar(surface);
  const seconds = (performance.now() - begun) / 1000;
  if (refused.length > 0) await report(given, surface, refused);
  const rate = Math.round(plan.rows / Math.max(seconds, 0.001));
  surface.out(
    `${plan.rows} rows in ${seconds.toFixed(1)} s (${rate} a second): ${plan.accounts.length} accounts, ` +
      `${posted} transfers done, ${refused.length} refused\n`,
  );
  return refused.length === 0 ? 0 : 1;
}

async function openAccounts(
  client: CreditLedger,
  accounts: readonly OpenAccountBody[],
): Promise<Fault[]> {
  const refused: Fault[] = [];
  for (let at = 0; at < accounts.length; at += batchMax) {
    const batch = accounts.slice(at, at + batchMax);
    const idempotencyKey = `csv-accounts-${digestOf(batch)}`;
    const { results } = await client.openAccounts(
      { accounts: batch },
      { idempotencyKey, refusedOnly: true },
    );
    for (const { index, error } of results)
      // One that is there already is what an import by parts expects.
      if (error !== undefined && error.code !== 'external_id_taken')
        refused.push({
          line: 0,
          column: '',
          value: batch[index]?.external_id ?? '',
          what: error.detail,
        });
  }
  return refused;
}

/** Of everything that the bodies say. */
function digestOf(bodies: readonly object[]): string {
  let text = '';
  for (const body of bodies)
    for (const value of Object.values(body))
      text += `${typeof value === 'object' ? JSON.stringify(value) : String(value)}\u001f`;
  return hash('sha256', text, 'base64url').slice(0, 32);
}

/**
 * One batch after the other, so that rows are judged in the order of the file; several at once where that does not
 * matter. @returns how many were done
 */
async function postRows(
  client: CreditLedger,
  work: Work,
  surface: Surface,
  refused: Fault[],
): Promise<number> {
  const { plan, given } = work;
  let [posted, seen] = [0, 0];
  let batch: Item[] = [];
  const atOnce = numberOf(given, 'at-once') ?? 1;
  const sent: Promise<number>[] = [];
  const send = async (): Promise<void> => {
    if (sent.length >= atOnce) posted += (await sent.shift()) ?? 0;
    showBar(surface, `${seen} of ${plan.rows} rows`, seen / plan.rows);
    const next = postBatch(client, batch, refused);
    // The next rows are read meanwhile; a failure is met when this batch is waited for.
    next.catch(() => undefined);
    sent.push(next);
    batch = [];
  };
  for await (const item of plan.items ?? readItems(work)) {
    seen++;
    batch.push(item);
    if (batch.length === batchMax) await send();
  }
  if (batch.length > 0) await send();
  for (const last of sent) posted += await last;
  return posted;
}

async function postBatch(
  client: CreditLedger,
  items: readonly Item[],
  refused: Fault[],
): Promise<number> {
  const transfers = items.map(({ body }) => body);
  const { results, posted } = await client.postTransfers(
    { mode: 'independent', transfers },
    { idempotencyKey: `csv-batch-${digestOf(transfers)}`, timeoutMs: 120_000, refusedOnly: true },
  );
  for (const { index, error } of results)
    if (error !== undefined)
      refused.push({
        line: items[index]?.line ?? 0,
        column: '',
        value: '',
        what: `${error.code}: ${error.detail}`,
      });
  return posted;
}

/** Shows the first faults, and writes all of them where a report is wanted. */
async function report(given: Given, { err }: Surface, faults: readonly Fault[]): Promise<void> {
  for (const { line, column, value, what } of faults.slice(0, shownMax))
    err(`line ${line}${column === '' ? '' : `, ${column} (${value})`}: ${what}\n`);
  if (faults.length > shownMax) err(`and ${faults.length - shownMax} more; --report <file> has all\n`);
  const file = textOf(given, 'report');
  if (file === undefined) return;
  const out = createWriteStream(file, { flush: true });
  out.write(writeCsvRow(['line', 'column', 'value', 'what']));
  for (const { line, column, value, what } of faults)
    out.write(writeCsvRow([line, column, value, what]));
  out.end();
  await finished(out);
}
