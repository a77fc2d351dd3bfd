import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entriesOf, readMetrics } from './metrics.ts';
import type { Options } from './options.ts';
import type { Section } from './report.ts';
import type { BenchServer } from './server.ts';

const program = join(import.meta.dirname, '..', 'src', 'cli.ts');
const rowsMax = 200_000;
const customers = 1000;
const batchesAtOnce = 4;

const mapping = {
  accounts: [
    { external_id: 'csv-cash', type: 'ASSET', currency: 'USD' },
    { external_id: '{customer}', currency: 'USD' },
  ],
  key: '{id}',
  transfer: {
    from: { cases: [{ if: { kind: 'in' }, use: 'ext:csv-cash' }], else: 'ext:{customer}' },
    to: { cases: [{ if: { kind: 'in' }, use: 'ext:{customer}' }], else: 'ext:csv-cash' },
    amount: '{amount}',
    currency: 'USD',
    effective_at: '{at}',
    description: '{text}',
  },
};

/** How fast rows of a CSV file are imported by the command over HTTP, its start and its first reading included. */
export async function measureCsv(server: BenchServer, options: Options): Promise<Section> {
  const rows = Math.min(options.transfers, rowsMax);
  const folder = mkdtempSync(join(tmpdir(), 'credit-ledger-bench-csv-'));
  try {
    writeFileSync(join(folder, 'rows.csv'), makeRows(rows));
    writeFileSync(join(folder, 'map.json'), JSON.stringify(mapping));
    const before = entriesOf(await readMetrics(server));
    const inOrder = await runImport(server, folder, 1);
    const again = await runImport(server, folder, 1);
    writeFileSync(join(folder, 'rows.csv'), makeRows(rows, rows));
    const atOnce = await runImport(server, folder, batchesAtOnce);
    const entries = entriesOf(await readMetrics(server)) - before;
    const perSecond = rows / atOnce;
    return {
      title: `Import of ${rows.toLocaleString('en-US')} rows of CSV over HTTP`,
      columns: ['what', 'rows per second'],
      rows: [
        ['in the order of the file', rows / inOrder],
        ['the same file again', rows / again],
        [`${batchesAtOnce} batches at once`, perSecond],
      ],
      targets: [{ name: 'imported', actual: perSecond, goal: 10_000, at: 'least', unit: 'rows/s' }],
      checks: [{ name: 'entries', expected: 2 * rows, actual: entries }],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Rows whose ids begin after a number. */
function makeRows(count: number, after = 0): string {
  const rows = ['id,at,customer,kind,amount,text'];
  for (let row = after + 1; row <= after + count; row += 1) {
    const customer = `csv-customer-${row % customers}`;
    const cents = String(row % 100).padStart(2, '0');
    rows.push(
      `${row},2026-03-01T00:00:00Z,${customer},${row % 3 === 0 ? 'out' : 'in'},12.${cents},Row ${row}`,
    );
  }
  return rows.join('\n');
}

/** @returns seconds from the start of the command to its end. @throws where it did not import all */
async function runImport(
  { url, adminKey }: BenchServer,
  folder: string,
  atOnce: number,
): Promise<number> {
  const args = ['import', 'csv', join(folder, 'rows.csv'), '--mapping', join(folder, 'map.json')];
  args.push('--at-once', String(atOnce));
  const env = { ...process.env, CREDIT_LEDGER_URL: url, CREDIT_LEDGER_API_KEY: adminKey };
  const begun = performance.now();
  const child = spawn(process.execPath, [program, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(`the import ended with ${status}: ${output}`);
  return (performance.now() - begun) / 1000;
}
