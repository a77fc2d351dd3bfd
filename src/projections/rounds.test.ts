import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery } from '../relay/transport/transport.ts';
import { Rounds } from './rounds.ts';

const delivery = (partition: string): Delivery => ({ partition, messages: [], position: 1 });
const names = (deliveries: readonly Delivery[]): string[] =>
  deliveries.map(({ partition }) => partition);

test('what comes while a round is on its way is the next round, and one runs at a time', async () => {
  const rounds: string[][] = [];
  const ends: (() => void)[] = [];
  const gathering = new Rounds(async (deliveries) => {
    rounds.push(names(deliveries));
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.push(resolve);
    await promise;
  });
  const first = gathering.add(delivery('a'));
  const others = ['b', 'c'].map((name) => gathering.add(delivery(name)));
  assert.deepEqual(rounds, [['a']]);
  ends[0]?.();
  await first;
  assert.deepEqual(rounds, [['a'], ['b', 'c']]);
  ends[1]?.();
  await Promise.all(others);
});

test('a round that fails fails for each of its deliveries, and the next one is tried', async () => {
  let failures = 1;
  const gathering = new Rounds((deliveries) =>
    failures-- > 0 ? Promise.reject(new Error(names(deliveries).join(','))) : Promise.resolve(),
  );
  await assert.rejects(gathering.add(delivery('a')), /^Error: a$/);
  await gathering.add(delivery('a'));
});
