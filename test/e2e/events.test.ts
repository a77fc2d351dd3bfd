import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openStream, type EventStream } from '../support/event-source.ts';
import { rowsIn, summaryOf, type TestAnswer } from '../support/http.ts';
import { startProduct, type Product } from '../support/product.ts';

interface Furnished extends Product {
  a: string;
  follow: (query?: string, headers?: Record<string, string>) => Promise<EventStream>;
}

/** Accounts a and b: positions 1 to 4, of which a's opening balance are the first. */
async function furnish(t: TestContext): Promise<Furnished> {
  const product = await startProduct(t);
  const a = await product.open('a', { credit_limit_minor: 0, opening_balance_minor: 1000 });
  await product.open('b', { credit_limit_minor: 0 });
  const follow: Furnished['follow'] = async (query = '', headers = {}) => {
    const authorization = `Bearer ${product.server.adminKey}`;
    const stream = await openStream(`${product.server.url}/v1/events${query}`, {
      authorization,
      ...headers,
    });
    t.after(() => stream.close());
    return stream;
  };
  return { ...product, a, follow };
}

const typesOf = (answer: TestAnswer) => rowsIn(answer, 'data').map((row) => row['type']);
const positionsOf = (answer: TestAnswer) => rowsIn(answer, 'data').map((row) => row['position']);

/** The types of the next events of a feed. */
async function take(stream: EventStream, count: number): Promise<(string | undefined)[]> {
  const types: (string | undefined)[] = [];
  while (types.length < count) types.push((await stream.next())?.type);
  return types;
}

test('the log is read in pages, decoded, with exact amounts', async (t) => {
  const { get, move, a, post } = await furnish(t);
  const big = '9007199254740993';
  await post('/v1/accounts/ext:b/deposits', { amount_minor: big }, 'big');
  await move('m', 'a', 'b', 60, { metadata: { order: 7 } });
  const all = await get('/v1/events');
  const positions = positionsOf(all);
  assert.deepEqual(
    positions,
    positions.map((_, index) => index + 1),
  );
  assert.ok(all.text.includes(`"units":${big}`), 'an integer beyond 2^53 is exact');
  const { next_position: next } = all.json;
  const [posted, completed] = rowsIn(await get(`/v1/events?after_position=${Number(next) - 2}`), 'data');
  assert.deepEqual([posted?.['type'], completed?.['type']], ['EntryPosted', 'TransferCompleted']);
  assert.equal(posted?.['aggregate'], 'entry');
  const payload = JSON.stringify(posted['payload']);
  assert.match(
    payload,
    new RegExp(`"lines":\\[{"account_id":"${a}","amount":{"units":60,"currency":"USD"},"side":"DEBIT"`),
  );
  assert.match(payload, /"batch_id":null/);
  assert.match(payload, /"metadata_json":"{\\"order\\":7}"/);
  const first = await get('/v1/events?limit=2');
  assert.deepEqual([positionsOf(first), first.json['next_position']], [[1, 2], 2]);
  const end = await get(`/v1/events?after_position=${String(next)}`);
  assert.deepEqual([end.json['data'], end.json['next_position']], [[], next]);
  const last = await get('/v1/events?last=2');
  assert.deepEqual(positionsOf(last), positions.slice(-2));
  const head = await get('/v1/events?last=0');
  assert.deepEqual([head.json['data'], head.json['next_position']], [[], next]);
  assert.deepEqual(positionsOf(await get('/v1/events?last=10000')), positions);
  assert.deepEqual(positionsOf(await get('/v1/events?last=1&after_position=0')), positions);
});

test('a feed says at once where it begins', async (t) => {
  const { get, server } = await furnish(t);
  const head = Number((await get('/v1/events')).json['next_position']);
  for (const [query, position] of [
    ['', head],
    ['?last=2', head - 2],
    ['?after_position=1', 1],
  ] as const) {
    const response = await fetch(`${server.url}/v1/events${query}`, {
      headers: { accept: 'text/event-stream', authorization: `Bearer ${server.adminKey}` },
    });
    const chunks = response.body?.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
    const first = await chunks?.next();
    assert.match(String(first?.value), new RegExp(`^retry: 1000\nid: ${position}\n\n`));
    await chunks?.return?.();
  }
});

test('a page is narrowed to types, an account, a transfer', async (t) => {
  const { get, move, post, open } = await furnish(t);
  await open('c', { opening_balance_minor: 5 });
  const { json } = await move('m', 'a', 'b', 60);
  await post(
    '/v1/transfers',
    { from: 'ext:a', to: 'ext:b', amount_minor: 1, currency: 'USD', hold: true },
    'h',
  );
  await move('f', 'a', 'b', 5000);
  const ofB = await get('/v1/events?account_id=ext:b');
  assert.deepEqual(typesOf(ofB), [
    'AccountCreated',
    'EntryPosted',
    'TransferCompleted',
    'TransferHeld',
    'TransferFailed',
  ]);
  const held = await get('/v1/events?types=TransferHeld,TransferFailed');
  assert.deepEqual(typesOf(held), ['TransferHeld', 'TransferFailed']);
  const ofTransfer = await get(`/v1/events?transfer_id=${String(json['id'])}`);
  assert.deepEqual(typesOf(ofTransfer), ['EntryPosted', 'TransferCompleted']);
  const none = await get('/v1/events?types=LedgerSealed&after_position=3');
  assert.deepEqual(none.json['data'], []);
  assert.ok(Number(none.json['next_position']) > 3, 'the place moves on where nothing matched');
});

test('a key sees the events of its own ledger only', async (t) => {
  const { call, get, post, follow, server } = await furnish(t);
  await post('/v1/ledgers', { name: 'other' }, 'l');
  const key = { name: 'k', scopes: ['read', 'write'], ledgers: ['other'] };
  const made = await call('POST', '/v1/api-keys', { body: key });
  const headers = { authorization: `Bearer ${String(made.json['key'])}` };
  assert.deepEqual(rowsIn(await call('GET', '/v1/events', { headers }), 'data'), []);
  const stream = await openStream(`${server.url}/v1/events?after_position=0`, headers);
  t.after(() => stream.close());
  const opened = { currency: 'USD', external_id: 'x' };
  await post('/v1/accounts', { ...opened }, 'mine');
  await call('POST', '/v1/accounts', {
    body: opened,
    headers: { ...headers, 'idempotency-key': 'theirs' },
  });
  const frame = await stream.next();
  assert.equal(frame?.data['ledger'], 'other');
  const main = await follow('?after_position=0');
  assert.equal((await main.next())?.data['ledger'], 'main');
  assert.equal((await get('/v1/events?types=AccountCreated')).text.includes('"other"'), false);
});

test('a live feed shows events as they come, and resumes where it was cut off', async (t) => {
  const { follow, move } = await furnish(t);
  const live = await follow('?types=TransferCompleted');
  assert.equal(live.status, 200);
  assert.equal(live.headers.get('content-type'), 'text/event-stream');
  await move('m1', 'a', 'b', 1);
  const first = await live.next();
  assert.equal(first?.type, 'TransferCompleted');
  live.close();
  await move('m2', 'a', 'b', 2);
  await move('m3', 'a', 'b', 3);
  const resumed = await follow('?types=TransferCompleted&after_position=0', {
    'last-event-id': first.id ?? '',
  });
  const amounts = [await resumed.next(), await resumed.next()].map(
    (frame) => /"units":(\d+)/.exec(JSON.stringify(frame?.data['payload']))?.[1],
  );
  assert.deepEqual(amounts, ['2', '3']);
  const fromStart = await follow('?after_position=0');
  assert.deepEqual(await take(fromStart, 2), ['AccountCreated', 'AccountCreated']);
});

test('feeds in any number see every event once and in order', async (t) => {
  const { follow, move, get } = await furnish(t);
  const head = Number((await get('/v1/events')).json['next_position']);
  const streams = await Promise.all(
    Array.from({ length: 20 }, (_, index) => follow(index % 2 === 0 ? '' : '?after_position=0')),
  );
  await Promise.all(Array.from({ length: 50 }, (_, index) => move(`m${index}`, 'a', 'b', 1)));
  for (const [index, stream] of streams.entries()) {
    const begin = index % 2 === 0 ? head : 0;
    for (let position = begin + 1; position <= head + 100; position += 1)
      assert.equal((await stream.next())?.data['position'], position);
  }
});

test('a feed ends with the key that opened it', async (t) => {
  const { call, server } = await furnish(t);
  const body = { name: 'k', scopes: ['read'], ledgers: ['main'] };
  const made = await call('POST', '/v1/api-keys', { body });
  const authorization = `Bearer ${String(made.json['key'])}`;
  const stream = await openStream(`${server.url}/v1/events`, { authorization });
  const revoked = await call('DELETE', `/v1/api-keys/${String(made.json['id'])}`);
  assert.equal(revoked.status, 200, revoked.text);
  assert.equal(await stream.next(), undefined);
});

test('a server that stops ends its feeds cleanly', async (t) => {
  const { follow, server, move } = await furnish(t);
  const stream = await follow();
  await move('m', 'a', 'b', 1);
  assert.deepEqual(await take(stream, 2), ['EntryPosted', 'TransferCompleted']);
  server.signal('SIGTERM');
  assert.equal(await stream.next(), undefined);
  assert.equal(await server.exited, 0);
});

test('what the log no longer has is 410, and what it has not reached is 422', async (t) => {
  const { call, sql, get, follow } = await furnish(t);
  const head = Number((await get('/v1/events')).json['next_position']);
  await sql.query('alter table ledger.events_00000 disable trigger append_only');
  await sql.query('delete from ledger.events_00000 where position <= 2');
  assert.equal(summaryOf(await call('GET', '/v1/events')), '410 position_expired');
  assert.equal(summaryOf(await call('GET', '/v1/events?after_position=1')), '410 position_expired');
  assert.equal((await get('/v1/events?after_position=2')).json['next_position'], head);
  assert.equal((await get('/v1/events?last=100')).json['next_position'], head);
  assert.equal((await follow('?after_position=1')).status, 410);
  assert.equal((await follow('', { 'last-event-id': '1' })).status, 410);
  assert.equal((await follow('', { 'last-event-id': String(head + 1) })).status, 422);
  const beyond = await call('GET', `/v1/events?after_position=${head + 1}`);
  assert.equal(summaryOf(beyond), '422 position_unknown');
  assert.equal(beyond.json['head_position'], head);
});

test('a strange request for events is refused', async (t) => {
  const { call, follow } = await furnish(t);
  const rows: readonly (readonly [query: string, summary: string])[] = [
    ['?after_position=-1', '400 invalid_request ?after_position'],
    ['?after_position=1.5', '400 invalid_request ?after_position'],
    ['?after_position=99999999999999999999', '400 invalid_request ?after_position'],
    ['?last=-1', '400 invalid_request ?last'],
    ['?last=10001', '400 invalid_request ?last'],
    ['?types=', '400 invalid_request ?types'],
    ['?types=Transfer', '400 invalid_request ?types'],
    ['?types=EntryPosted,', '400 invalid_request ?types'],
    ['?types=toString', '400 invalid_request ?types'],
    ['?account_id=x', '400 invalid_request ?account_id'],
    ['?account_id=ext:nobody', '422 account_not_found'],
    ['?transfer_id=x', '400 invalid_request ?transfer_id'],
    ['?limit=0', '400 invalid_request ?limit'],
    ['?limit=1001', '400 invalid_request ?limit'],
    ['?cursor=x', '400 invalid_request ?cursor'],
  ];
  for (const [query, summary] of rows) {
    assert.equal(summaryOf(await call('GET', `/v1/events${query}`)), summary, query);
    assert.equal((await follow(query)).status, Number(summary.slice(0, 3)), query);
  }
  for (const id of ['x', '-1', '01', '1e3', '99999999999999999999', '1, 2', ' '])
    assert.equal((await follow('', { 'last-event-id': id })).status, 400, id);
  assert.equal((await follow('', { authorization: 'Bearer nothing' })).status, 401);
  const head = await call('HEAD', '/v1/events', { headers: { accept: 'text/event-stream' } });
  assert.deepEqual([head.status, head.text], [200, '']);
  assert.equal(
    summaryOf(await call('GET', '/v1/events', { headers: { accept: 'text/html' } })),
    '406 not_acceptable',
  );
});
