import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { OffsetCommits, type Place } from './offset-commits.ts';

const place = (partition: number, offset: bigint): Place => ({
  topic: 't',
  partition,
  offset,
  leaderEpoch: 0,
});

test('places that come while a commit is on its way go out together, the last of each partition', async () => {
  const sent: string[][] = [];
  const { promise: broker, resolve: answer } = Promise.withResolvers<void>();
  const commits = new OffsetCommits(async (places) => {
    sent.push(places.map(({ partition, offset }) => `${partition}:${offset}`));
    await broker;
  });
  const first = commits.add(place(0, 1n));
  await setImmediate();
  const others = [place(0, 2n), place(1, 7n), place(0, 3n)].map((one) => commits.add(one));
  await setImmediate();
  assert.deepEqual(sent, [['0:1']]);
  answer();
  await Promise.all([first, ...others]);
  await commits.add(place(2, 1n));
  assert.deepEqual(sent, [['0:1'], ['0:3', '1:7'], ['2:1']]);
});

test('a commit that fails is told to those whose places it had, and the next one goes out', async () => {
  let failures = 1;
  const commits = new OffsetCommits(() =>
    failures-- > 0 ? Promise.reject(new Error('no coordinator')) : Promise.resolve(),
  );
  const failed = commits.add(place(0, 1n));
  await assert.rejects(failed, /no coordinator/);
  await commits.add(place(0, 1n));
});
