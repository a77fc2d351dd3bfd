import { createEventReader } from '../../ledger/event-reader.ts';
import type { Queryable } from '../../ledger/read-answer.ts';
import { backoffMs } from '../backoff.ts';
import { dropLease, leaseSeconds, takeLease, type Lease } from '../lease.ts';
import { Sleeper } from '../sleeper.ts';
import {
  PositionLost,
  type Message,
  type SubscribeOptions,
  type Subscription,
  type Transport,
} from './transport.ts';

/** The whole log is one partition: nothing orders better than the log itself. */
const partition = 'log';

/** Nobody tells a process of another one's commits, so it looks this often. */
const pollMs = 50;
/** A member that waits for its turn asks this often. */
const turnMs = 500;
/** Events read at once; bounds what a consumer holds in memory. */
const pageMax = 1000;

export interface PostgresTransportOptions {
  /** The ledger's database. */
  readonly db: Queryable;
  /** The next events after a position, from the log or its archive. */
  readonly readLog: (after: number, limit: number) => Promise<Message[]>;
  /** In [0, 1), for the jitter of pauses. */
  readonly random: () => number;
  /** A new UUID at each call. */
  readonly mintId: () => string;
}

/** No broker: every group reads the log by its own cursor, which it keeps where it keeps its results. */
export function openPostgresTransport(options: PostgresTransportOptions): Transport {
  const readers = new Set<Reader>();
  const read = createEventReader(options.readLog);
  return {
    name: 'postgres',
    openPublisher: undefined,
    partitionsOf: () => Promise.resolve([partition]),
    partitionOf: () => Promise.resolve(partition),
    subscribe: (subscribe) => {
      const reader = new Reader({ ...options, read }, subscribe, () => readers.delete(reader));
      readers.add(reader);
      return Promise.resolve(reader);
    },
    readBack: undefined,
    lastSent: undefined,
    startAnew: undefined,
    publishDead: () => Promise.resolve(),
    wake: () => {
      for (const reader of readers) reader.wake();
    },
    close: async () => {
      await Promise.all([...readers].map((reader) => reader.close()));
    },
  };
}

interface ReaderOptions extends PostgresTransportOptions {
  /** Shared by the groups of this process, which are mostly at the same place. */
  readonly read: ReturnType<typeof createEventReader>;
}

class Reader implements Subscription {
  readonly #options: ReaderOptions;
  readonly #subscribe: SubscribeOptions;
  readonly #lease: Lease;
  readonly #sleeper = new Sleeper();
  readonly #ended: Promise<void>;
  #isClosed = false;
  #failures = 0;

  constructor(options: ReaderOptions, subscribe: SubscribeOptions, onEnd: () => void) {
    this.#options = options;
    this.#subscribe = subscribe;
    this.#lease = { name: `reader:${subscribe.group}`, holder: options.mintId() };
    this.#ended = this.#run()
      .then(() => dropLease(options.db, this.#lease).catch(subscribe.onFault))
      .finally(onEnd);
  }

  wake(): void {
    if (this.#failures === 0) this.#sleeper.wake();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#sleeper.wake();
    return this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#hasEnded()) {
      try {
        if (await takeLease(this.#options.db, this.#lease)) await this.#serveTurn();
        else await this.#sleeper.sleep(turnMs);
      } catch (error) {
        this.#subscribe.onFault(error);
        if (error instanceof PositionLost) return;
        this.#failures += 1;
        await this.#sleeper.sleep(backoffMs(this.#failures, this.#options.random));
      }
    }
  }

  /** One member of a group reads at a time; it keeps its turn while it is heard of. */
  async #serveTurn(): Promise<void> {
    const { db } = this.#options;
    let isOurs = true;
    const timer = setInterval(() => {
      takeLease(db, this.#lease).then((taken) => (isOurs = taken), this.#subscribe.onFault);
    }, leaseSeconds * 300);
    try {
      const from = await this.#subscribe.appliedIn(partition);
      await this.#follow(from, () => isOurs && !this.#hasEnded());
    } finally {
      clearInterval(timer);
    }
  }

  /** From a position on; what the group has applied is asked again after every fault. */
  async #follow(from: number, goesOn: () => boolean): Promise<void> {
    let position = from;
    while (goesOn()) {
      const messages = await this.#options.read(position, pageMax);
      const [first, last] = [messages[0], messages.at(-1)];
      if (first === undefined || last === undefined) {
        this.#failures = 0;
        await this.#sleeper.sleep(pollMs);
        continue;
      }
      if (first.position !== position + 1)
        throw new PositionLost(
          partition,
          `the log begins at ${first.position}, ${position} was applied`,
        );
      await this.#subscribe.handle({ partition, messages, position: last.position });
      this.#failures = 0;
      position = last.position;
    }
  }

  #hasEnded(): boolean {
    return this.#isClosed;
  }
}
