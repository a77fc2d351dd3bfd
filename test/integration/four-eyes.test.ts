import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { LedgerProcess } from '../../src/ledger/ledger.ts';
import type { FourEyesRule } from '../../src/gateway/four-eyes.ts';
import { startGateway } from '../support/gateway.ts';
import { rowsIn, summaryOf, type TestAnswer } from '../support/http.ts';
import { startLedger } from '../support/ledger.ts';

async function start(t: TestContext, fourEyes: readonly FourEyesRule[], approvalMs = 60_000) {
  const ready = Promise.withResolvers<LedgerProcess>();
  const gateway = await startGateway(t, async (request) => (await ready.promise).submit(request), {
    fourEyes,
    approvalMs,
  });
  const { connectionString = '' } = gateway.pool.options;
  ready.resolve(await startLedger(t, { connectionString }));
  const key = async (name: string): Promise<Record<string, string>> => {
    const body = { name, scopes: ['admin'], ledgers: ['main'] };
    const { json } = await gateway.call('POST', '/v1/api-keys', { body });
    return { authorization: `Bearer ${String(json['key'])}` };
  };
  const [ada, bob] = [await key('ada'), await key('bob')];
  const post = (path: string, body: unknown, key: string, headers = ada): Promise<TestAnswer> =>
    gateway.call('POST', path, { body, headers: { ...headers, 'idempotency-key': key } });
  const open = async (name: string): Promise<string> =>
    String((await post('/v1/accounts', { currency: 'USD', external_id: name }, name)).json['id']);
  const [a, b] = [await open('a'), await open('b')];
  const moved = await post(
    '/v1/transfers',
    { from: a, to: b, amount_minor: 7, currency: 'USD' },
    'move',
  );
  assert.equal(moved.status, 201, moved.text);
  const act = (id: unknown, verb: string, headers: Record<string, string>, body?: unknown) =>
    gateway.call('POST', `/v1/admin/approvals/${String(id)}/${verb}`, { headers, body });
  const reverse = `/v1/transfers/${String(moved.json['id'])}/reverse`;
  const limit = async (name: string) =>
    (await gateway.call('GET', `/v1/accounts/ext:${name}`)).json['credit_limit_minor'];
  return { ...gateway, ada, bob, post, act, reverse, limit };
}

test('a forced reversal waits for another administrator, and is answered as ever once approved', async (t) => {
  const { ada, bob, post, act, reverse, call } = await start(t, ['forced_reversals']);
  const held = await post(reverse, { force: true }, 'r');
  assert.deepEqual([held.status, held.json['state'], held.json['answer']], [202, 'pending', null]);
  assert.equal(held.headers.get('location'), `/v1/admin/approvals/${String(held.json['id'])}`);
  const again = await post(reverse, { force: true }, 'r');
  assert.deepEqual([again.status, again.json['id']], [202, held.json['id']], 'a repeat is the same one');
  assert.equal(
    summaryOf(await post(reverse, { force: true, amount_minor: 1 }, 'r')),
    '422 idempotency_key_reused',
  );
  assert.equal(summaryOf(await post(reverse, { force: true }, 'r', bob)), '202', 'whoever repeats it');
  assert.equal(
    (await call('GET', '/v1/transfers')).json['data']?.toString().split(',').length,
    1,
    'nothing has moved',
  );

  assert.equal(summaryOf(await act(held.json['id'], 'approve', ada)), '403 approver_is_requester');
  const waiting = await call('GET', '/v1/admin/approvals?state=pending', { headers: bob });
  assert.deepEqual(
    rowsIn(waiting, 'data').map(({ id }) => id),
    [held.json['id']],
  );
  const approved = await act(held.json['id'], 'approve', bob);
  assert.deepEqual(
    [approved.status, approved.json['state'], approved.json['answer_status']],
    [200, 'done', 201],
  );
  assert.equal(summaryOf(await act(held.json['id'], 'approve', bob)), '409 approval_closed');
  const replayed = await post(reverse, { force: true }, 'r');
  assert.deepEqual([replayed.status, replayed.headers.get('idempotency-replayed')], [201, 'true']);
  assert.deepEqual(replayed.json, approved.json['answer']);
});

test('what is not forced does not wait, nor anything where the rule is not set', async (t) => {
  const { post, reverse, call, bob, limit } = await start(t, ['forced_reversals']);
  assert.equal(
    (await call('PATCH', '/v1/accounts/ext:a', { headers: bob, body: { credit_limit_minor: 100 } }))
      .status,
    200,
  );
  assert.equal(await limit('a'), 100);
  assert.equal((await post(reverse, {}, 'r')).status, 201);
});

test('a change of a credit limit waits, a change of a name does not', async (t) => {
  const { ada, bob, act, call, limit } = await start(t, ['credit_limits']);
  const change = (body: unknown) => call('PATCH', '/v1/accounts/ext:a', { headers: ada, body });
  assert.equal((await change({ name: 'Ada' })).status, 200);
  const held = await change({ credit_limit_minor: 500 });
  assert.deepEqual([held.status, await limit('a')], [202, null]);
  assert.equal(
    (await change({ credit_limit_minor: 500 })).json['id'],
    held.json['id'],
    'asked twice, held once',
  );
  assert.equal((await act(held.json['id'], 'approve', bob)).json['answer_status'], 200);
  assert.equal(await limit('a'), 500);
  const second = await change({ credit_limit_minor: 900 });
  const rejected = await act(second.json['id'], 'reject', bob, { reason: 'too much' });
  assert.deepEqual([rejected.json['state'], rejected.json['reason']], ['rejected', 'too much']);
  assert.equal(summaryOf(await act(second.json['id'], 'approve', bob)), '409 approval_closed');
  assert.equal(await limit('a'), 500);
});

test('a refusal by a rule at the time of the approval is shown, and ends the request', async (t) => {
  const { bob, post, act, reverse } = await start(t, ['forced_reversals']);
  const held = await post(reverse, { force: true }, 'first');
  assert.equal((await post(reverse, {}, 'second')).status, 201, 'it is reversed meanwhile');
  const approved = await act(held.json['id'], 'approve', bob);
  assert.deepEqual([approved.json['state'], approved.json['answer_status']], ['refused', 409]);
  assert.match(approved.text, /"code":"already_reversed"/);
});

test('a discard waits, expires, and the audit log tells all of it', async (t) => {
  const { ada, bob, act, call, pool } = await start(t, ['discards'], 60_000);
  const letter = '0190f3a0-7c1e-7d00-8000-00000000000a';
  const held = await call('POST', `/v1/admin/dead-letters/${letter}/discard`, {
    headers: ada,
    body: { reason: 'no' },
  });
  assert.equal(held.status, 202, held.text);
  await pool.query("update ledger.approvals set expires_at = now() - interval '1 second'");
  assert.equal(summaryOf(await act(held.json['id'], 'approve', bob)), '409 approval_closed');
  const shown = await call('GET', `/v1/admin/approvals/${String(held.json['id'])}`);
  assert.equal(shown.json['state'], 'expired');
  const log = rowsIn(await call('GET', '/v1/admin/audit-log?limit=1000'), 'data');
  const told = log.map((row) => [row['action'], row['outcome'], row['code'], row['status']].join(' '));
  for (const line of [
    'discardDeadLetter done  202',
    'discardDeadLetter refused approval_expired ',
    'approveRequest refused approval_closed 409',
  ])
    assert.ok(told.includes(line), `${line} is not in ${told.join('\n')}`);
});
