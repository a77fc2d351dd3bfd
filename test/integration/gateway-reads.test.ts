import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPool, startGateway } from '../support/gateway.ts';
import { summaryOf } from '../support/http.ts';
import { startJournal } from '../support/journal.ts';

const time = Date.parse('2026-01-01T00:00:00Z');

test('reads of an account carry its revision, and are 304 for whoever has it', async (t) => {
  const { call, pool } = await startGateway(t);
  const client = await pool.connect();
  const account = await startJournal(client).open({ time, externalId: 'a/b ü' });
  client.release();
  const answer = await call('GET', `/v1/accounts/${account}`);
  assert.equal(answer.status, 200, answer.text);
  const etag = answer.headers.get('etag') ?? '';
  assert.match(etag, /^"\d+"$/);
  const known = ['*', etag, `W/${etag}`, `"x", ${etag}`];
  for (const header of known) {
    const again = await call('GET', `/v1/accounts/${account}`, {
      headers: { 'if-none-match': header },
    });
    assert.equal(again.status, 304, header);
    assert.equal(again.text, '');
  }
  assert.equal(
    (await call('GET', `/v1/accounts/${account}`, { headers: { 'if-none-match': '"x"' } })).status,
    200,
  );
  assert.equal((await call('GET', '/v1/accounts/ext:a%2Fb%20%C3%BC')).json['id'], account);
  assert.equal((await call('HEAD', `/v1/accounts/${account}`)).headers.get('etag'), etag);
  assert.match(
    (await call('GET', `/v1/balances?account_ids=${account},ext:a%2Fb%20%C3%BC`)).text,
    /"as_of_position"/,
  );
});

test('reads of a list go on where a cursor says, and only with the filters it was made with', async (t) => {
  const { call, pool } = await startGateway(t);
  const client = await pool.connect();
  const journal = startJournal(client);
  for (const externalId of ['a', 'b', 'c']) await journal.open({ time, externalId });
  client.release();
  const first = await call('GET', '/v1/accounts?limit=2&currency=USD');
  const cursor = String(first.json['next_cursor']);
  const rest = await call('GET', `/v1/accounts?limit=5&currency=USD&cursor=${cursor}`);
  assert.match(rest.text, /"external_id":"c"/);
  assert.doesNotMatch(rest.text, /"external_id":"b"/);
  const flipped = Buffer.from(cursor, 'base64url')
    .toString()
    .replace(/\d(?=\]$)/, (digit) => String((Number(digit) + 1) % 10));
  const others = [
    `/v1/accounts?cursor=${cursor}`,
    `/v1/accounts?currency=EUR&cursor=${cursor}`,
    `/v1/transfers?cursor=${cursor}`,
    `/v1/accounts?currency=USD&cursor=${cursor.slice(0, -3)}`,
    `/v1/accounts?currency=USD&cursor=${Buffer.from(flipped).toString('base64url')}`,
  ];
  for (const path of others)
    assert.equal(summaryOf(await call('GET', path)), '400 invalid_cursor ?cursor', path);
});

test('reads of a statement are pages of JSON or a file of CSV', async (t) => {
  const { call, pool } = await startGateway(t);
  const client = await pool.connect();
  const journal = startJournal(client);
  const from = await journal.open({ time });
  const to = await journal.open({ time });
  await journal.post({ from, to, amount: 1234n, time: time + 1, description: '=cmd()' });
  client.release();
  const json = await call('GET', `/v1/accounts/${to}/statements`);
  assert.equal(json.json['closing_balance_minor'], 1234, json.text);
  for (const [query, headers] of [
    ['?format=csv', {}],
    ['', { accept: 'text/csv' }],
  ] as const) {
    const csv = await call('GET', `/v1/accounts/${to}/statements${query}`, { headers });
    assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/);
    assert.match(csv.text, /^entry_id,[^\n]*\r\n[^\n]*,1234,[^\n]*'=cmd\(\)/);
  }
  assert.equal(
    summaryOf(await call('GET', '/v1/accounts/ext:none/statements?format=csv')),
    '404 account_not_found',
  );
});

test('reads wait for a position that the ledger has reached and the read side has not', async (t) => {
  const readSide = await openPool(t);
  let clock = 0;
  let step = 100;
  const { call, pool } = await startGateway(t, undefined, {
    db: readSide,
    monotonicMs: () => (clock += step),
  });
  await pool.query('update ledger.head set position = 10');
  await readSide.query('update ledger.head set position = 5');
  const read = (position: number) => call('GET', `/v1/accounts?min_position=${position}`);
  assert.equal((await read(5)).status, 200);
  assert.equal(summaryOf(await read(11)), '422 position_unknown');
  const behind = await read(8);
  assert.equal(summaryOf(behind), '503 read_model_behind');
  assert.equal(behind.json['reached_position'], 5);
  assert.equal(behind.headers.get('retry-after'), '1');
  const viaHeader = await call('GET', '/v1/accounts', { headers: { 'min-position': '8' } });
  assert.equal(summaryOf(viaHeader), '503 read_model_behind');
  step = 0;
  const waiting = read(8);
  await readSide.query('update ledger.head set position = 10');
  assert.equal((await waiting).status, 200);
});
