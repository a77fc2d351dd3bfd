import { Admin, Consumer } from '@platformatic/kafka';
import { topics } from '../../src/relay/transport/transport.ts';
import { useKafka } from '../support/kafka.ts';
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
  forget: deleteRecords,
  readDead,
};

/** What retention does: the topics begin where they end. */
async function deleteRecords(): Promise<void> {
  const admin = new Admin({ clientId: 'tests', bootstrapBrokers: [kafka.broker().url] });
  const partitions = [0, 1, 2, 3].map((partition) => ({ partition, offset: -1n }));
  await admin.deleteRecords({ topics: topics.map((name) => ({ name, partitions })) });
  await admin.close();
}

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
