import { after, before, type TestContext } from 'node:test';
import { Admin } from '@platformatic/kafka';
import { openKafkaTransport } from '../../src/relay/transport/kafka.ts';
import { topics, type Transport } from '../../src/relay/transport/transport.ts';
import { startKafka } from '../../tools/kafka.ts';
import type { Broker } from '../../tools/programs.ts';

/** A broker for all tests of a file. */
export interface TestKafka {
  readonly broker: () => Broker;
  /** Leaves nothing of earlier tests and opens the transport; the test's end closes it. */
  readonly open: (t: TestContext, head?: () => Promise<number>) => Promise<Transport>;
}

export function useKafka(): TestKafka {
  let broker: Broker | undefined;
  before(async () => {
    broker = await startKafka();
  });
  after(() => broker?.remove());
  const current = (): Broker => {
    if (broker === undefined) throw new Error('Kafka has not been started');
    return broker;
  };
  return {
    broker: current,
    open: async (t, head) => {
      const brokers = [current().url];
      await deleteTopics(brokers);
      const transport = openKafkaTransport({
        brokers,
        partitions: 4,
        head,
        random: () => 0.1,
      });
      t.after(() => transport.close());
      return transport;
    },
  };
}

/** What retention does: the topics begin where they end. */
export async function deleteRecords(url: string, count = 4): Promise<void> {
  const admin = new Admin({ clientId: 'tests', bootstrapBrokers: [url] });
  const partitions = Array.from({ length: count }, (_, partition) => ({ partition, offset: -1n }));
  await admin.deleteRecords({ topics: topics.map((name) => ({ name, partitions })) });
  await admin.close();
}

async function deleteTopics(bootstrapBrokers: string[]): Promise<void> {
  const admin = new Admin({ clientId: 'tests', bootstrapBrokers });
  const names = await admin.listTopics();
  if (names.length > 0) await admin.deleteTopics({ topics: names });
  await admin.close();
}
