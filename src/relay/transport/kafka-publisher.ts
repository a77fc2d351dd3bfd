import { Producer, type BaseOptions, type MessageToProduce } from '@platformatic/kafka';
import { inTime } from './deadline.ts';
import type { PartitionCounts } from './kafka-topics.ts';
import { writeHeaders, writeWatermark } from './message-headers.ts';
import { partitionOf } from './murmur2.ts';
import { topicOf, type Message, type Publisher } from './transport.ts';

/** A send that is not confirmed by then is in doubt: the client itself would wait for ever in an outage. */
const confirmWithinMs = 10_000;

type Outgoing = MessageToProduce<Buffer, Buffer, string, string>;

/** Opens the sending side: idempotent, acknowledged by all replicas in sync, one send on its way at a time. */
export async function openKafkaPublisher(
  base: BaseOptions,
  counts: PartitionCounts,
): Promise<Publisher> {
  const producer = new Producer<Buffer, Buffer, string, string>({
    ...base,
    idempotent: true,
    // Every replica in sync has it.
    acks: -1,
    autocreateTopics: false,
    serializers: { headerKey: encode, headerValue: encode },
  });
  const send = (messages: Outgoing[]): Promise<void> =>
    inTime(
      producer.send({ messages }).then(() => undefined),
      confirmWithinMs,
      'Kafka did not confirm',
    );
  try {
    await inTime(
      producer.metadata({ topics: [...counts.keys()], forceUpdate: true }),
      confirmWithinMs,
      'Kafka did not answer',
    );
  } catch (error) {
    await producer.close(true).catch(() => undefined);
    throw error;
  }
  return {
    publish: (messages) => send(messages.map((message) => toRecord(message, counts))),
    watermark: (position) => send(toWatermarks(position, counts)),
    close: () => producer.close(true).catch(() => undefined),
  };
}

const encode = (text?: string): Buffer => Buffer.from(text ?? '');

function toRecord(message: Message, counts: PartitionCounts): Outgoing {
  const topic = topicOf(message.aggregate);
  const key = Buffer.from(message.key);
  return {
    topic,
    partition: partitionOf(key, counts.get(topic) ?? 1),
    key,
    value: Buffer.from(message.payload),
    headers: writeHeaders(message),
    timestamp: BigInt(message.recordedAt),
  };
}

function toWatermarks(position: number, counts: PartitionCounts): Outgoing[] {
  const headers = writeWatermark(position);
  const value = Buffer.alloc(0);
  return [...counts].flatMap(([topic, count]) =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition, value, headers })),
  );
}
