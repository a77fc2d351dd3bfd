import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audit } from '../support/audit.ts';
import { rowsIn, summaryOf, type TestAnswer } from '../support/http.ts';
import { readExtent, startProduct, until, type Product } from '../support/product.ts';

test('accounts: their settings, their limits in time, their balances and statements', async (t) => {
  const product = await startProduct(t);
  for (const [name, work] of Object.entries(cases)) await t.test(name, () => work(product));
  assert.deepEqual(await audit(product.sql), []);
});

function patch(
  { call }: Product,
  name: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<TestAnswer> {
  return call('PATCH', `/v1/accounts/ext:${name}`, { body, headers });
}

const linesOf = (statement: TestAnswer) => rowsIn(statement, 'lines');

/** Moves 1 … 5, a commit each, and tells a moment that lies after the first two. */
async function fiveLines(product: Product, name: string): Promise<{ id: string; between: string }> {
  const id = await product.open(name);
  await product.open(`${name}-payer`);
  let between = '';
  for (const amount of [1, 2, 3, 4, 5]) {
    const { json, status } = await product.move(`${name}-${amount}`, `${name}-payer`, name, amount, {
      description: `=SUM(${amount})`,
      effective_at: `2025-01-0${6 - amount}T00:00:00Z`,
    });
    assert.equal(status, 201);
    if (amount === 2) {
      between = new Date(Date.parse(String(json['created_at'])) + 1).toISOString();
      // The database's clock has to pass the moment: its times are kept to the millisecond.
      await until(async () => Date.now() > Date.parse(between) + 1, 'the moment between has passed');
    }
  }
  return { id, between };
}

const cases: Readonly<Record<string, (product: Product) => Promise<void>>> = {
  'a change of settings raises the revision and the ETag; one that changes nothing writes nothing':
    async (product) => {
      await product.open('settings', { metadata: { keep: true } });
      const changed = await patch(product, 'settings', { name: 'Sam' });
      assert.deepEqual(
        [changed.status, changed.headers.get('etag'), changed.json['version']],
        [200, '"2"', 2],
      );
      assert.deepEqual(changed.json['metadata'], { keep: true }, 'absent keeps');
      const before = await readExtent(product.sql);
      const same = await patch(product, 'settings', { name: 'Sam' });
      assert.deepEqual([same.status, same.headers.get('etag')], [200, '"2"']);
      assert.equal(
        before.replace(/"keys" : \d+/, ''),
        (await readExtent(product.sql)).replace(/"keys" : \d+/, ''),
      );
      const cleared = await patch(product, 'settings', { name: null, metadata: null });
      assert.deepEqual([cleared.json['name'], cleared.json['metadata']], [null, {}], 'null clears');
    },
  'If-Match lets the change of the revision it names through, and no other': async (product) => {
    await product.open('match');
    const rows: readonly (readonly [tag: string, summary: string])[] = [
      ['"2"', '412 version_mismatch'],
      ['"01"', '412 version_mismatch'],
      ['"x"', '412 version_mismatch'],
      ['W/"1"', '400 invalid_request If-Match'],
      ['1', '400 invalid_request If-Match'],
      ['"1", "2"', '400 invalid_request If-Match'],
    ];
    for (const [tag, summary] of rows)
      assert.equal(
        summaryOf(await patch(product, 'match', { name: 'n' }, { 'if-match': tag })),
        summary,
        tag,
      );
    assert.equal((await product.get('/v1/accounts/ext:match')).json['version'], 1);
    assert.equal((await patch(product, 'match', { name: 'n' }, { 'if-match': '"1"' })).status, 200);
    assert.equal((await patch(product, 'match', { name: 'm' }, { 'if-match': '*' })).status, 200);
    const known = await product.call('GET', '/v1/accounts/ext:match', {
      headers: { 'if-none-match': '"3"' },
    });
    assert.deepEqual([known.status, known.text], [304, '']);
    const news = await product.call('GET', '/v1/accounts/ext:match', {
      headers: { 'if-none-match': '"2"' },
    });
    assert.deepEqual([news.status, news.headers.get('etag')], [200, '"3"']);
  },
  'a dated limit comes into force by itself, as an event': async (product) => {
    await product.open('dated', { credit_limit_minor: 100 });
    await product.open('dated-shop');
    assert.equal((await product.move('dated-1', 'dated', 'dated-shop', 80)).status, 201);
    const from = new Date(Date.now() + 400).toISOString();
    const planned = await patch(product, 'dated', {
      credit_limit_schedule: [{ from, limit_minor: 10 }],
    });
    assert.equal(planned.status, 200, planned.text);
    assert.equal(planned.json['credit_limit_minor'], 100);
    const read = () => product.get('/v1/accounts/ext:dated');
    await until(async () => (await read()).json['credit_limit_minor'] === 10, 'the limit is in force');
    const { json } = await read();
    assert.deepEqual([json['credit_limit_schedule'], json['revision']], [[], 3]);
    assert.ok(String(json['updated_at']) >= from);
    const { rows } = await product.sql.query(
      'select type from ledger.events where key = $1 order by position',
      [json['id']],
    );
    assert.deepEqual(
      rows.map((row: { type: string }) => row.type),
      ['AccountCreated', 'AccountUpdated', 'AccountUpdated'],
    );
    assert.equal(
      summaryOf(await product.move('dated-2', 'dated', 'dated-shop', 1)),
      '422 insufficient_funds',
    );
    assert.equal((await product.move('dated-3', 'dated-shop', 'dated', 75)).status, 201);
    assert.equal((await product.move('dated-4', 'dated', 'dated-shop', 5)).status, 201);
  },
  'lowering a limit below its use has to be allowed, and then nothing more flows out': async (
    product,
  ) => {
    await product.open('lower', { credit_limit_minor: 100 });
    await product.open('lower-shop');
    await product.move('lower-1', 'lower', 'lower-shop', 80);
    assert.equal(
      summaryOf(await patch(product, 'lower', { credit_limit_minor: 79 })),
      '409 limit_below_use',
    );
    assert.equal(
      (await patch(product, 'lower', { credit_limit_minor: 80 })).status,
      200,
      'exactly at the limit',
    );
    assert.equal(
      (await patch(product, 'lower', { credit_limit_minor: 0, allow_breach: true })).status,
      200,
    );
    assert.equal(
      summaryOf(await product.move('lower-2', 'lower', 'lower-shop', 1)),
      '422 insufficient_funds',
    );
  },
  'a balance is known at any past moment, by either clock': async (product) => {
    const { between } = await fiveLines(product, 'past');
    const balance = async (query: string) =>
      (await product.get(`/v1/accounts/ext:past/balance?${query}`)).json;
    assert.deepEqual((await balance(''))['balance_minor'], 15);
    const then = await balance(`at=${between}`);
    assert.deepEqual([then['balance_minor'], then['held_minor'], then['version']], [3, 0, 3]);
    const effective = await balance('effective_at=2025-01-02T12:00:00Z');
    assert.deepEqual(
      [effective['balance_minor'], effective['held_minor'], effective['available_minor']],
      [9, null, null],
    );
    const many = await product.get('/v1/balances?account_ids=ext:past,ext:past-payer');
    assert.deepEqual(
      [...many.text.matchAll(/"balance_minor":(-?\d+)/g)].map(([, amount]) => amount),
      ['15', '-15'],
    );
    const waited = await product.call('GET', '/v1/accounts/ext:past/balance', {
      headers: { 'min-position': '1' },
    });
    assert.equal(waited.status, 200);
  },
  'pages of a statement meet in the same balance and are frozen at the first': async (product) => {
    const { id } = await fiveLines(product, 'pages');
    const path = `/v1/accounts/${id}/statements`;
    const first = await product.get(`${path}?limit=2`);
    assert.deepEqual(
      [
        first.json['opening_balance_minor'],
        first.json['closing_balance_minor'],
        first.json['total_credits_minor'],
      ],
      [0, 3, 3],
    );
    await product.move('pages-later', 'pages-payer', 'pages', 1000);
    const second = await product.get(`${path}?limit=2&cursor=${String(first.json['next_cursor'])}`);
    const third = await product.get(`${path}?limit=2&cursor=${String(second.json['next_cursor'])}`);
    assert.equal(second.json['opening_balance_minor'], 3);
    assert.equal(third.json['opening_balance_minor'], second.json['closing_balance_minor']);
    assert.deepEqual([third.json['closing_balance_minor'], third.json['next_cursor']], [15, null]);
    assert.deepEqual(
      linesOf(third).map((line) => line['amount_minor']),
      [5],
    );
  },
  'a statement by the effective clock orders by it and runs its own balance': async (product) => {
    const { id } = await fiveLines(product, 'effective');
    const lines = linesOf(await product.get(`/v1/accounts/${id}/statements?by=effective`));
    assert.deepEqual(
      lines.map((line) => [line['amount_minor'], line['balance_after_minor']]),
      [
        [5, 5],
        [4, 9],
        [3, 12],
        [2, 14],
        [1, 15],
      ],
    );
  },
  'a statement from a moment opens with the balance of that moment': async (product) => {
    const { id, between } = await fiveLines(product, 'from');
    const later = await product.get(`/v1/accounts/${id}/statements?from=${between}`);
    assert.deepEqual([later.json['opening_balance_minor'], linesOf(later).length], [3, 3]);
    const earlier = await product.get(`/v1/accounts/${id}/statements?to=${between}&order=desc`);
    assert.deepEqual([earlier.json['closing_balance_minor'], linesOf(earlier).length], [3, 2]);
    const none = await product.get(`/v1/accounts/${id}/statements?from=${between}&to=${between}`);
    assert.deepEqual(
      [linesOf(none).length, none.json['opening_balance_minor'], none.json['closing_balance_minor']],
      [0, 3, 3],
    );
  },
  'a statement as CSV keeps a spreadsheet from running what was written into it': async (product) => {
    const { id } = await fiveLines(product, 'csv');
    const csv = await product.get(`/v1/accounts/${id}/statements?format=csv`);
    assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/);
    const [head = '', ...rows] = csv.text.trim().split('\r\n');
    assert.match(head, /amount_minor/);
    assert.equal(rows.length, 5, csv.text);
    assert.match(csv.text, /'=SUM\(1\)/);
  },
  'text with ANSI, line ends and markup is given back as it came': async (product) => {
    await product.open('text');
    await product.open('text-payer');
    const description = '\u001b[31mred\u001b[0m\r\n</script><b>é 💶';
    const metadata = { '': 'empty', 'a.b': 1, $set: { deep: [null, 1e3] }, formula: '=cmd()' };
    const { json } = await product.move('text-1', 'text-payer', 'text', 1, { description, metadata });
    const read = await product.get(`/v1/transfers/${String(json['id'])}`);
    assert.deepEqual([read.json['description'], read.json['metadata']], [description, metadata]);
  },
  'a read after an answer includes it': async (product) => {
    await product.open('own');
    await product.open('own-payer');
    for (let sum = 1; sum <= 20; sum += 1) {
      await product.move(`own-${sum}`, 'own-payer', 'own', 1);
      assert.deepEqual((await product.amounts('own'))[0], sum);
    }
  },
};
