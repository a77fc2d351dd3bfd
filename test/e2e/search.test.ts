import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsIn, summaryOf } from '../support/http.ts';
import { startProduct, type Product } from '../support/product.ts';

test('transfers and accounts are found by what is in them', async (t) => {
  const product = await startProduct(t);
  await fill(product);
  for (const [name, work] of Object.entries(cases)) await t.test(name, () => work(product));
});

/** Six transfers among three accounts; `description` says which is which. */
async function fill({ post, open }: Product): Promise<void> {
  const names = ['ann', 'bob', 'cleo'] as const;
  for (const name of names)
    await open(name, { name: `${name} of Prague`, metadata: { tier: name.length } });
  const rows = [
    ['1', 'ann', 'bob', 100, {}],
    ['2', 'ann', 'cleo', 200, { order: '42' }],
    ['3', 'bob', 'cleo', 300, { order: 42, paid: true }],
    ['4', 'cleo', 'ann', 400, { order: 'forty "two"' }],
    ['5', 'ann', 'bob', 500, { effective_at: '2020-02-29T12:00:00Z' }],
  ] as const;
  for (const [description, from, to, amount_minor, more] of rows) {
    const { effective_at, ...metadata } = { effective_at: undefined, ...more };
    const accounts = { from: `ext:${from}`, to: `ext:${to}` };
    await post(
      '/v1/transfers',
      { ...accounts, amount_minor, currency: 'USD', description, metadata, effective_at },
      `search-${description}`,
    );
  }
  const hold = { from: 'ext:bob', to: 'ext:ann', amount_minor: 600, currency: 'USD', hold: true };
  await post('/v1/transfers', { ...hold, description: '6', metadata: { order: '42' } }, 'search-6');
}

const searches: Readonly<Record<string, readonly string[]>> = {
  'from=ext:ann': ['1', '2', '5'],
  'to=ext:ann': ['4', '6'],
  'from=ext:ann&to=ext:bob': ['1', '5'],
  'account_id=ext:cleo&min_amount_minor=300': ['3', '4'],
  'min_amount_minor=200&max_amount_minor=400': ['2', '3', '4'],
  'effective_before=2021-01-01T00:00:00Z': ['5'],
  'effective_after=2021-01-01T00:00:00Z&from=ext:ann': ['1', '2'],
  'metadata.order=42': ['2', '3', '6'],
  'metadata.order=42&metadata.paid=true': ['3'],
  'metadata.order=forty%20%22two%22': ['4'],
  'metadata.order=42&status=HELD': ['6'],
  'metadata.absent=x': [],
};

const cases: Readonly<Record<string, (product: Product) => Promise<void>>> = {
  'by every filter, in the read models and in the ledger alike': async ({ get }) => {
    for (const [search, expected] of Object.entries(searches)) {
      for (const where of ['', '&consistency=strong']) {
        const page = await get(`/v1/transfers?order=asc&${search}${where}`);
        const found = rowsIn(page, 'data').map((row) => String(row['description']));
        assert.deepEqual(found, expected, search + where);
      }
    }
  },
  'page by page, in both orders': async ({ get }) => {
    for (const order of ['asc', 'desc']) {
      const found: string[] = [];
      for (let cursor = ''; ;) {
        const page = await get(`/v1/transfers?min_amount_minor=200&order=${order}&limit=2${cursor}`);
        found.push(...rowsIn(page, 'data').map((row) => String(row['description'])));
        const next = page.json['next_cursor'];
        if (typeof next !== 'string') break;
        cursor = `&cursor=${encodeURIComponent(next)}`;
      }
      const expected = ['2', '3', '4', '5', '6'];
      assert.deepEqual(found, order === 'asc' ? expected : expected.toReversed());
    }
  },
  'what was just written is found, and a transfer as it is now': async ({ call, get, post }) => {
    const body = { from: 'ext:ann', to: 'ext:bob', amount_minor: 777, currency: 'USD', hold: true };
    const { id } = (await post('/v1/transfers', body, 'search-own')).json;
    const [row] = rowsIn(await get('/v1/transfers?min_amount_minor=777&max_amount_minor=777'), 'data');
    assert.deepEqual([row?.['id'], row?.['status']], [id, 'HELD']);
    const headers = { 'idempotency-key': 'search-void' };
    const voided = await call('POST', `/v1/transfers/${String(id)}/void`, { body: {}, headers });
    assert.equal(voided.status, 200, voided.text);
    const held = await get('/v1/transfers?min_amount_minor=777&max_amount_minor=777&status=HELD');
    assert.deepEqual(rowsIn(held, 'data'), []);
  },
  'accounts by name and metadata': async ({ get }) => {
    const found = async (search: string) =>
      rowsIn(await get(`/v1/accounts?${search}`), 'data').map((row) => row['external_id']);
    assert.deepEqual(await found('q=PRAGUE&metadata.tier=3'), ['ann', 'bob']);
    assert.deepEqual(await found('q=cle'), ['cleo']);
    assert.deepEqual(await found('metadata.tier=9'), []);
  },
  'what is no search is refused by its name': async ({ call }) => {
    const refused = async (search: string) => {
      const answer = await call('GET', `/v1/transfers?${search}`);
      return summaryOf(answer);
    };
    assert.equal(await refused('min_amount_minor=-1'), '400 invalid_request ?min_amount_minor');
    assert.equal(
      await refused('max_amount_minor=9223372036854775808'),
      '400 invalid_request ?max_amount_minor',
    );
    assert.equal(
      await refused('effective_after=2025-02-30T00:00:00Z'),
      '400 invalid_request ?effective_after',
    );
    assert.equal(await refused('metadata.=x'), '400 invalid_request ?metadata.');
    assert.equal(await refused('metadata.a=%00'), '400 invalid_request ?metadata.a');
    assert.equal(await refused('metadata.a=1&metadata.a=2'), '400 invalid_request ?metadata.a');
    const many = Array.from({ length: 11 }, (_, index) => `metadata.k${index}=1`).join('&');
    assert.equal(await refused(many), '400 invalid_request ?metadata');
    const unknown = await call('GET', '/v1/transfers?from=ext:nobody');
    assert.equal(summaryOf(unknown), '422 account_not_found');
    const other = await call('GET', '/v1/transfers?from=ext:ann&cursor=abc');
    assert.equal(summaryOf(other), '400 invalid_cursor ?cursor');
  },
};
