import { Admin, type BaseOptions } from '@platformatic/kafka';
import { z } from 'zod';
import { topics, type Topic } from './transport.ts';

/** Thirty days: longer than anyone is away who comes back. */
const retentionMs = 30 * 24 * 3600 * 1000;

/** What a partition takes at once: a page of the relay may fall to one partition as a whole, with its headers. */
const batchBytesMax = 8 * 1024 * 1024;

export const deadTopicOf = (topic: Topic): string => `${topic}.dlq`;

/** The partitions of each topic; they never become fewer, and never more while consumers count on keys. */
export type PartitionCounts = ReadonlyMap<Topic, number>;

/**
 * Makes the topics that are not there, with as many copies as the cluster makes by default.
 * @returns how many partitions each one has, whoever made it.
 */
export async function ensureTopics(base: BaseOptions, partitions: number): Promise<PartitionCounts> {
  const admin = new Admin(base);
  try {
    const known = new Set(await admin.listTopics());
    const wanted = topics.flatMap((topic) => [
      { topic, partitions, replicas: -1 },
      { topic: deadTopicOf(topic), partitions: 1, replicas: -1 },
    ]);
    const configs = [
      { name: 'retention.ms', value: String(retentionMs) },
      { name: 'max.message.bytes', value: String(batchBytesMax) },
    ];
    for (const topic of wanted.filter(({ topic }) => !known.has(topic)))
      await admin.createTopics({ topics: [topic], configs }).catch(passExisting);
    return await countPartitions(admin);
  } finally {
    await admin.close();
  }
}

async function countPartitions(admin: Admin): Promise<PartitionCounts> {
  const metadata = await admin.metadata({ topics: [...topics], forceUpdate: true });
  return new Map(
    topics.map((topic) => {
      const count = metadata.topics.get(topic)?.partitionsCount;
      if (count === undefined) throw new Error(`the topic ${topic} is not there`);
      return [topic, count];
    }),
  );
}

const errorShape = z.object({ apiId: z.string().nullish() });

/** Another process made the topic at the same moment. */
function passExisting(error: unknown): void {
  if (
    listCauses(error).some((cause) => errorShape.safeParse(cause).data?.apiId === 'TOPIC_ALREADY_EXISTS')
  )
    return;
  throw error;
}

/** An error with all that it was made of: the client wraps what the broker said. */
export function listCauses(error: unknown): unknown[] {
  if (!(error instanceof Error)) return [error];
  const parts: unknown[] = error instanceof AggregateError ? error.errors : [];
  return [
    error,
    ...parts.flatMap(listCauses),
    ...(error.cause === undefined ? [] : listCauses(error.cause)),
  ];
}
