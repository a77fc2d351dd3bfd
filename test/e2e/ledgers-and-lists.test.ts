import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audit } from '../support/audit.ts';
import { rowsIn, summaryOf, type TestAnswer } from '../support/http.ts';
import { readExtent, startProduct, until, type Product } from '../support/product.ts';

test('ledgers, the keys to them, and lists', async (t) => {
  const product = await startProduct(t);
  for (const [name, work] of Object.entries(cases)) await t.test(name, () => work(product));
  assert.deepEqual(await audit(product.sql), []);
});

type Caller = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<TestAnswer>;

/** A key of its own, and what it can call. */
async function makeKey({ call }: Product, scopes: string[], ledgers: string[], more = {}) {
  const made = await call('POST', '/v1/api-keys', { body: { name: 'test', scopes, ledgers, ...more } });
  assert.equal(made.status, 201, made.text);
  const authorization = `Bearer ${String(made.json['key'])}`;
  const as: Caller = (method, path, body, headers = {}) =>
    call(method, path, { body, headers: { ...headers, authorization } });
  return { as, id: String(made.json['id']) };
}

/** Every page of a list; a page may hold fewer rows than asked for only at the end. */
async function readPages({ get }: Product, path: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for (let next = ''; ;) {
    const page = await get(`${path}${next}`);
    rows.push(...rowsIn(page, 'data'));
    const cursor = page.json['next_cursor'];
    if (typeof cursor !== 'string') return rows;
    next = `&cursor=${encodeURIComponent(cursor)}`;
  }
}

const cases: Readonly<Record<string, (product: Product) => Promise<void>>> = {
  'a ledger is an island: names, keys and numbers are its own': async (product) => {
    const { call, post, get } = product;
    await post('/v1/ledgers', { name: 'island', default_credit_limit_minor: 0 }, 'island');
    const main = await product.open('same-name');
    const there = { ledger: 'island' };
    const body = { currency: 'USD', external_id: 'same-name' };
    const opened = await call('POST', '/v1/accounts', {
      body,
      headers: { ...there, 'idempotency-key': 'open-same-name' },
    });
    assert.equal(opened.status, 201, 'the same key, another ledger');
    assert.notEqual(opened.json['id'], main);
    assert.deepEqual([opened.json['ledger'], opened.json['credit_limit_minor']], ['island', 0]);
    const foreign = await call('GET', `/v1/accounts/${main}`, { headers: there });
    const absent = await call(
      'GET',
      `/v1/accounts/${main.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))}`,
      { headers: there },
    );
    assert.equal(summaryOf(foreign), '404 account_not_found');
    assert.equal(
      foreign.text.replaceAll(/[0-9a-f-]{36}/g, ''),
      absent.text.replaceAll(/[0-9a-f-]{36}/g, ''),
    );
    const deposit = { body: { amount_minor: 5 }, headers: { ...there, 'idempotency-key': 'deposit' } };
    const entry = await call('POST', '/v1/accounts/ext:same-name/deposits', deposit);
    assert.equal(entry.json['entry_number'], 1);
    assert.equal((await get('/v1/ledgers/island')).json['entry_count'], 1);
    const unknown = await call('GET', '/v1/accounts', { headers: { ledger: 'nowhere' } });
    assert.equal(summaryOf(unknown), '404 ledger_not_found');
    const trial = await call('GET', '/v1/reports/trial-balance', { headers: there });
    assert.deepEqual([trial.json['balanced'], trial.json['ledger']], [true, 'island']);
  },
  'a key does what its scopes say, in the ledgers it has': async (product) => {
    await product.post('/v1/ledgers', { name: 'second' }, 'second');
    const { as: reader } = await makeKey(product, ['read'], ['main']);
    const { as: writer } = await makeKey(product, ['read', 'write'], ['second', 'main']);
    const { as: blind } = await makeKey(product, ['write'], ['main']);
    const before = await readExtent(product.sql);
    const account = { currency: 'USD', external_id: 'by-writer' };
    const refusals: readonly (readonly [
      Caller,
      string,
      string,
      unknown,
      Record<string, string>,
      string,
    ])[] = [
      [reader, 'POST', '/v1/accounts', account, {}, '403 forbidden'],
      [reader, 'POST', '/v1/previews', {}, {}, '400 invalid_request /from /to /amount_minor /currency'],
      [reader, 'GET', '/v1/accounts', undefined, { ledger: 'second' }, '404 ledger_not_found'],
      [reader, 'GET', '/v1/accounts', undefined, { ledger: 'never-made' }, '404 ledger_not_found'],
      [blind, 'GET', '/v1/accounts', undefined, {}, '403 forbidden'],
      [writer, 'POST', '/v1/ledgers', { name: 'third' }, {}, '403 forbidden'],
      [writer, 'POST', '/v1/currencies', { code: 'POINTS', scale: 0 }, {}, '403 forbidden'],
      [writer, 'GET', '/v1/api-keys', undefined, {}, '403 forbidden'],
      [
        writer,
        'POST',
        '/v1/transfers/01890000-0000-7000-8000-000000000000/reverse',
        { force: true },
        { 'idempotency-key': 'f' },
        '403 forbidden',
      ],
    ];
    for (const [as, method, path, body, headers, summary] of refusals)
      assert.equal(summaryOf(await as(method, path, body, headers)), summary, `${method} ${path}`);
    assert.equal(await readExtent(product.sql), before);
    const made = await writer('POST', '/v1/accounts', account);
    assert.equal(made.json['ledger'], 'second', "the key's first ledger where none is named");
    assert.equal(
      (await writer('GET', '/v1/accounts/ext:by-writer', undefined, { ledger: 'second' })).status,
      200,
    );
    const ledgers = await reader('GET', '/v1/ledgers');
    assert.deepEqual(
      [...ledgers.text.matchAll(/"name":"([^"]+)"/g)].map(([, name]) => name),
      ['main'],
    );
  },
  'a revoked or expired key opens nothing, and its secret is never shown again': async (product) => {
    const { as, id } = await makeKey(product, ['read'], ['main']);
    assert.equal((await as('GET', '/v1/accounts')).status, 200);
    assert.doesNotMatch((await product.get(`/v1/api-keys/${id}`)).text, /"key"/);
    assert.equal((await product.call('DELETE', `/v1/api-keys/${id}`)).status, 200);
    await until(async () => (await as('GET', '/v1/accounts')).status === 401, 'the key is refused');
    const expires_at = new Date(Date.now() + 500).toISOString();
    const { as: brief } = await makeKey(product, ['read'], ['main'], { expires_at });
    assert.equal((await brief('GET', '/v1/accounts')).status, 200);
    await until(async () => (await brief('GET', '/v1/accounts')).status === 401, 'the key is over');
  },
  'who is nobody is told how to be somebody': async ({ call }) => {
    const credentials: readonly string[] = [
      '',
      'Bearer ',
      'Bearer x',
      'Basic YTpi',
      'Bearer a, Bearer b',
      `Bearer ${'x'.repeat(9000)}`,
    ];
    for (const authorization of credentials) {
      const answer = await call('GET', '/v1/accounts', { headers: { authorization } });
      assert.equal(summaryOf(answer), '401 unauthorized', authorization.slice(0, 20));
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
    }
    const inAddress = await call('GET', '/v1/accounts?api_key=x', { headers: { authorization: '' } });
    assert.equal(inAddress.status, 401);
  },
  'a currency that is registered has accounts': async (product) => {
    await product.post('/v1/currencies', { code: 'MILES', scale: 0 }, 'miles');
    assert.deepEqual((await product.get('/v1/currencies/MILES')).json, {
      code: 'MILES',
      scale: 0,
      source: 'registered',
    });
    assert.equal((await product.get('/v1/currencies/JPY')).json['scale'], 0);
    await product.open('miles', { currency: 'MILES' });
    await product.post(
      '/v1/accounts/ext:miles/deposits',
      { amount_minor: '9007199254740993' },
      'miles-deposit',
    );
    const { text } = await product.get('/v1/accounts/ext:miles/balance');
    assert.match(text, /"balance_minor":9007199254740993,/);
    const inText = await product.call('GET', '/v1/accounts/ext:miles/balance', {
      headers: { prefer: 'amounts=string' },
    });
    assert.match(inText.text, /"balance_minor":"9007199254740993",/);
    assert.ok((await readPages(product, '/v1/currencies?limit=100')).length > 150);
  },
  'a list gives every row once, whatever is added meanwhile, and its cursor serves no other': async (
    product,
  ) => {
    await product.open('list-a');
    await product.open('list-b');
    for (let amount = 1; amount <= 7; amount += 1)
      await product.move(`list-${amount}`, 'list-a', 'list-b', amount);
    const path = '/v1/transfers?account_id=ext:list-a&order=asc&limit=3';
    const rows = await readPages(product, path);
    assert.deepEqual(
      rows.map((row) => row['amount_minor']),
      [1, 2, 3, 4, 5, 6, 7],
    );
    const first = await product.get('/v1/transfers?account_id=ext:list-a&limit=3');
    await product.move('list-8', 'list-a', 'list-b', 8);
    const cursor = encodeURIComponent(String(first.json['next_cursor']));
    const rest = await readPages(product, '/v1/transfers?account_id=ext:list-a&limit=3');
    assert.deepEqual(
      rest.map((row) => row['amount_minor']),
      [8, 7, 6, 5, 4, 3, 2, 1],
    );
    const next = await product.get(`/v1/transfers?account_id=ext:list-a&limit=3&cursor=${cursor}`);
    assert.match(next.text, /"amount_minor":4,.*"amount_minor":3,.*"amount_minor":2,/);
    const misuse = [
      `/v1/transfers?account_id=ext:list-b&limit=3&cursor=${cursor}`,
      `/v1/transfers?limit=3&cursor=${cursor}`,
      `/v1/accounts?limit=3&cursor=${cursor}`,
      `/v1/transfers?account_id=ext:list-a&limit=3&cursor=${flipped(String(first.json['next_cursor']))}`,
      `/v1/transfers?account_id=ext:list-a&limit=3&cursor=${String(first.json['next_cursor']).slice(0, -3)}`,
    ];
    for (const address of misuse)
      assert.equal(summaryOf(await product.call('GET', address)), '400 invalid_cursor ?cursor', address);
    const elsewhere = await product.call(
      'GET',
      `/v1/transfers?account_id=ext:list-a&limit=3&cursor=${cursor}`,
      { headers: { ledger: 'island' } },
    );
    assert.equal(elsewhere.status, 400, elsewhere.text);
  },
  'the journal is read from any number on': async (product) => {
    const all = await readPages(product, '/v1/entries?limit=4');
    assert.deepEqual(
      all.map((row) => row['entry_number']),
      all.map((_, index) => index + 1),
    );
    const later = await readPages(product, '/v1/entries?after_number=3&limit=2');
    assert.equal(later[0]?.['entry_number'], 4);
  },
  'HEAD answers as GET without a body, and what a resource has not is told': async ({ call }) => {
    const head = await call('HEAD', '/v1/accounts?limit=1');
    assert.deepEqual([head.status, head.text], [200, '']);
    const rows: readonly (readonly [string, string, string])[] = [
      ['PUT', '/v1/transfers', 'GET, HEAD, POST'],
      ['DELETE', '/v1/entries', 'GET, HEAD, POST'],
      ['POST', '/v1/accounts/ext:x/balance', 'GET, HEAD'],
      ['POST', '/healthz', 'GET, HEAD'],
    ];
    for (const [method, path, allow] of rows) {
      const answer = await call(method, path);
      assert.equal(summaryOf(answer), '405 method_not_allowed');
      assert.equal(answer.headers.get('allow'), allow, path);
    }
    const overridden = await call('POST', '/v1/accounts/ext:x/balance', {
      headers: { 'x-http-method-override': 'GET' },
    });
    assert.equal(overridden.status, 405);
  },
};

/** The cursor with one character changed. */
function flipped(cursor: string): string {
  const middle = cursor.length >> 1;
  return `${cursor.slice(0, middle)}${cursor[middle] === 'A' ? 'B' : 'A'}${cursor.slice(middle + 1)}`;
}
