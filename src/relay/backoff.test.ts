import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs } from './backoff.ts';

const most = () => 1;

test('pauses double up to their bound, and chance takes from all of each', () => {
  const failures = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100];
  const usual = failures.map((count) => backoffMs(count, most));
  assert.deepEqual(usual, [400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]);
  assert.deepEqual(
    failures.slice(0, 4).map((count) => backoffMs(count, most, { msMin: 1, msMax: 5 })),
    [2, 4, 5, 5],
  );
  assert.equal(
    backoffMs(3, () => 0),
    0,
  );
  assert.equal(
    backoffMs(3, () => 0.5),
    800,
  );
});
