import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandQueue } from './command-queue.ts';
import { Pending } from './pending.ts';

function pending(now: number): Pending {
  const command = { kind: 'create_ledger', body: { name: 'x' } } as const;
  const request = {
    ledger: 'main',
    command,
    key: 'k',
    fingerprint: 'f',
    traceparent: undefined,
    correlationId: undefined,
  };
  const times = { now, deadline: 1, late: 'deadline_exceeded' } as const;
  return new Pending(
    request,
    times,
    () => {},
    () => {},
  );
}

test('a queue that batches do not empty for some time is overfull; a burst is not', () => {
  const queue = new CommandQueue();
  const push = (count: number, now = 0): void => {
    for (let n = 0; n < count; n += 1) queue.push(pending(now));
  };
  push(30);
  assert.equal(queue.isOverfull(10, 0), false);
  queue.takeBatch(10, 0);
  assert.equal(queue.isOverfull(10, 50), false, 'a burst');
  queue.takeBatch(10, 460);
  push(10, 460);
  assert.equal(queue.isOverfull(10, 500), true, 'more comes than goes');
  assert.equal(queue.isOverfull(10, 561), false, 'nothing came any more');
  assert.equal(queue.shed(10, 500).length, 10, 'the next batch and no more may wait');
  push(1, 500);
  queue.takeBatch(10, 510);
  queue.takeBatch(10, 510);
  assert.equal(queue.isOverfull(10, 520), false, 'the next batch takes all');
  push(30, 1300);
  assert.equal(queue.isOverfull(10, 1300), false, 'it was empty in between');
});
