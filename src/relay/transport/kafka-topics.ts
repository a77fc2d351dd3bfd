import { setTimeout as delay } from 'node:timers/promises';
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

/** How long a broker may take to let go of a topic that was deleted. */
const deletedMsMax = 30_000;

/** Deletes the topics with the groups that read them; events that nobody redrove stay in the dead-letter topics. */
export async function deleteTopics(base: BaseOptions): Promise<void> {
  const admin = new Admin(base);
  try {
    const groups = [...(await admin.listGroups()).keys()].filter((group) => isOurs.test(group));
    if (groups.length > 0) await admin.deleteGroups({ groups });
    const there = async (): Promise<Topic[]> => {
      const known = new Set(await admin.listTopics());
      return topics.filter((topic) => known.has(topic));
    };
    const known = await there();
    if (known.length > 0) await admin.deleteTopics({ topics: known });
    const until = performance.now() + deletedMsMax;
    while ((await there()).length > 0) {
      if (performance.now() > until) throw new Error('Kafka did not delete the topics');
      await delay(100);
    }
  } finally {
    await admin.close();
  }
}

const isOurs = /^(projections\.|worker$)/;

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
