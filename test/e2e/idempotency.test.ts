import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { test } from 'node:test';
import { audit } from '../support/audit.ts';
import { summaryOf } from '../support/http.ts';
import { readExtent, startProduct, until, type Product } from '../support/product.ts';

test('a key has one effect', async (t) => {
  const product = await startProduct(t);
  await product.open('a');
  await product.open('b');
  for (const [name, work] of Object.entries(cases)) await t.test(name, () => work(product));
  assert.deepEqual(await audit(product.sql), []);
});

const body = { from: 'ext:a', to: 'ext:b', amount_minor: 10, currency: 'USD' };

async function countTransfers({ sql }: Product): Promise<number> {
  const { rows } = await sql.query<{ n: number }>('select count(*)::int as n from ledger.transfers');
  return rows[0]?.n ?? 0;
}

const cases: Readonly<Record<string, (product: Product) => Promise<void>>> = {
  'of 500 identical requests at once one counts, and every answer is that one': async (product) => {
    const before = await countTransfers(product);
    const answers = await Promise.all(
      Array.from({ length: 500 }, () => product.post('/v1/transfers', body, 'at-once')),
    );
    assert.equal(new Set(answers.map((answer) => answer.text)).size, 1);
    const first = answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'false');
    assert.equal(first.length, 1);
    assert.equal(await countTransfers(product), before + 1);
  },
  'of many identical requests with a chosen id and different keys one counts': async (product) => {
    const before = await countTransfers(product);
    const named = { ...body, id: randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => product.post('/v1/transfers', named, `chosen-${index}`)),
    );
    assert.equal(new Set(answers.map((answer) => answer.text)).size, 1);
    assert.equal(await countTransfers(product), before + 1);
    const other = await product.call('POST', '/v1/transfers', { body: { ...named, amount_minor: 11 } });
    assert.equal(summaryOf(other), '409 transfer_id_taken');
  },
  'the order of fields, white space, nulls and the place of the key do not count': async (product) => {
    const first = await product.post('/v1/transfers', body, 'spelled');
    const before = await readExtent(product.sql);
    const spellings = [
      ` {"currency":"USD",\n"amount_minor":"10", "to":"ext:b","from":"ext:a","metadata":null}\n`,
      JSON.stringify({ ...body, idempotencyKey: 'spelled' }),
    ];
    for (const text of spellings) {
      const again = await product.post('/v1/transfers', text, 'spelled');
      assert.equal(again.text, first.text);
    }
    const inBody = await product.call('POST', '/v1/transfers', {
      body: { ...body, idempotencyKey: 'spelled' },
    });
    assert.equal(inBody.text, first.text);
    assert.equal(await readExtent(product.sql), before);
  },
  'with anything else in the request it is refused, and the stored values are not shown': async (
    product,
  ) => {
    await product.post('/v1/transfers', { ...body, description: 'secret words' }, 'reused');
    const before = await readExtent(product.sql);
    const headers = { 'idempotency-key': 'reused' };
    const others: readonly (readonly [string, unknown])[] = [
      ['/v1/transfers', body],
      ['/v1/transfers', { ...body, description: 'secret words', amount_minor: 11 }],
      ['/v1/transfers/batch', { mode: 'atomic', transfers: [body] }],
      ['/v1/accounts', { currency: 'USD' }],
      [`/v1/transfers/${randomUUID()}/void`, {}],
    ];
    for (const [path, other] of others) {
      const refused = await product.call('POST', path, { body: other, headers });
      assert.equal(summaryOf(refused), '422 idempotency_key_reused', path);
      assert.doesNotMatch(refused.text, /secret words/);
    }
    assert.equal(await readExtent(product.sql), before);
  },
  'an item of a batch shares the key space with requests of their own': async (product) => {
    const alone = await product.post('/v1/transfers', body, 'item-1');
    const transfers = [
      { ...body, idempotencyKey: 'item-1' },
      { ...body, idempotencyKey: 'item-2' },
    ];
    const batch = await product.call('POST', '/v1/transfers/batch', {
      body: { mode: 'independent', transfers },
    });
    assert.equal(batch.status, 200, batch.text);
    assert.match(batch.text, new RegExp(`"id":"${String(alone.json['id'])}"`));
    const second = await product.post('/v1/transfers', body, 'item-2');
    assert.equal(second.headers.get('idempotency-replayed'), 'true');
    assert.match(batch.text, new RegExp(`"id":"${String(second.json['id'])}"`));
  },
  'a refusal for its shape leaves the key free': async (product) => {
    const wrong = await product.call('POST', '/v1/transfers', {
      body: { ...body, amount_minor: 0 },
      headers: { 'idempotency-key': 'mended' },
    });
    assert.equal(summaryOf(wrong), '400 invalid_request /amount_minor');
    await product.post('/v1/transfers', body, 'mended');
  },
  'a request whose sender went away before the answer counts once': async (product) => {
    const before = await countTransfers(product);
    const text = JSON.stringify(body);
    const { hostname, port } = new URL(product.server.url);
    const socket = connect(Number(port), hostname);
    socket.end(
      `POST /v1/transfers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${product.server.adminKey}\r\n` +
        `idempotency-key: aborted\r\ncontent-type: application/json\r\n` +
        `content-length: ${text.length}\r\n\r\n${text}`,
    );
    socket.once('finish', () => setImmediate(() => socket.destroy()));
    socket.on('error', () => {});
    await until(async () => (await countTransfers(product)) > before, 'the aborted request counted');
    await product.post('/v1/transfers', body, 'aborted');
    assert.equal(await countTransfers(product), before + 1);
  },
  'what moves money without a key or an id is refused, and leaves no trace': async (product) => {
    const before = await readExtent(product.sql);
    const requests: readonly (readonly [string, unknown])[] = [
      ['/v1/transfers', body],
      ['/v1/transfers/batch', { mode: 'atomic', transfers: [{ ...body, idempotencyKey: 'x' }, body] }],
      ['/v1/accounts/ext:a/deposits', { amount_minor: 1 }],
      ['/v1/accounts/ext:a/withdrawals', { amount_minor: 1 }],
      ['/v1/entries', { lines: [] }],
      [`/v1/transfers/${randomUUID()}/settle`, {}],
      [`/v1/transfers/${randomUUID()}/reverse`, {}],
      ['/v1/accounts', { currency: 'USD', opening_balance_minor: 1 }],
      [
        '/v1/accounts/batch',
        { accounts: [{ currency: 'USD' }, { currency: 'USD', opening_balance_minor: '5' }] },
      ],
    ];
    for (const [path, of] of requests)
      assert.equal(
        summaryOf(await product.call('POST', path, { body: of })),
        '400 idempotency_key_required',
        path,
      );
    assert.equal(await readExtent(product.sql), before);
  },
  'an account needs a key for its opening balance only, and none where it has an id': async ({
    call,
  }) => {
    const opened = async (path: string, of: unknown, status: number): Promise<void> => {
      const answer = await call('POST', path, { body: of });
      assert.equal(answer.status, status, answer.text);
    };
    const named = { currency: 'USD', id: randomUUID(), opening_balance_minor: 7 };
    await opened('/v1/accounts', { currency: 'USD', opening_balance_minor: 0 }, 201);
    await opened('/v1/accounts', named, 201);
    await opened('/v1/accounts', named, 201);
    await opened('/v1/accounts/batch', { accounts: [named, { currency: 'USD' }] }, 200);
  },
};
