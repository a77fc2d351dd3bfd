import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Consumer } from '@platformatic/kafka';
import { deleteRecords, useKafka } from '../support/kafka.ts';
import { makeMessages } from '../support/collector.ts';
import { until } from '../support/product.ts';
import {
  sendAll,
  testBroker,
  testLoss,
  testTransport,
  type BrokerBed,
} from '../support/transport-conformance.ts';

const kafka = useKafka();

const bed: BrokerBed = {
  open: (t) => kafka.open(t),
  feed: sendAll,
  kill: () => kafka.broker().kill(),
  start: () => kafka.broker().start(),
  settled: () => Promise.resolve(),
  forget: () => deleteRecords(kafka.broker().url),
  readDead,
};

async function readDead(topic: string, count: number): Promise<{ key: string; error: string }[]> {
  const consumer = new Consumer({
    clientId: 'tests',
    bootstrapBrokers: [kafka.broker().url],
    groupId: `dead-${process.pid}`,
  });
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', maxWaitTime: 200 });
  const found: { key: string; error: string }[] = [];
  for await (const { key, headerEntries } of stream) {
    const error = headerEntries.find(([name]) => name.toString() === 'error');
    found.push({ key: key.toString(), error: error?.[1].toString() ?? '' });
    if (found.length === count) break;
  }
  await consumer.close(true);
  return found;
}

testTransport(bed);
testBroker(bed);
testLoss(bed);

test('what the topics do not have any more, and was applied from elsewhere, is not missed', async (t) => {
  const transport = await kafka.open(t, () => Promise.resolve(140));
  await sendAll(transport, makeMessages(1, 40));
  await deleteRecords(kafka.broker().url);
  await sendAll(transport, makeMessages(41, 140));
  const found: number[] = [];
  const faults: unknown[] = [];
  const applied = new Map<string, number>();
  const subscription = await transport.subscribe({
    group: `rebuilt-${process.pid}`,
    appliedIn: (partition) => Promise.resolve(applied.get(partition) ?? 140),
    handle: ({ partition, messages, position }) => {
      found.push(...messages.map((message) => message.position));
      applied.set(partition, position);
      return Promise.resolve();
    },
    onFault: (error) => faults.push(error),
  });
  t.after(() => subscription.close());
  await sendAll(transport, makeMessages(141, 160));
  await until(async () => found.length === 20, 'what came later arrives');
  assert.deepEqual(
    found.toSorted((one, other) => one - other),
    Array.from({ length: 20 }, (_, index) => 141 + index),
  );
  assert.deepEqual(faults, []);
});
