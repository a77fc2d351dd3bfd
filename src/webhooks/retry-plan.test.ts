import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRetry, readRetryAfter } from './retry-plan.ts';

const hourMs = 3_600_000;
const plan = (random: number) => ({
  untilMs: 72 * hourMs,
  backoff: { msMin: 5000, msMax: 6 * hourMs },
  random: () => random,
});

test('pauses double up to their bound, chance shortens them, and the last attempt is at the end', () => {
  const at = (attempts: number, elapsedMs: number, random = 1, retryAfterMs?: number) =>
    planRetry(plan(random), { attempts, elapsedMs, retryAfterMs });
  assert.equal(at(1, 0), 10_000);
  assert.equal(at(2, 0), 20_000);
  assert.equal(at(2, 0, 0.5), 10_000);
  assert.equal(at(30, 0), 6 * hourMs);
  assert.equal(at(30, 71 * hourMs), hourMs, 'once more when the time is over');
  assert.equal(at(30, 72 * hourMs), undefined);
  assert.equal(at(1, 0, 0.5, 60_000), 60_000, 'not before the receiver wants it');
  assert.equal(at(1, 71 * hourMs, 1, 5 * hourMs), hourMs, 'nor beyond the end');
});

test('a delivery that never arrives is tried some twenty to sixty times in three days', () => {
  for (const random of [0.3, 0.5, 1]) {
    let elapsedMs = 0;
    let attempts = 1;
    for (;;) {
      const delayMs = planRetry(plan(random), { attempts, elapsedMs, retryAfterMs: undefined });
      if (delayMs === undefined) break;
      elapsedMs += delayMs;
      attempts += 1;
    }
    assert.equal(elapsedMs, 72 * hourMs);
    assert.ok(attempts >= 20 && attempts <= 60, `${attempts} attempts`);
  }
});

test('Retry-After is seconds or an HTTP date; what is neither does not count', () => {
  const now = Date.parse('2026-03-01T00:00:00Z');
  const rows: [string | undefined, number | undefined][] = [
    ['120', 120_000],
    ['0', 0],
    ['Sun, 01 Mar 2026 00:01:00 GMT', 60_000],
    ['Sat, 28 Feb 2026 00:00:00 GMT', 0],
    ['-5', undefined],
    ['1e3', undefined],
    ['soon', undefined],
    ['99999999999', undefined],
    [undefined, undefined],
  ];
  for (const [header, expected] of rows)
    assert.equal(readRetryAfter(header, now), expected, String(header));
});
