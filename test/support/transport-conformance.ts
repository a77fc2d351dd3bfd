import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  PositionLost,
  type Message,
  type Publisher,
  type Transport,
} from '../../src/relay/transport/transport.ts';
import { Collector, makeMessages, range } from './collector.ts';
import { until } from './product.ts';

/** What a transport is tried on. */
export interface Bed {
  /** Leaves nothing of earlier tests and opens the transport; the test's end closes it. */
  readonly open: (t: TestContext, group: string) => Promise<Transport>;
  /** Brings messages into the log, and onto the transport. */
  readonly feed: (transport: Transport, messages: readonly Message[]) => Promise<void>;
}

/** A transport that has a broker, which can be killed. */
export interface BrokerBed extends Bed {
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Resolves when what was declared survives a kill. */
  readonly settled: () => Promise<void>;
  /** Takes away what the broker has for a group, as retention does. */
  readonly forget: (group: string) => Promise<void>;
  /** Dead letters of a topic: their keys and the error that each carries. */
  readonly readDead: (topic: string, count: number) => Promise<{ key: string; error: string }[]>;
}

let groups = 0;
const newGroup = (): string => `group-${process.pid}-${(groups += 1)}`;

const byKey = (messages: readonly Message[]): Map<string, number[]> => {
  const positions = new Map<string, number[]>();
  for (const { aggregate, key, position } of messages) {
    const name = `${aggregate}/${key}`;
    positions.set(name, [...(positions.get(name) ?? []), position]);
  }
  return positions;
};

const reaches = (collector: Collector, position: number): Promise<void> =>
  until(async () => (await collector.position()) >= position, `${collector.group} at ${position}`);

/** The promises of the port, for every transport. */
export function testTransport(bed: Bed): void {
  test('what was sent arrives as it was, in order for each key, each key in one partition', async (t) => {
    const collector = new Collector(newGroup());
    const transport = await bed.open(t, collector.group);
    await collector.subscribe(transport);
    await bed.feed(transport, makeMessages(1, 100));
    await reaches(collector, 100);
    const sorted = collector.messages.toSorted((a, b) => a.position - b.position);
    for (const [index, message] of makeMessages(1, 100).entries())
      assert.deepEqual(plain(sorted[index]), plain(message));
    for (const positions of byKey(collector.messages).values())
      assert.deepEqual(
        positions,
        positions.toSorted((a, b) => a - b),
      );
    assert.ok([...collector.partitionsOfKeys.values()].every((partitions) => partitions.size <= 3));
    assert.deepEqual([collector.repeats, collector.faults], [[], []]);
  });

  test('a group goes on after what it has applied, and another group gets everything', async (t) => {
    const collector = new Collector(newGroup());
    const transport = await bed.open(t, collector.group);
    const first = await collector.subscribe(transport);
    await bed.feed(transport, makeMessages(1, 30));
    await reaches(collector, 30);
    await first.close();
    await bed.feed(transport, makeMessages(31, 60));
    await collector.subscribe(transport);
    await reaches(collector, 60);
    const other = new Collector(newGroup());
    await other.subscribe(transport);
    await reaches(other, 60);
    assert.deepEqual(collector.positions(), range(1, 60));
    assert.deepEqual(other.positions(), range(1, 60));
    assert.deepEqual([...collector.repeats, ...other.repeats], []);
  });

  test('a delivery whose handler threw comes again, and nothing is lost for it', async (t) => {
    const collector = new Collector(newGroup());
    const transport = await bed.open(t, collector.group);
    let left = 3;
    collector.before = (messages) => {
      if (messages.some(({ position }) => position === 13) && left > 0) {
        left -= 1;
        throw new Error('poison');
      }
    };
    await collector.subscribe(transport);
    await bed.feed(transport, makeMessages(1, 40));
    await reaches(collector, 40);
    assert.deepEqual(collector.positions(), range(1, 40));
    assert.equal(collector.faults.length, 3);
    assert.deepEqual(collector.repeats, []);
  });

  test('a subscription that ends in mid-delivery leaves it to the next one', async (t) => {
    const collector = new Collector(newGroup());
    const transport = await bed.open(t, collector.group);
    const reached = Promise.withResolvers<void>();
    collector.before = (messages) => {
      if (!messages.some(({ position }) => position >= 10)) return;
      reached.resolve();
      throw new Error('the process is on its way down');
    };
    const first = await collector.subscribe(transport);
    await bed.feed(transport, makeMessages(1, 40));
    await reached.promise;
    await first.close();
    collector.before = () => {};
    await collector.subscribe(transport);
    await reaches(collector, 40);
    assert.deepEqual(collector.positions(), range(1, 40));
    assert.deepEqual(collector.repeats, []);
  });

  test('members that come and go lose nothing, and a partition has one at a time', async (t) => {
    const collector = new Collector(newGroup());
    const transport = await bed.open(t, collector.group);
    const busy = new Set<string>();
    const overlaps: string[] = [];
    collector.before = async (_messages, partition) => {
      if (busy.has(partition)) overlaps.push(partition);
      busy.add(partition);
      await new Promise((resolve) => setImmediate(resolve));
      busy.delete(partition);
    };
    const first = await collector.subscribe(transport);
    await bed.feed(transport, makeMessages(1, 50));
    await until(async () => collector.messages.length > 0, 'the first member reads');
    const second = await collector.subscribe(transport);
    await bed.feed(transport, makeMessages(51, 100));
    await reaches(collector, 100);
    await first.close();
    await bed.feed(transport, makeMessages(101, 150));
    await reaches(collector, 150);
    await second.close();
    assert.deepEqual(collector.positions(), range(1, 150));
    assert.deepEqual([collector.repeats, overlaps], [[], []]);
  });
}

function plain(message: Message | undefined): object {
  return { ...message, payload: Buffer.from(message?.payload ?? []).toString() };
}

async function openPublisher(transport: Transport): Promise<Publisher> {
  assert.ok(transport.openPublisher !== undefined);
  return transport.openPublisher();
}

/** Sends as the relay does: after any rejection with a new publisher, from what was confirmed. */
export async function sendAll(transport: Transport, messages: readonly Message[]): Promise<void> {
  let confirmed = 0;
  while (confirmed < messages.length) {
    const publisher = await openPublisher(transport).catch(() => undefined);
    try {
      if (publisher === undefined) throw new Error('no publisher');
      while (confirmed < messages.length) {
        const page = messages.slice(confirmed, confirmed + 50);
        await publisher.publish(page);
        confirmed += page.length;
        await publisher.watermark(page.at(-1)?.position ?? 0);
      }
    } catch {
      await delay(50);
    } finally {
      await publisher?.close();
    }
  }
}

/** The promises of the port where there is a broker, and it fails. */
export function testBroker(bed: BrokerBed): void {
  test('repeats of what was handled are recognised by their position', async (t) => {
    const collector = new Collector(newGroup());
    const transport = await bed.open(t, collector.group);
    await collector.subscribe(transport);
    const publisher = await openPublisher(transport);
    await publisher.publish(makeMessages(1, 20));
    await publisher.publish(makeMessages(11, 30));
    await publisher.publish(makeMessages(1, 40));
    await publisher.watermark(40);
    await reaches(collector, 40);
    await publisher.close();
    assert.deepEqual(collector.positions(), range(1, 40));
    assert.deepEqual(collector.repeats, []);
  });

  test('a publisher that was replaced and does not know it can only repeat', async (t) => {
    const collector = new Collector(newGroup());
    const transport = await bed.open(t, collector.group);
    await collector.subscribe(transport);
    const zombie = await openPublisher(transport);
    const successor = await openPublisher(transport);
    await zombie.publish(makeMessages(1, 10));
    await successor.publish(makeMessages(11, 40));
    await zombie.publish(makeMessages(11, 25));
    await zombie.watermark(25);
    await successor.publish(makeMessages(41, 60));
    await zombie.publish(makeMessages(26, 50));
    await successor.watermark(60);
    await reaches(collector, 60);
    await zombie.watermark(50);
    await Promise.all([zombie.close(), successor.close()]);
    assert.deepEqual(collector.positions(), range(1, 60));
    assert.deepEqual(collector.repeats, []);
  });

  test('a broker that is killed and started again in mid-run loses nothing that was confirmed', async (t) => {
    const collector = new Collector(newGroup());
    const transport = await bed.open(t, collector.group);
    await collector.subscribe(transport);
    await sendAll(transport, makeMessages(1, 10));
    await bed.settled();
    const sent = sendAll(transport, makeMessages(11, 2000));
    await until(async () => collector.messages.length > 100, 'the run has begun');
    await bed.kill();
    await bed.start();
    await sent;
    await reaches(collector, 2000);
    assert.deepEqual(collector.positions(), range(1, 2000));
    assert.deepEqual(collector.repeats, []);
  });

  test('a send that was never confirmed is rejected, and sent again it counts once', async (t) => {
    const collector = new Collector(newGroup());
    const transport = await bed.open(t, collector.group);
    await collector.subscribe(transport);
    const publisher = await openPublisher(transport);
    await publisher.publish(makeMessages(1, 10));
    await bed.settled();
    const unconfirmed = publisher.publish(makeMessages(11, 500)).then(
      () => 'confirmed',
      () => 'rejected',
    );
    await bed.kill();
    const outcome = await unconfirmed;
    await publisher.close();
    t.diagnostic(`the send was ${outcome}`);
    await bed.start();
    await sendAll(transport, makeMessages(outcome === 'confirmed' ? 501 : 11, 600));
    await reaches(collector, 600);
    assert.deepEqual(collector.positions(), range(1, 600));
    assert.deepEqual(collector.repeats, []);
  });
}

/** What the broker no longer has is never passed over. */
export function testLoss(bed: BrokerBed): void {
  test('a group whose place is gone from the broker hears of it, and is not moved on', async (t) => {
    const collector = new Collector(newGroup());
    const transport = await bed.open(t, collector.group);
    const first = await collector.subscribe(transport);
    await sendAll(transport, makeMessages(1, 20));
    await reaches(collector, 20);
    await first.close();
    await sendAll(transport, makeMessages(21, 40));
    await bed.forget(collector.group);
    await collector.subscribe(transport);
    await sendAll(transport, makeMessages(41, 60));
    const isLoss = (fault: unknown): boolean => fault instanceof PositionLost;
    await until(async () => collector.faults.some(isLoss), 'the loss is reported');
    assert.deepEqual(collector.positions(), range(1, 20));
  });

  test('results that were set back are made again from the beginning', async (t) => {
    const collector = new Collector(newGroup());
    const transport = await bed.open(t, collector.group);
    const first = await collector.subscribe(transport);
    await bed.feed(transport, makeMessages(1, 40));
    await reaches(collector, 40);
    await first.close();
    const restored = new Collector(collector.group);
    await restored.subscribe(transport);
    await bed.feed(transport, makeMessages(41, 45));
    await reaches(restored, 45);
    assert.deepEqual(restored.positions(), range(1, 45));
    assert.deepEqual(restored.repeats, []);
  });

  test('a dead letter is published with its key, its error and what it was', async (t) => {
    const transport = await bed.open(t, newGroup());
    const publisher = await openPublisher(transport);
    await publisher.close();
    const [message] = makeMessages(3, 3);
    assert.ok(message !== undefined);
    await transport.publishDead({ message, consumer: 'balances', error: 'Error: poison' });
    const [dead] = await bed.readDead('ledger.account.v1.dlq', 1);
    assert.deepEqual(dead, { key: message.key, error: 'Error: poison' });
  });
}
