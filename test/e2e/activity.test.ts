import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startProduct } from '../support/product.ts';

test('the activity of a ledger: its rate, its latency, what is held and what failed', async (t) => {
  const { open, move, get, call } = await startProduct(t);
  const empty = (await get('/v1/reports/activity')).json;
  assert.deepEqual(
    [empty['latency'], empty['holds'], empty['failures'], empty['sampled']],
    [null, [], [], 0],
  );
  await open('a');
  await open('b', { credit_limit_minor: 0 });
  for (const key of ['1', '2', '3']) await move(key, 'a', 'b', 100);
  for (const key of ['4', '5']) await move(key, 'b', 'a', 10_000);
  for (const key of ['6', '7']) await move(key, 'a', 'b', 250, { hold: true });
  const { json } = await get('/v1/reports/activity');
  assert.deepEqual(json['failures'], [{ code: 'insufficient_funds', count: 2 }]);
  assert.deepEqual(json['holds'], [{ currency: 'USD', count: 2, held_minor: 500 }]);
  const rates = Array.isArray(json['per_second']) ? json['per_second'] : [];
  assert.deepEqual(
    [rates.length, rates.reduce((sum: number, count: number) => sum + count, 0)],
    [60, 7],
  );
  assert.equal(json['sampled'], 7);
  assert.match(JSON.stringify(json['latency']), /^\{"count":7,"p50_ms":[\d.]+,"p99_ms":[\d.]+\}$/);
  assert.equal(
    (await call('GET', '/v1/reports/activity', { headers: { ledger: 'nobody' } })).status,
    404,
  );
});

test('accounts are listed by their ids, those of other ledgers left out', async (t) => {
  const { open, get, call } = await startProduct(t);
  const [a, b] = [await open('a'), await open('b')];
  await open('c');
  const { json } = await get(`/v1/accounts?ids=${b},${a},0190f3a0-7c1e-7d00-8000-0000000000a1`);
  const names = Array.isArray(json['data'])
    ? json['data'].map((row: { external_id: string }) => row.external_id)
    : [];
  assert.deepEqual(names, ['a', 'b']);
  assert.equal((await call('GET', '/v1/accounts?ids=x')).json['code'], 'invalid_request');
});
