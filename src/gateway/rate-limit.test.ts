import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateHeaders, takeFromBucket } from './rate-limit.ts';

test('a bucket holds the requests of a second, and fills as fast as they may come', () => {
  const usage = { fullAt: 0 };
  const take = (now: number) => takeFromBucket(usage, 4, now);
  const burst = [10, 10, 10, 10, 10].map((now) => take(now));
  assert.deepEqual(
    burst.map(({ isAllowed, remaining }) => [isAllowed, remaining]),
    [
      [true, 3],
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
    ],
  );
  assert.equal(burst[4]?.resetMs, 250);
  assert.equal(take(259).isAllowed, false);
  assert.equal(take(260).isAllowed, true);
  assert.equal(take(261).isAllowed, false);
  assert.equal(take(10_000).remaining, 3);
});

test('over a long time exactly as many come through as may', () => {
  const usage = { fullAt: 0 };
  let allowed = 0;
  for (let now = 0; now < 100_000; now += 1) if (takeFromBucket(usage, 70, now).isAllowed) allowed += 1;
  assert.ok(allowed >= 7000 && allowed <= 7070, String(allowed));
});

test('the headers say policy, rest and seconds', () => {
  const state = takeFromBucket({ fullAt: 0 }, 10, 0);
  assert.deepEqual(rateHeaders(state), {
    'ratelimit-policy': '"key";q=10;w=1',
    ratelimit: '"key";r=9;t=1',
  });
});
