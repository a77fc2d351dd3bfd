import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { hasProgram } from '../../tools/programs.ts';
import { runCli, runProgram } from '../support/cli.ts';
import { createDatabase } from '../support/databases.ts';
import { rowsIn } from '../support/http.ts';
import { callsTo, startOn, startProduct, type Product } from '../support/product.ts';

async function temporary(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'export-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Accounts of several currencies and classes, and entries of all kinds. */
async function furnish(product: Product): Promise<void> {
  const { open, move, post, call } = product;
  await post('/v1/currencies', { code: 'PTS2', scale: 3 }, 'pts');
  await open('a', {
    opening_balance_minor: 100_000,
    name: 'Zoë; "quoted" | bar',
    credit_limit_minor: 0,
  });
  await open('b', { credit_limit_minor: null });
  await open('cash', { type: 'ASSET', currency: 'JPY' });
  await open('yen', { currency: 'JPY', type: 'INCOME' });
  for (const name of ['p', 'q']) await open(name, { currency: 'PTS2' });
  for (let n = 1; n <= 5; n += 1)
    await move(`m${n}`, 'a', 'b', n * 7, { description: `line "${n}"; a|b`, metadata: { n } });
  const held = await move('h', 'a', 'b', 50, { hold: true });
  const settle = `/v1/transfers/${String(held.json['id'])}/settle`;
  await post(settle, { amount_minor: 20, keep_remaining: true }, 's', 200);
  await call('PATCH', '/v1/accounts/ext:b', { body: { name: 'renamed' } });
  await move('m9', 'b', 'a', 3);
  await move('p', 'p', 'q', 1234, { currency: 'PTS2', effective_at: '2020-02-29T12:00:00Z' });
  const lines = [
    ['cash', 'DEBIT', 500],
    ['yen', 'CREDIT', 500],
    ['a', 'DEBIT', 11],
    ['b', 'CREDIT', 11],
  ].map(([name, side, amount_minor]) => ({ account_id: `ext:${String(name)}`, side, amount_minor }));
  await post('/v1/entries', { lines, batch_id: 'b-1' }, 'entry');
  assert.equal((await call('POST', '/v1/admin/seals')).status, 201);
}

test('an export verifies by itself and imports into an empty ledger with the same hashes', async (t) => {
  const product = await startProduct(t);
  await furnish(product);
  const folder = await temporary(t);
  const file = join(folder, 'main.ndjson');
  const headers = { authorization: `Bearer ${product.server.adminKey}`, accept: 'application/x-ndjson' };
  const answer = await fetch(`${product.server.url}/v1/export`, { headers });
  assert.equal(answer.status, 200);
  await writeFile(file, await answer.text());
  const nowhere = await product.call('GET', '/v1/export', { headers: { ledger: 'nowhere' } });
  assert.equal(
    `${nowhere.status} ${String(nowhere.json['code'])}`,
    '404 ledger_not_found',
    nowhere.text,
  );
  const [key] = rowsIn(await product.get('/v1/seals/keys'), 'data').map((row) => String(row['key']));
  const ran = await runCli(['verify', '--export', file, '--key', key ?? '']);
  assert.equal(ran.status, 0, ran.out + ran.err);

  const target = await createDatabase(t);
  const imported = await runCli(['import', file, '--database-url', target.url]);
  assert.equal(imported.status, 0, imported.err);
  const again = await runCli(['import', file, '--database-url', target.url]);
  assert.match(again.err, /not empty/);
  const verified = await runCli(['verify', '--database-url', target.url, '--seal-dir', folder]);
  assert.equal(verified.status, 0, verified.out + verified.err);
  const copy = callsTo(await startOn(t, target));
  const journal = async (calls: typeof copy) =>
    (await calls.get('/v1/entries?limit=1000')).text.replaceAll(/"position":\d+/g, '');
  assert.equal(await journal(copy), await journal(product));
  for (const name of ['a', 'b', 'p', 'q', 'cash', 'yen']) {
    const [balance] = await copy.amounts(name);
    assert.equal(balance, (await product.amounts(name))[0], name);
  }
  assert.equal((await copy.move('on', 'a', 'b', 1)).status, 201, 'the copy goes on');
});

test('an export that was changed or cut off is not whole, and nothing of it is imported', async (t) => {
  const product = await startProduct(t);
  await furnish(product);
  const folder = await temporary(t);
  const file = join(folder, 'main.ndjson');
  const made = await runCli(['export', '--database-url', product.database.url, '--out', file]);
  assert.equal(made.status, 0, made.err);
  const text = await readFile(file, 'utf8');
  const target = await createDatabase(t);
  const sql = await target.connect();
  const forgeries: [string, RegExp][] = [
    [text.replace('"amount_minor":14,', '"amount_minor":15,'), /not what|computed/],
    [text.replace(/\{"entry":\{[^\n]*"entry_number":4,[^\n]*\n/, ''), /5 follows 3/],
    [text.slice(0, text.lastIndexOf('{"end"')), /its end is missing/],
    [text.replace(/\n\{"entry"/, '\nnonsense\n{"entry"'), /line \d+ is no record/],
    [text.replace(/"entry_count":\d+/, '"entry_count":99'), /it says 99 entries/],
  ];
  for (const [forged, says] of forgeries) {
    assert.notEqual(forged, text);
    await writeFile(file, forged);
    const checked = await runCli(['verify', '--export', file]);
    assert.equal(checked.status, 1, checked.out);
    assert.match(checked.out + checked.err, says);
    const imported = await runCli(['import', file, '--database-url', target.url]);
    assert.equal(imported.status, 1);
    const { rows } = await sql.query<{ n: string }>(
      'select (select count(*) from ledger.entries) + (select count(*) from ledger.accounts) as n',
    );
    assert.equal(rows[0]?.n, '0');
  }
});

/** Balances by currency and account, debits positive, of what a program prints as `amount currency account`. */
const programs: readonly (readonly [format: string, run: (file: string) => Promise<string>])[] = [
  [
    'hledger',
    (file) => print('hledger', ['-f', file, 'balance', '--flat', '--empty', '--no-total', '-O', 'csv']),
  ],
  [
    'ledger',
    (file) =>
      print('ledger', [
        '-f',
        file,
        'balance',
        '--flat',
        '--empty',
        '--no-total',
        '--balance-format',
        '%A,%T\n',
      ]),
  ],
  [
    'beancount',
    async (file) => {
      await print('bean-check', [file]);
      return print('bean-query', [
        '-q',
        '-f',
        'csv',
        file,
        'select account, sum(position) group by account',
      ]);
    },
  ],
];

async function print(name: string, args: string[]): Promise<string> {
  const ran = await runProgram(name, args, { LANG: 'C.UTF-8' });
  assert.equal(ran.status, 0, `${name}: ${ran.err}${ran.out}`);
  return ran.out;
}

const absent = ['hledger', 'ledger', 'bean-check', 'bean-query'].filter((name) => !hasProgram(name));
const skip = absent.length > 0 && process.env['CI'] !== 'true' ? `needs ${absent.join(', ')}` : false;

test(
  'hledger, ledger and beancount accept the export and total to the same balances',
  { skip },
  async (t) => {
    const product = await startProduct(t);
    await furnish(product);
    const folder = await temporary(t);
    const accounts = rowsIn(await product.get('/v1/accounts?limit=1000'), 'data');
    const scales: Record<string, number> = { USD: 2, JPY: 0, PTS2: 3 };
    for (const [format, run] of programs) {
      const text = (await product.get(`/v1/export?format=${format}`)).text;
      const file = join(folder, `main.${format}`);
      await writeFile(file, text);
      const printed = await run(file);
      for (const account of accounts) {
        const currency = String(account['currency']);
        const sign = account['normal_side'] === 'DEBIT' ? 1 : -1;
        const expected = (sign * Number(account['balance_minor'])) / 10 ** (scales[currency] ?? 0);
        const row = printed.split('\n').find((line) => line.includes(`A${String(account['id'])}`));
        const found = /-?[\d,.]+(?=\s*"*[A-Z])|(?<=,|,")-?0(?="?$)/.exec(
          row?.replace(/^[^,]*,/, ',') ?? '',
        )?.[0];
        assert.equal(Number(found?.replaceAll(',', '') ?? 0), expected, `${format}: ${String(row)}`);
      }
    }
  },
);
