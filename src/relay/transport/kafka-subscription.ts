import {
  Consumer,
  ListOffsetTimestamps,
  type BaseOptions,
  type Message as KafkaMessage,
  type MessagesStream,
} from '@platformatic/kafka';
import { backoffMs } from '../backoff.ts';
import { Sleeper } from '../sleeper.ts';
import { readReceived, type Received } from './message-headers.ts';
import { OffsetCommits } from './offset-commits.ts';
import { PartitionWorker } from './partition-worker.ts';
import { PositionLost, topics, type SubscribeOptions, type Subscription } from './transport.ts';

/** A member that is not heard of for this long loses its partitions to the others. */
const sessionMs = 10_000;
const rebalanceMs = 15_000;
const heartbeatMs = 1000;
/** How long a fetch waits for news; also what closing waits for. */
const fetchWaitMs = 500;
const fetchBytesMax = 4 * 1024 * 1024;
/** Messages in memory before the stream is left alone for a while. */
const waitingMax = 20_000;

type Incoming = KafkaMessage<Buffer, Buffer, string, string>;
type Stream = MessagesStream<Buffer, Buffer, string, string>;
type Client = Consumer<Buffer, Buffer, string, string>;
type Worker = PartitionWorker<{ readonly offset: bigint; readonly leaderEpoch: number }>;

const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`;

/** A partition of this member and the record that it begins with. */
interface Assigned {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** The record before this offset was handled, as the broker knows. */
  readonly committed: bigint | undefined;
  /** What the topic no longer has, where it begins later than this member should. */
  readonly missing: string | undefined;
  /** There is no record after this offset. */
  readonly isEmpty: boolean;
}

interface KafkaParts {
  readonly base: BaseOptions;
  readonly ensureTopics: () => Promise<unknown>;
  readonly head: (() => Promise<number>) | undefined;
  readonly random: () => number;
}

/**
 * A member of a group. It keeps three things apart that the client mixes: a membership (until an error), within it
 * an assignment (until the group rebalances), within it one stream and a worker a partition. Each begins afresh
 * from the committed offsets, so that nothing that was read under one assignment is taken for part of another.
 */
export class KafkaSubscription implements Subscription {
  readonly #base: BaseOptions;
  readonly #options: SubscribeOptions;
  readonly #random: () => number;
  readonly #ensureTopics: () => Promise<unknown>;
  readonly #head: (() => Promise<number>) | undefined;
  readonly #sleeper = new Sleeper();
  readonly #ended: Promise<void>;
  /** Partitions that are read from their beginning, because less was applied than was committed. */
  readonly #rewound = new Set<string>();
  #stream: Stream | undefined;
  #isClosed = false;
  #failures = 0;

  constructor(
    { base, ensureTopics, head, random }: KafkaParts,
    options: SubscribeOptions,
    onEnd: (subscription: KafkaSubscription) => void,
  ) {
    this.#base = base;
    this.#ensureTopics = ensureTopics;
    this.#head = head;
    this.#random = random;
    this.#options = options;
    this.#ended = this.#run().finally(() => onEnd(this));
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#sleeper.wake();
    this.#stream?.destroy();
    return this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#hasEnded()) {
      try {
        await this.#serveMembership();
      } catch (error) {
        if (this.#hasEnded()) return;
        this.#options.onFault(error);
        if (error instanceof PositionLost) return;
        this.#failures += 1;
        await this.#sleeper.sleep(Math.min(backoffMs(this.#failures, this.#random), 5000));
      }
    }
  }

  async #serveMembership(): Promise<void> {
    await this.#ensureTopics();
    const consumer = this.#createConsumer();
    const failed = new AbortController();
    consumer.on('error', (error: unknown) => failed.abort(error));
    consumer.on('consumer:heartbeat:stalled', () =>
      failed.abort(new Error('the group is out of reach')),
    );
    for (const event of ['consumer:group:join', 'consumer:group:rebalance'] as const)
      consumer.on(event, () => this.#stream?.destroy());
    failed.signal.addEventListener('abort', () => this.#stream?.destroy());
    try {
      consumer.topics.trackAll(...topics);
      await consumer.joinGroup({});
      while (!this.#hasEnded()) {
        failed.signal.throwIfAborted();
        await this.#serveAssignment(consumer);
      }
    } finally {
      await closeConsumer(consumer);
    }
  }

  #createConsumer(): Client {
    return new Consumer<Buffer, Buffer, string, string>({
      ...this.#base,
      groupId: this.#options.group,
      autocommit: false,
      sessionTimeout: sessionMs,
      rebalanceTimeout: rebalanceMs,
      heartbeatInterval: heartbeatMs,
      maxWaitTime: fetchWaitMs,
      maxBytes: fetchBytesMax,
      deserializers: { headerKey: decode, headerValue: decode },
    });
  }

  /** From one rebalance to the next. */
  async #serveAssignment(consumer: Client): Promise<void> {
    const generation = consumer.generationId;
    const starts = await findStarts(consumer, this.#rewound);
    const assigned = await Promise.all(starts.map((start) => this.#checkEmpty(start)));
    const stream = await consumer.consume({
      topics: [...topics],
      mode: 'manual',
      // The broker no longer has what we ask for: that is for us to decide, at the next start of the stream.
      fallbackMode: 'fail',
      offsets: assigned.map(({ topic, partition, offset }) => ({ topic, partition, offset })),
    });
    const losses: PositionLost[] = [];
    const workers = this.#startWorkers(consumer, stream, assigned, (lost) => losses.push(lost));
    try {
      this.#stream = stream;
      if (generation === consumer.generationId && !this.#hasEnded()) await this.#read(stream, workers);
    } finally {
      this.#stream = undefined;
      stream.destroy();
      await Promise.all([...workers.values()].map(({ worker }) => worker.close()));
    }
    if (losses[0] !== undefined) throw losses[0];
  }

  #startWorkers(
    consumer: Client,
    stream: Stream,
    assigned: readonly Assigned[],
    onLost: (lost: PositionLost) => void,
  ): Map<string, { readonly worker: Worker; readonly start: Assigned }> {
    const commits = new OffsetCommits((offsets) => consumer.commit({ offsets }));
    return new Map(
      assigned.map((start) => {
        const { topic, partition } = start;
        const worker: Worker = new PartitionWorker({
          partition: nameOf(topic, partition),
          subscribe: this.#options,
          random: this.#random,
          confirm: ({ offset, leaderEpoch }) =>
            commits.add({ topic, partition, offset: offset + 1n, leaderEpoch }),
          bridge: undefined,
          onLost: (lost) => {
            onLost(lost);
            stream.destroy();
          },
        });
        return [nameOf(topic, partition), { worker, start }];
      }),
    );
  }

  async #read(
    stream: Stream,
    workers: ReadonlyMap<string, { readonly worker: Worker; readonly start: Assigned }>,
  ): Promise<void> {
    try {
      for await (const message of stream) {
        const name = nameOf(message.topic, message.partition);
        const owned = workers.get(name);
        const received = this.#parse(message);
        if (owned === undefined || received === undefined) continue;
        if (message.offset < (owned.start.committed ?? 0n) && (await this.#isBehind(name, received)))
          return;
        if (message.offset === owned.start.offset) await this.#checkMissing(name, owned.start, received);
        owned.worker.push(received, { offset: message.offset, leaderEpoch: message.leaderEpoch });
        this.#failures = 0;
        if (owned.worker.waiting > waitingMax) await owned.worker.room();
      }
    } catch (error) {
      if (!isAbort(error)) throw error;
    }
  }

  /** A record of someone else is none of ours to lose. */
  #parse(message: Incoming): Received | undefined {
    try {
      return readReceived(Object.fromEntries(message.headers), message.value);
    } catch (cause) {
      const place = `${nameOf(message.topic, message.partition)} at ${message.offset}`;
      this.#options.onFault(new Error(`${place} is not of ours and was left out`, { cause }));
      return undefined;
    }
  }

  /**
   * The last record that was committed is read again: where it says more than the group has applied, the results
   * were set back, and the partition is read from its beginning.
   */
  async #isBehind(name: string, { position }: Received): Promise<boolean> {
    if (this.#rewound.has(name) || (await this.#options.appliedIn(name)) >= position) return false;
    this.#rewound.add(name);
    return true;
  }

  /**
   * What the topic does not have any more may have been applied from elsewhere: positions are those of the whole
   * log, so nothing is missing where all before the first record is applied.
   */
  async #checkMissing(name: string, { missing }: Assigned, { position }: Received): Promise<void> {
    if (missing === undefined || (await this.#options.appliedIn(name)) >= position - 1) return;
    throw new PositionLost(name, missing);
  }

  /** Where there is no record that would tell, nothing is missing if all that the log has is applied. */
  async #checkEmpty(start: Assigned): Promise<Assigned> {
    const { topic, partition, isEmpty, missing } = start;
    if (missing === undefined || !isEmpty || this.#head === undefined) return start;
    const name = nameOf(topic, partition);
    const head = await this.#head();
    if ((await this.#options.appliedIn(name)) < head) throw new PositionLost(name, missing);
    return { ...start, missing: undefined };
  }

  #hasEnded(): boolean {
    return this.#isClosed;
  }
}

const decode = (data?: Buffer): string => data?.toString() ?? '';

/** What ends a stream that we destroyed. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

async function closeConsumer(consumer: Client): Promise<void> {
  await consumer.close(true).catch(() => undefined);
}

/** Where each partition of this member begins, and what is missing before it. */
async function findStarts(consumer: Client, rewound: ReadonlySet<string>): Promise<Assigned[]> {
  const assignments = consumer.assignments ?? [];
  if (assignments.length === 0) return [];
  const names = [...topics];
  const committed = await consumer.listCommittedOffsets({ topics: assignments });
  const earliest = await consumer.listOffsets({
    topics: names,
    timestamp: ListOffsetTimestamps.EARLIEST,
  });
  const latest = await consumer.listOffsets({ topics: names, timestamp: ListOffsetTimestamps.LATEST });
  return assignments.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => {
      const name = nameOf(topic, partition);
      const saved = committed.get(topic)?.[partition] ?? -1n;
      const first = earliest.get(topic)?.[partition] ?? 0n;
      const end = latest.get(topic)?.[partition] ?? 0n;
      const isFresh = saved < 0n || rewound.has(name);
      const isGone = !isFresh && (saved < first || saved > end);
      const before = saved > first ? saved - 1n : first;
      return {
        topic,
        partition,
        offset: isFresh || isGone ? first : before,
        committed: isFresh || isGone ? undefined : saved,
        isEmpty: first === end,
        missing: whatIsMissing({ isFresh, isGone, saved, first, end }),
      };
    }),
  );
}

function whatIsMissing(place: {
  readonly isFresh: boolean;
  readonly isGone: boolean;
  readonly saved: bigint;
  readonly first: bigint;
  readonly end: bigint;
}): string | undefined {
  const { isFresh, isGone, saved, first, end } = place;
  if (isFresh && first > 0n) return `the topic begins at offset ${first}, and all of it is needed`;
  return isGone ? `offset ${saved} is asked for, the topic has ${first} to ${end}` : undefined;
}
