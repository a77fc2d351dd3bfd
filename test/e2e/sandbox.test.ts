import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createDatabase } from '../support/databases.ts';
import { rowsIn, summaryOf, type TestAnswer } from '../support/http.ts';
import { callsTo, startOn, startProduct, until, type Calls } from '../support/product.ts';

const day = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * day).toISOString();

/** Calls to the ledger `play`. */
function playIn({ call }: Calls) {
  const ask = (method: string, path: string, body?: object, key?: string): Promise<TestAnswer> =>
    call(method, path, {
      headers: { ledger: 'play', ...(key === undefined ? {} : { 'idempotency-key': key }) },
      ...(body === undefined ? {} : { body }),
    });
  const status = async (id: unknown): Promise<unknown> =>
    (await ask('GET', `/v1/transfers/${String(id)}`)).json['status'];
  return { ask, status };
}

/** A sandbox with two accounts, `a` with 1,000. */
async function startSandbox(t: TestContext) {
  const product = await startProduct(t);
  const { call } = product;
  const made = await call('POST', '/v1/ledgers', { body: { name: 'play', sandbox: true } });
  assert.equal(made.status, 201, made.text);
  assert.deepEqual(made.json['sandbox'], { life: 'play-r1', clock_offset_ms: 0 });
  const play = playIn(product);
  await openBoth(play);
  return { ...product, ...play };
}

async function openBoth({ ask }: ReturnType<typeof playIn>): Promise<void> {
  const both = { currency: 'USD', credit_limit_minor: 0 };
  const a = { ...both, external_id: 'a', opening_balance_minor: 1000 };
  assert.equal((await ask('POST', '/v1/accounts', a, 'a')).status, 201);
  assert.equal((await ask('POST', '/v1/accounts', { ...both, external_id: 'b' }, 'b')).status, 201);
}

const transfer = (more: object) => ({
  from: 'ext:a',
  to: 'ext:b',
  amount_minor: 60,
  currency: 'USD',
  ...more,
});

test('a sandbox that was reset is empty under the same name, and asking twice resets once', async (t) => {
  const product = await startSandbox(t);
  const { ask, call, sql } = product;
  const posted = await ask('POST', '/v1/transfers', transfer({}), 'k');
  assert.equal(posted.status, 201, posted.text);
  await ask('POST', '/v1/ledgers/play/clock', { advance_seconds: 5 });

  const reset = await ask('POST', '/v1/ledgers/play/reset', undefined, 'again');
  assert.equal(reset.status, 200, reset.text);
  assert.deepEqual(reset.json['sandbox'], { life: 'play-r2', clock_offset_ms: 0 });
  assert.deepEqual([reset.json['name'], reset.json['entry_count']], ['play', 0]);
  assert.deepEqual(rowsIn(await ask('GET', '/v1/accounts'), 'data'), []);
  assert.equal((await ask('GET', `/v1/transfers/${String(posted.json['id'])}`)).status, 404);

  await openBoth(playIn(product));
  const replay = await ask('POST', '/v1/ledgers/play/reset', undefined, 'again');
  assert.equal(replay.text, reset.text);
  assert.equal(replay.headers.get('idempotency-replayed'), 'true');
  const posted2 = await ask('POST', '/v1/transfers', transfer({}), 'k');
  assert.equal(posted2.status, 201, 'keys of the life before are free again');
  assert.notEqual(posted2.json['id'], posted.json['id']);
  const listed = rowsIn(await call('GET', '/v1/ledgers'), 'data');
  assert.deepEqual(
    listed.map(({ name }) => name),
    ['main', 'play'],
  );
  const { rows } = await sql.query<{ count: number }>(
    `select entry_count::int as count from ledger.ledgers where name = 'play-r1'`,
  );
  assert.deepEqual(rows, [{ count: 2 }], 'nothing was deleted');
});

test('when the clock of a sandbox moves, what is due by then happens, and elsewhere nothing', async (t) => {
  const product = await startSandbox(t);
  const { ask, status, open, call } = product;
  const hold = { hold: { expires_in_seconds: 86_400 } };
  const held = await ask('POST', '/v1/transfers', transfer(hold), 'h');
  const late = await ask('POST', '/v1/transfers', transfer({ execute_at: inDays(3) }), 's');
  assert.equal(late.status, 202, late.text);
  const schedule = [{ from: inDays(2), limit_minor: 7 }];
  await ask('PATCH', '/v1/accounts/ext:b', { credit_limit_schedule: schedule });
  await open('a', { opening_balance_minor: 1000 });
  await open('b');
  const other = await call('POST', '/v1/transfers', {
    body: transfer(hold),
    headers: { 'idempotency-key': 'h' },
  });

  const moved = await ask('POST', '/v1/ledgers/play/clock', { advance_seconds: 86_400 });
  assert.equal(moved.status, 200, moved.text);
  await until(async () => (await status(held.json['id'])) === 'EXPIRED', 'the hold expires');
  assert.equal(await status(late.json['id']), 'SCHEDULED');
  const young = await ask('POST', '/v1/transfers', transfer(hold), 'h2');
  assert.ok(Date.parse(String(young.json['expires_at'])) > Date.now() + 1.9 * day);

  await ask('POST', '/v1/ledgers/play/clock', { to: inDays(4) });
  await until(async () => (await status(late.json['id'])) === 'COMPLETED', 'the transfer is run');
  await until(async () => (await status(young.json['id'])) === 'EXPIRED', 'the second hold expires');
  const limited = await ask('GET', '/v1/accounts/ext:b');
  assert.equal(limited.json['credit_limit_minor'], 7);
  const same = await call('GET', `/v1/transfers/${String(other.json['id'])}`);
  assert.equal(same.json['status'], 'HELD');

  const closed = await ask('POST', '/v1/ledgers/play/periods', { ends_at: inDays(3) });
  assert.equal(closed.status, 201, closed.text);
  const verified = await call('POST', '/v1/admin/verifications', { body: {} });
  const run = `/v1/admin/verifications/${String(verified.json['id'])}`;
  const stateOf = async () => String((await call('GET', run)).json['state']);
  await until(async () => /done|differs|failed/.test(await stateOf()), 'the verification ends');
  assert.equal(await stateOf(), 'done');
});

test('only a sandbox has a clock that moves and is ever reset, and its clock moves forward', async (t) => {
  const { ask, call } = await startSandbox(t);
  const rows: readonly [string, object | undefined, string][] = [
    ['/v1/ledgers/main/reset', undefined, '409 ledger_not_sandbox'],
    ['/v1/ledgers/main/clock', { advance_seconds: 1 }, '409 ledger_not_sandbox'],
    ['/v1/ledgers/nobody/reset', undefined, '404 ledger_not_found'],
    ['/v1/ledgers/play/clock', { to: inDays(-1) }, '422 clock_not_forward'],
    ['/v1/ledgers/play/clock', { to: '9999-01-01T00:00:00Z' }, '422 clock_not_forward'],
    ['/v1/ledgers/play/clock', {}, '400 invalid_request'],
    ['/v1/ledgers/play/clock', { to: inDays(1), advance_seconds: 1 }, '400 invalid_request'],
    ['/v1/ledgers/play/clock', { advance_seconds: 0 }, '400 invalid_request /advance_seconds'],
    ['/v1/ledgers', { name: 'play' }, '409 ledger_name_taken'],
    ['/v1/ledgers', { name: 'main', sandbox: true }, '409 ledger_name_taken'],
  ];
  for (const [path, body, expected] of rows)
    assert.equal(summaryOf(await ask('POST', path, body)), expected, `${path} ${JSON.stringify(body)}`);
  const own = await call('GET', '/v1/ledgers/play');
  assert.deepEqual(own.json['sandbox'], { life: 'play-r1', clock_offset_ms: 0 });
});

test('a key of a sandbox goes on with its next life, in every process, and a killed one knows the clock', async (t) => {
  const database = await createDatabase(t);
  const env = { API_KEY_PEPPER: 'p'.repeat(43) };
  const first = await startOn(t, database, env);
  const second = await startOn(t, database, { ...env, ROLES: 'gateway' });
  // The process that began last has made the administrator's key anew.
  const calls = callsTo({ ...first, adminKey: second.adminKey });
  await calls.call('POST', '/v1/ledgers', { body: { name: 'play', sandbox: true } });
  const body = { name: 'try', scopes: ['read', 'write'], ledgers: ['play'] };
  const made = await calls.call('POST', '/v1/api-keys', { body });
  assert.equal(made.status, 201, made.text);
  const key = String(made.json['key']);
  const asTester = (url: string) => playIn(callsTo({ ...first, url, adminKey: key }));
  const near = asTester(first.url);
  const far = asTester(second.url);
  await openBoth(near);
  assert.equal((await near.ask('POST', '/v1/ledgers/play/reset')).status, 200);
  await until(
    async () => rowsIn(await far.ask('GET', '/v1/accounts'), 'data').length === 0,
    'the other process hears of the reset',
  );
  await openBoth(near);
  assert.equal(rowsIn(await far.ask('GET', '/v1/accounts'), 'data').length, 3);
  assert.equal(summaryOf(await near.ask('GET', '/v1/ledgers/main')), '404 ledger_not_found');

  const moved = await near.ask('POST', '/v1/ledgers/play/clock', { advance_seconds: 86_400 });
  assert.equal(moved.status, 200, moved.text);
  const expires = { hold: { expires_at: new Date(Date.now() + day + 2000).toISOString() } };
  const held = await near.ask('POST', '/v1/transfers', transfer(expires), 'h');
  assert.equal(held.json['status'], 'HELD', held.text);
  first.signal('SIGKILL');
  await first.exited;
  const third = await startOn(t, database, env);
  const again = asTester(third.url);
  await until(async () => (await again.status(held.json['id'])) === 'EXPIRED', 'the hold expires');
});
