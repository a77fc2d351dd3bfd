import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission, Lane } from './admission.ts';

function start(options: Partial<ConstructorParameters<typeof Admission>[0]> = {}) {
  const clock = { now: 0 };
  const monotonicMs = () => clock.now;
  const limits = { runningMax: 2, laneMax: 2, waitingMax: 10 };
  const admission = new Admission({ ...limits, monotonicMs, ...options });
  const admitted: string[] = [];
  const enter = (lane: Lane, name: string): void => {
    const wait = admission.enter(lane);
    if (wait === undefined) admitted.push(name);
    else void wait.then(() => admitted.push(name)).catch(() => admitted.push(`${name} refused`));
  };
  return { admission, admitted, enter, clock };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('no more are carried out at once than may be; the others come in as these leave', async () => {
  const { admission, admitted, enter } = start();
  const lane = new Lane();
  for (const name of ['a', 'b', 'c', 'd']) enter(lane, name);
  await turn();
  assert.deepEqual(admitted, ['a', 'b']);
  assert.equal(admission.waiting, 2);
  admission.leave(lane);
  await turn();
  assert.deepEqual(admitted, ['a', 'b', 'c']);
  admission.leave(lane);
  admission.leave(lane);
  admission.leave(lane);
  await turn();
  assert.deepEqual(admitted, ['a', 'b', 'c', 'd']);
  assert.deepEqual([admission.running, admission.waiting, lane.running], [0, 0, 0]);
});

test('keys take turns: one with many requests does not keep another out', async () => {
  const { admission, admitted, enter } = start();
  const [many, few] = [new Lane(), new Lane()];
  for (const name of ['m1', 'm2', 'm3', 'm4', 'm5', 'm6']) enter(many, name);
  enter(few, 'f1');
  enter(few, 'f2');
  for (let n = 0; n < 4; n += 1) admission.leave(n < 2 ? many : few);
  await turn();
  assert.deepEqual(admitted, ['m1', 'm2', 'm3', 'f1', 'm4', 'f2']);
});

test('a key has no more under way than it may, and others pass it by', async () => {
  const { admission, admitted, enter } = start({ laneMax: 1 });
  const [one, other] = [new Lane(), new Lane()];
  for (const name of ['a', 'b', 'c']) enter(one, name);
  enter(other, 'd');
  await turn();
  assert.deepEqual(admitted, ['a', 'd']);
  admission.leave(other);
  await turn();
  assert.deepEqual(admitted, ['a', 'd']);
  admission.leave(one);
  await turn();
  assert.deepEqual(admitted, ['a', 'd', 'b']);
});

test('in a queue that stands the newest is served first', async () => {
  const { admission, admitted, enter, clock } = start({ runningMax: 1, laneMax: 1 });
  const lane = new Lane();
  for (const name of ['a', 'b', 'c']) enter(lane, name);
  clock.now = 2100;
  enter(lane, 'd');
  admission.leave(lane);
  await turn();
  assert.deepEqual(admitted, ['a', 'd']);
});

test('whoever waited too long is refused, earlier where more comes, and a full queue refuses at once', async () => {
  const { admission, admitted, enter, clock } = start({ runningMax: 1, laneMax: 1, waitingMax: 2 });
  const lane = new Lane();
  for (const name of ['a', 'b', 'c']) enter(lane, name);
  assert.throws(() => admission.enter(new Lane()), /too many requests/);
  clock.now = 9000;
  admission.leave(lane);
  await turn();
  assert.deepEqual(admitted, ['a', 'b'], 'a burst is patient');
  enter(lane, 'd');
  // The sweep runs by a timer of its own.
  while (admitted.length < 3) await turn();
  assert.deepEqual(admitted, ['a', 'b', 'c refused'], 'more came: two seconds are long');
  clock.now = 19_001;
  while (admitted.length < 4) await turn();
  assert.deepEqual(admitted, ['a', 'b', 'c refused', 'd refused']);
  assert.equal(admission.waiting, 0);
  admission.leave(lane);
  enter(lane, 'e');
  assert.equal(admitted.at(-1), 'e');
});

test('in a queue that stands whoever waited long has no turn, until the machine is no longer busy', async () => {
  const { admission, admitted, enter, clock } = start({ runningMax: 2, laneMax: 2, waitingMax: 10 });
  const lane = new Lane();
  for (const name of ['a', 'b', 'c']) enter(lane, name);
  clock.now = 1500;
  enter(lane, 'e');
  clock.now = 2100;
  enter(lane, 'd');
  admission.leave(lane);
  admission.leave(lane);
  await turn();
  assert.deepEqual(admitted, ['a', 'b', 'd']);
  admission.leave(lane);
  while (admitted.length < 5) await turn();
  assert.deepEqual(admitted, ['a', 'b', 'd', 'c refused', 'e']);
});
