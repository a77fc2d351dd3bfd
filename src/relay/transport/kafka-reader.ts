import { randomUUID } from 'node:crypto';
import {
  Consumer,
  ListOffsetTimestamps,
  type BaseOptions,
  type Message as KafkaMessage,
} from '@platformatic/kafka';
import { readReceived } from './message-headers.ts';
import { topics, type LastSent, type Message, type SentBack } from './transport.ts';

const fetchBytesMax = 4 * 1024 * 1024;
const fetchWaitMs = 200;

type Client = Consumer<Buffer, Buffer, string, string>;

/** A partition from the record that it is read from to the last one that it had when reading began. */
interface Span {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly end: bigint;
}

/** Which records are read. */
interface From {
  /** Records that were made earlier may be left out; milliseconds since 1970. */
  readonly sinceMs?: number | undefined;
  /** Only so many of the last ones of each partition. */
  readonly last?: number;
}

/** So many records hold an event where there is one: watermarks are rarer than events. */
const endRecords = 50;

/** The end of what the topics hold; undefined where they are empty. */
export async function readKafkaEnd(base: BaseOptions): Promise<LastSent | undefined> {
  let position = -1;
  const events = new Map<string, Message>();
  for await (const sent of readKafkaBack(base, { last: endRecords })) {
    position = Math.max(position, sent.position ?? -1);
    if (sent.message !== undefined) events.set(sent.partition, sent.message);
  }
  return position < 0 ? undefined : { position, events: [...events.values()] };
}

/** Reads what the topics hold, in a group of its own that commits nothing and is gone afterwards. */
export async function* readKafkaBack(base: BaseOptions, from: From): AsyncGenerator<SentBack> {
  const consumer: Client = new Consumer<Buffer, Buffer, string, string>({
    ...base,
    groupId: `credit-ledger-reads-back-${randomUUID()}`,
    autocommit: false,
    maxWaitTime: fetchWaitMs,
    maxBytes: fetchBytesMax,
    deserializers: { headerKey: decode, headerValue: decode },
  });
  try {
    consumer.topics.trackAll(...topics);
    await consumer.joinGroup({});
    const spans = await findSpans(consumer, from);
    if (spans.length > 0) yield* readSpans(consumer, spans);
  } finally {
    await consumer.close(true).catch(() => undefined);
  }
}

const decode = (data?: Buffer): string => data?.toString() ?? '';

async function findSpans(consumer: Client, { sinceMs, last }: From): Promise<Span[]> {
  const names = [...topics];
  const earliest = await consumer.listOffsets({
    topics: names,
    timestamp: ListOffsetTimestamps.EARLIEST,
  });
  const since =
    sinceMs === undefined
      ? earliest
      : await consumer.listOffsets({ topics: names, timestamp: BigInt(Math.max(0, sinceMs)) });
  const latest = await consumer.listOffsets({ topics: names, timestamp: ListOffsetTimestamps.LATEST });
  return names.flatMap((topic) =>
    (latest.get(topic) ?? []).flatMap((end, partition) => {
      const first = earliest.get(topic)?.[partition] ?? 0n;
      const asked = since.get(topic)?.[partition] ?? -1n;
      const wanted = last === undefined ? asked : end - BigInt(last);
      const offset = last === undefined && asked < 0n ? end : wanted > first ? wanted : first;
      return offset < end ? [{ topic, partition, offset, end }] : [];
    }),
  );
}

async function* readSpans(consumer: Client, spans: readonly Span[]): AsyncGenerator<SentBack> {
  const open = new Map(spans.map((span) => [`${span.topic}/${span.partition}`, span]));
  const stream = await consumer.consume({
    topics: [...topics],
    mode: 'manual',
    fallbackMode: 'fail',
    offsets: spans.map(({ topic, partition, offset }) => ({ topic, partition, offset })),
  });
  try {
    for await (const record of stream) {
      const partition = `${record.topic}/${record.partition}`;
      const span = open.get(partition);
      if (span === undefined) continue;
      if (record.offset < span.end) yield toSentBack(record, partition, span);
      if (record.offset + 1n >= span.end) open.delete(partition);
      if (open.size === 0) return;
    }
  } finally {
    stream.destroy();
  }
}

function toSentBack(
  record: KafkaMessage<Buffer, Buffer, string, string>,
  partition: string,
  { offset }: Span,
): SentBack {
  const isFirstKept = record.offset === offset && offset > 0n;
  try {
    const { position, message } = readReceived(Object.fromEntries(record.headers), record.value);
    return { partition, position, message, isFirstKept };
  } catch {
    return { partition, position: undefined, message: undefined, isFirstKept };
  }
}
