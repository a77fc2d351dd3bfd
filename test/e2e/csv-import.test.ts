import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CreditLedger } from '@credit-ledger/sdk/client.ts';
import { runCli, type Ran } from '../support/cli.ts';
import { startProduct, until } from '../support/product.ts';

const root = join(import.meta.dirname, '..', '..');

const mapping = {
  delimiter: ';',
  date_format: 'DD.MM.YYYY',
  decimal_mark: ',',
  ignore_sign: true,
  names: { shop: 'ext:shop', customer: 'ext:{customer_id}' },
  accounts: [{ external_id: '{customer_id}', name: '{name}', currency: 'EUR' }],
  transfer: {
    from: { cases: [{ if: { amount: { starts_with: '-' } }, use: '{customer}' }], else: '{shop}' },
    to: { cases: [{ if: { amount: { starts_with: '-' } }, use: '{shop}' }], else: '{customer}' },
    amount: '{amount}',
    currency: 'EUR',
    effective_at: '{day}',
    description: '{text}',
    metadata: { branch: '{branch}' },
  },
};
const header = 'customer_id;name;amount;day;text;branch';
const good = [
  'c1;"Ada; Countess";12,50;01.03.2026;"first\nof two lines";',
  'c2;Bob;-1.200,00;02.03.2026;back;north',
  'c1;Ada;3;03.03.2026;same;',
  'c1;Ada;3;03.03.2026;same;',
];

async function furnish(t: TestContext) {
  const { server } = await startProduct(t);
  const client = new CreditLedger({ url: server.url, apiKey: server.adminKey });
  await client.openAccount({ external_id: 'shop', currency: 'EUR' });
  const folder = mkdtempSync(join(tmpdir(), 'credit-ledger-csv-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'map.json'), JSON.stringify(mapping));
  const env = { CREDIT_LEDGER_URL: server.url, CREDIT_LEDGER_API_KEY: server.adminKey, NO_COLOR: '1' };
  const load = (rows: readonly string[], ...flags: string[]): Promise<Ran> => {
    const file = join(folder, 'rows.csv');
    writeFileSync(file, [header, ...rows].join('\n'));
    return runCli(['import', 'csv', file, '--mapping', join(folder, 'map.json'), ...flags], env);
  };
  const balanceOf = async (id: string) =>
    (await client.readBalance(`ext:${id}`, { consistency: 'strong' })).balance_minor;
  return { client, folder, load, balanceOf, env };
}

test('rows become accounts and transfers once, however often the file is imported or grows', async (t) => {
  const { client, load, balanceOf } = await furnish(t);
  const first = await load(good);
  assert.equal(first.status, 0, first.err);
  assert.match(first.out, /^4 rows .* 2 accounts, 4 transfers done, 0 refused/);
  // Two rows that are alike are two payments.
  assert.deepEqual([await balanceOf('c1'), await balanceOf('c2')], [1850n, -120_000n]);
  assert.equal((await load(good)).status, 0);
  assert.equal((await load(['c3;Cyd;1;04.03.2026;new;', ...good])).status, 0);
  assert.deepEqual(
    [await balanceOf('c1'), await balanceOf('c2'), await balanceOf('c3')],
    [1850n, -120_000n, 100n],
  );
  const [posted] = await client.listTransfers({ to: 'ext:shop', min_position: 1 }).take(1);
  assert.deepEqual(
    [posted?.effective_at, posted?.description, posted?.metadata],
    ['2026-03-02T00:00:00.000Z', 'back', { branch: 'north' }],
  );
});

test('a dry run names every bad row with its line, column and fault, and nothing is imported', async (t) => {
  const { load, folder, client, balanceOf } = await furnish(t);
  const bad = [
    ...good.slice(0, 1),
    'c2;Bob;12,505;02.03.2026;;',
    'c2;Bob;1;31.02.2026;;',
    'c2;Bob;abc;2026-03-02;;',
    ';Bob;1;02.03.2026;;',
    'c2;Bob;0;02.03.2026;;',
    'c2;Bob;1;02.03.2026',
  ];
  const report = join(folder, 'report.csv');
  const dry = await load(bad, '--dry-run', '--report', report);
  assert.equal(dry.status, 1);
  assert.match(dry.out, /^7 rows, 6 of them bad, .*; nothing was imported/);
  const rows = readFileSync(report, 'utf8').split('\r\n');
  assert.equal(rows[0], 'line,column,value,what');
  const expected = [
    /^4,amount,.*12,505.*more than the 2 decimals/,
    /^5,day,31\.02\.2026,effective_at: is not a day/,
    /^6,amount,abc,"amount: .*such as 12\.34/,
    /^6,day,2026-03-02,effective_at: is not a time such as DD\.MM\.YYYY/,
    /^7,.*customer_id.*/,
    /^8,amount,0,amount: has to be more than 0/,
    /^9,,,"line 9 has 4 cells, not 6"/,
  ];
  for (const line of expected)
    assert.ok(
      rows.some((row) => line.test(row)),
      `${line}: ${rows.join('\n')}`,
    );
  assert.equal((await load(bad)).status, 1);
  assert.equal((await client.listAccounts().take(10)).length, 1);
  const skipped = await load(bad, '--skip-bad');
  assert.match(skipped.out, /1 transfers done/);
  assert.equal(await balanceOf('c1'), 1250n);
});

test('rows that the ledger refuses are named, a wrong mapping or file is refused before all', async (t) => {
  const { load, client, folder, env } = await furnish(t);
  await client.openAccount({ external_id: 'c9', currency: 'EUR', credit_limit_minor: 0 });
  const refused = await load(['c9;Nine;-5;01.03.2026;too much;', ...good]);
  assert.equal(refused.status, 1);
  assert.match(refused.err, /^line 2: insufficient_funds/m);
  assert.match(refused.out, /4 transfers done, 1 refused/);
  writeFileSync(join(folder, 'map.json'), JSON.stringify({ ...mapping, transfers: {} }));
  assert.match((await load(good)).err, /Unrecognized key: "transfers"/);
  writeFileSync(join(folder, 'map.json'), JSON.stringify({ ...mapping, key: '{nr}' }));
  assert.match((await load(good)).err, /the file has no column nr; it has customer_id/);
  writeFileSync(join(folder, 'accounts.csv'), 'code,kind\n1000,ASSET\n2000,EQUITY\n3000,OTHER\n');
  const chart = { accounts: [{ external_id: '{code}', type: '{kind}', currency: 'EUR' }] };
  writeFileSync(join(folder, 'chart.json'), JSON.stringify(chart));
  const map = ['--mapping', join(folder, 'chart.json')];
  const missing = await runCli(['import', 'csv', join(folder, 'none.csv'), ...map, '--dry-run'], env);
  assert.match(missing.err, /^ENOENT: .*none\.csv'\n$/);
  const args = ['import', 'csv', join(folder, 'accounts.csv'), ...map];
  const half = await runCli([...args, '--skip-bad'], env);
  assert.match(half.err, /line 4, kind \(OTHER\): type/);
  assert.equal((await client.readAccount('ext:2000', { consistency: 'strong' })).type, 'EQUITY');
});

test('an import that is killed goes on where it was when it is run again', async (t) => {
  const { client, load, folder, env, balanceOf } = await furnish(t);
  const rows = Array.from(
    { length: 6000 },
    (_, index) => `c1;Ada;0,0${(index % 9) + 1};01.03.2026;${index};`,
  );
  writeFileSync(join(folder, 'rows.csv'), [header, ...rows].join('\n'));
  const program = join(root, 'src', 'cli.ts');
  const args = ['import', 'csv', join(folder, 'rows.csv'), '--mapping', join(folder, 'map.json')];
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, ...env } });
  const ended = once(child, 'exit');
  await until(async () => (await client.readLedger('main')).entry_count > 0, 'an entry of the import');
  child.kill('SIGKILL');
  await ended;
  const again = await load(rows);
  assert.match(again.out, /6000 transfers done, 0 refused/, again.err);
  assert.equal((await client.readLedger('main')).entry_count, 6000);
  const expected = rows.reduce((sum, _, index) => sum + BigInt((index % 9) + 1), 0n);
  assert.equal(await balanceOf('c1'), expected);
});

const bankFile = process.env['BERKA_FILE'];
const skip = bankFile === undefined ? { skip: 'BERKA_FILE names no file' } : {};

test("a real bank's year goes in with one command, and its books balance", skip, async (t) => {
  const { env, client } = await furnish(t);
  const args = ['import', 'csv', bankFile ?? '', '--mapping', join(root, 'demo', 'bank-mapping.json')];
  const ended = await runCli([...args, '--ledger', 'bank', '--create-ledger'], env);
  assert.equal(ended.status, 0, ended.err);
  assert.match(ended.out, /^28205 rows .* 28205 transfers done, 0 refused/);
  const report = await client.readTrialBalance({ consistency: 'strong' }, { ledger: 'bank' });
  assert.ok(report.balanced);
  const bank = await client.readLedger('bank');
  assert.equal(bank.entry_count, 28_205);
});
