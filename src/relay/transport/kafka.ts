import { Producer, type BaseOptions } from '@platformatic/kafka';
import { openKafkaPublisher } from './kafka-publisher.ts';
import { readKafkaBack, readKafkaEnd } from './kafka-reader.ts';
import { KafkaSubscription } from './kafka-subscription.ts';
import { deadTopicOf, deleteTopics, ensureTopics, type PartitionCounts } from './kafka-topics.ts';
import { writeHeaders } from './message-headers.ts';
import { partitionOf } from './murmur2.ts';
import { topicOf, type DeadMessage, type SubscribeOptions, type Transport } from './transport.ts';

export interface KafkaTransportOptions {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  /** Of topics that are made; those that are there keep theirs. */
  readonly partitions: number;
  /** How far the log is, for what a topic has nothing of any more. */
  readonly head: (() => Promise<number>) | undefined;
  /** In [0, 1), for the jitter of pauses. */
  readonly random: () => number;
}

/** Topics of a Kafka, or of what speaks its protocol. */
export function openKafkaTransport(options: KafkaTransportOptions): Transport {
  const { brokers, partitions, head, random } = options;
  const base: BaseOptions = {
    clientId: 'credit-ledger',
    bootstrapBrokers: [...brokers],
    connectTimeout: 3000,
    timeout: 10_000,
    retries: 3,
    retryDelay: 200,
  };
  let counts: Promise<PartitionCounts> | undefined;
  /** Asked once; a failure is asked again. */
  const countPartitions = (): Promise<PartitionCounts> => {
    counts ??= ensureTopics(base, partitions).catch((error: unknown) => {
      counts = undefined;
      throw error;
    });
    return counts;
  };
  const open = new Set<KafkaSubscription>();
  return {
    name: 'kafka',
    openPublisher: async () => openKafkaPublisher(base, await countPartitions()),
    partitionsOf: async () => listPartitions(await countPartitions()),
    partitionOf: async (_group, { aggregate, key }) => {
      const topic = topicOf(aggregate);
      const count = (await countPartitions()).get(topic) ?? 1;
      return `${topic}/${partitionOf(encode(key), count)}`;
    },
    subscribe: (subscribe: SubscribeOptions) => {
      const parts = { base, ensureTopics: countPartitions, head, random };
      const subscription = new KafkaSubscription(parts, subscribe, (ended) => open.delete(ended));
      open.add(subscription);
      return Promise.resolve(subscription);
    },
    readBack: (sinceMs) => readKafkaBack(base, { sinceMs }),
    lastSent: async () => {
      await countPartitions();
      return readKafkaEnd(base);
    },
    startAnew: async () => {
      await deleteTopics(base);
      counts = undefined;
    },
    publishDead: (dead) => publishDead(base, dead),
    wake: () => undefined,
    close: async () => {
      await Promise.all([...open].map((subscription) => subscription.close()));
    },
  };
}

function listPartitions(counts: PartitionCounts): string[] {
  return [...counts].flatMap(([topic, count]) =>
    Array.from({ length: count }, (_, partition) => `${topic}/${partition}`),
  );
}

/** Rare, so it has a producer of its own each time. */
async function publishDead(base: BaseOptions, { message, consumer, error }: DeadMessage): Promise<void> {
  const producer = new Producer<string, Buffer, string, string>({
    ...base,
    acks: -1,
    serializers: { key: encode, headerKey: encode, headerValue: encode },
  });
  const topic = deadTopicOf(topicOf(message.aggregate));
  const headers = { ...writeHeaders(message), consumer, error };
  const value = Buffer.from(message.payload);
  try {
    await producer.send({ messages: [{ topic, partition: 0, key: message.key, value, headers }] });
  } finally {
    await producer.close(true).catch(() => undefined);
  }
}

const encode = (text?: string): Buffer => Buffer.from(text ?? '');
