import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission } from '../../src/gateway/admission.ts';
import { carryOut, startGateway, type TestGateway } from '../support/gateway.ts';
import { send, summaryOf } from '../support/http.ts';

async function createKey(gateway: TestGateway, more: object): Promise<Record<string, string>> {
  const body = { name: 'limited', scopes: ['read', 'write'], ledgers: ['main'], ...more };
  const answer = await gateway.call('POST', '/v1/api-keys', { body });
  assert.equal(answer.status, 201, answer.text);
  return { authorization: `Bearer ${String(answer.json['key'])}` };
}

test('a key may send as much in a second as it was given, and is told so; others are not touched', async (t) => {
  const clock = { now: 1000 };
  const gateway = await startGateway(t, undefined, { monotonicMs: () => clock.now });
  const headers = await createKey(gateway, { rate_limit_per_second: 3 });
  const read = () => gateway.call('GET', '/v1/currencies', { headers });
  const answers = [await read(), await read(), await read()];
  const refused = await read();
  assert.deepEqual(
    [...answers, refused].map(({ status, headers: h }) => [
      status,
      h.get('ratelimit'),
      h.get('ratelimit-policy'),
    ]),
    [
      [200, '"key";r=2;t=1', '"key";q=3;w=1'],
      [200, '"key";r=1;t=1', '"key";q=3;w=1'],
      [200, '"key";r=0;t=1', '"key";q=3;w=1'],
      [429, '"key";r=0;t=1', '"key";q=3;w=1'],
    ],
  );
  assert.equal(refused.json['code'], 'rate_limited');
  assert.equal(refused.json['retry'], 'same_key');
  assert.equal(refused.headers.get('retry-after'), '1');
  const other = await gateway.call('GET', '/v1/currencies');
  assert.deepEqual([other.status, other.headers.get('ratelimit')], [200, null]);
  clock.now += 334;
  assert.equal((await read()).status, 200);
});

test('a refused request for its rate has no effect: the same key counts later', async (t) => {
  const clock = { now: 1000 };
  const gateway = await startGateway(t, undefined, { monotonicMs: () => clock.now });
  const headers = await createKey(gateway, { rate_limit_per_second: 1 });
  const post = () =>
    gateway.call('POST', '/v1/transfers', {
      headers: { ...headers, 'idempotency-key': 'k' },
      body: { from: 'ext:a', to: 'ext:b', amount_minor: 1, currency: 'USD' },
    });
  assert.equal((await post()).status, 201);
  assert.equal(summaryOf(await post()), '429 rate_limited');
  assert.equal(gateway.submitted.length, 1);
  clock.now += 1000;
  assert.equal((await post()).status, 201);
});

test('what waits too long for its turn is answered 503 with Retry-After; reads go on meanwhile', async (t) => {
  const clock = { now: 0 };
  const monotonicMs = () => clock.now;
  const admit = (runningMax: number) =>
    new Admission({ runningMax, laneMax: 100, waitingMax: 100, monotonicMs });
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const decide = async () => {
    begin();
    await released;
    return carryOut();
  };
  const admissions = { reads: admit(10), writes: admit(1) };
  const gateway = await startGateway(t, decide, { admissions });
  const post = (key: string) =>
    gateway.call('POST', '/v1/transfers', {
      headers: { 'idempotency-key': key },
      body: { from: 'ext:a', to: 'ext:b', amount_minor: 1, currency: 'USD' },
    });
  const first = post('1');
  await begun;
  const second = post('2');
  while (admissions.writes.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await gateway.call('GET', '/v1/currencies')).status, 200);
  const metrics = (await send(`${gateway.url}/metrics`, 'GET', {}, undefined)).text;
  assert.match(metrics, /gateway_requests\{kind="writes",state="waiting"\} 1/);
  clock.now = 10_001;
  const refused = await second;
  assert.equal(summaryOf(refused), '503 overloaded');
  assert.equal(refused.headers.get('retry-after'), '1');
  release();
  assert.equal((await first).status, 201);
  assert.equal(gateway.submitted.length, 1);
});
