import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../relay/transport/transport.ts';
import { aheadMax, LogPages } from './log-pages.ts';

const messageAt = (position: number): Message => ({
  position,
  epoch: 1,
  eventId: String(position),
  type: 'LedgerSealed',
  schemaVersion: 1,
  ledger: 'main',
  aggregate: 'account',
  key: 'main',
  payload: new Uint8Array(),
  traceparent: undefined,
  correlationId: undefined,
  recordedAt: 0,
});

function pagesOf(reads: number[]): LogPages {
  return new LogPages((after, limit) => {
    reads.push(after);
    return Promise.resolve(Array.from({ length: limit }, (_, index) => messageAt(after + 1 + index)));
  });
}

test('what several load side by side is read once', async () => {
  const reads: number[] = [];
  const pages = pagesOf(reads);
  const load = (member: object) =>
    pages.join(member, 0, async () => {
      for (let at = 0; at < 10_000;) at = (await pages.read(member, at, 10_000))?.last ?? 10_000;
    });
  await Promise.all([load({}), load({}), load({})]);
  assert.deepEqual(reads, [...new Set(reads)]);
});

test('one that reads out of step, at its end, holds nobody up', async () => {
  const pages = pagesOf([]);
  await pages.read({}, 0, 10);
  const later = {};
  const page = pages.join(later, aheadMax * 3, () => pages.read(later, aheadMax * 3, aheadMax * 4));
  assert.notEqual(await page, undefined);
});
