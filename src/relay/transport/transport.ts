import type { LoggedEvent } from '../../ledger/event-log.ts';

/*
 * The port between the event log and those who listen. Adapters: postgres (consumers read the log itself),
 * kafka, rabbitmq. What every one of them promises, and test/conformance holds it to:
 *
 * - At least once: what a publisher confirmed reaches every group, also after a kill of either side or of the
 *   broker. A delivery whose handler threw, or whose process died, comes again.
 * - In order: within a partition the first deliveries come in ascending position, and all events of one key
 *   are in one partition. A repeat is recognised by its position, which is not above the highest one that was
 *   handled in its partition.
 * - Nothing is skipped: a publisher sends contiguous runs of the log, each beginning at or before the end of
 *   what was confirmed; a reader whose place is gone from the broker hears of it (`PositionLost`), it is never
 *   moved silently.
 * - Known progress: `position` of a delivery says that everything of that partition up to it has been
 *   delivered. Watermarks move it on in partitions that have no events, so the smallest position over all
 *   partitions is how far a reader has got in the whole log.
 */

/** The topics, one for each aggregate. RabbitMQ has one exchange with these as prefixes of its routing keys. */
export const topics = ['ledger.account.v1', 'ledger.entry.v1', 'ledger.transfer.v1'] as const;
export type Topic = (typeof topics)[number];

/** The topic of an event. */
export function topicOf(aggregate: LoggedEvent['aggregate']): Topic {
  return `ledger.${aggregate}.v1`;
}

/** An event of the log on its way: what the row holds, and nothing that differs between two sends. */
export type Message = LoggedEvent;

export interface Delivery {
  /** `log` on postgres, `<topic>/<number>` on kafka, `<queue>` on rabbitmq. */
  readonly partition: string;
  /** In ascending position but for repeats; empty where only the watermark moved. */
  readonly messages: readonly Message[];
  /** Everything of this partition up to here is in this delivery or an earlier one. */
  readonly position: number;
}

export interface SubscribeOptions {
  /** Members with one group's name share its partitions; each partition has one member at a time. */
  readonly group: string;
  /** The position up to which the group has applied a partition; the adapter may leave out what is not above it. */
  readonly appliedIn: (partition: string) => Promise<number>;
  /**
   * Deliveries of a partition come one after the other. When it throws, the delivery comes again after a pause.
   * When it resolves, the position is kept too, of a delivery without messages as well: `appliedIn` says it.
   */
  readonly handle: (delivery: Delivery) => Promise<void>;
  /** Hears of faults that the adapter retries, and of `PositionLost`, which ends the subscription. */
  readonly onFault: (error: unknown) => void;
}

export interface Subscription {
  /** Resolves when no handler runs any more and the partitions are given back. */
  close(): Promise<void>;
}

/** The sending side, used by one relay at a time. After any rejection it is closed and another one opened. */
export interface Publisher {
  /** Sends the messages in order; resolves when the broker has confirmed every one. */
  publish(messages: readonly Message[]): Promise<void>;
  /** Tells every partition that everything up to `position` was published. */
  watermark(position: number): Promise<void>;
  close(): Promise<void>;
}

/** A message that a consumer gave up on, on its way to `<topic>.dlq`. */
export interface DeadMessage {
  readonly message: Message;
  readonly consumer: string;
  readonly error: string;
}

/** A record that the broker still has: an event or a watermark; neither where it is not of ours. */
export interface SentBack {
  readonly partition: string;
  readonly position: number | undefined;
  readonly message: Message | undefined;
  /** The broker may have let go of records of its partition before it. */
  readonly isFirstKept: boolean;
}

/** How far a broker knows the log. */
export interface LastSent {
  /** The highest position of an event or watermark. */
  readonly position: number;
  /** The last events of partitions, as far as they are among their last records. */
  readonly events: readonly Message[];
}

export interface Transport {
  readonly name: 'postgres' | 'kafka' | 'rabbitmq';
  /** Undefined where consumers read the log itself. */
  readonly openPublisher: (() => Promise<Publisher>) | undefined;
  /** Every partition that a group reads; the same for all groups. */
  partitionsOf(group: string): Promise<readonly string[]>;
  /** The partition through which a group gets an event. */
  partitionOf(group: string, message: Pick<Message, 'aggregate' | 'key'>): Promise<string>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /**
   * Reads what the broker holds, partition by partition, up to what it held when reading began; undefined where it
   * gives each message only once. Records made before `sinceMs` (milliseconds since 1970) may be left out.
   */
  readonly readBack: ((sinceMs: number | undefined) => AsyncIterable<SentBack>) | undefined;
  /** The end of what the broker holds: undefined where it can not say, or holds nothing. */
  readonly lastSent: (() => Promise<LastSent | undefined>) | undefined;
  /** Empties the broker: topics, and the places of their groups. What comes next is all that there is. */
  readonly startAnew: (() => Promise<void>) | undefined;
  /** Publishes to the dead-letter topic; resolves when confirmed. A no-op where there is no broker. */
  publishDead(dead: DeadMessage): Promise<void>;
  /** Says that new events may be there; only ever a hint. */
  wake(): void;
  close(): Promise<void>;
}

/** What a group has not read yet is no longer kept by the broker. */
export class PositionLost extends Error {
  override readonly name = 'PositionLost';
  readonly partition: string;
  constructor(partition: string, detail: string) {
    super(`${partition}: ${detail}`);
    this.partition = partition;
  }
}
