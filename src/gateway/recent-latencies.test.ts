import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentLatencies } from './recent-latencies.ts';

test('quantiles are of the last minute, whatever came before', () => {
  let now = 0;
  const latencies = new RecentLatencies(() => now);
  assert.equal(latencies.read(), null);
  for (let ms = 1; ms <= 100; ms++) latencies.note(ms);
  assert.deepEqual(latencies.read(), { count: 100, p50_ms: 50, p99_ms: 99 });
  now = 60_001;
  assert.equal(latencies.read(), null);
  latencies.note(7);
  assert.deepEqual(latencies.read(), { count: 1, p50_ms: 7, p99_ms: 7 });
  for (let count = 0; count < 20_000; count++) latencies.note(3);
  assert.equal(latencies.read()?.p99_ms, 3);
});
