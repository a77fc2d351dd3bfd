import type { Channel, ConsumeMessage } from 'amqplib';
import { z } from 'zod';
import { backoffMs } from '../backoff.ts';
import { Sleeper } from '../sleeper.ts';
import { readReceived, writeWatermark, type Received } from './message-headers.ts';
import { PartitionWorker } from './partition-worker.ts';
import { connectRabbit, declareQueue, declareQueues, queueOf } from './rabbitmq-topology.ts';
import { PositionLost, type Message, type SubscribeOptions, type Subscription } from './transport.ts';

/** Messages that RabbitMQ hands over before the first of them is handled. */
const prefetch = 2000;

/** The log itself, for what a queue does not have because it is younger than the log. */
export interface LogReader {
  /** A page of what follows a position. */
  readonly read: (after: number) => Promise<readonly Message[]>;
  readonly head: () => Promise<number>;
}

interface RabbitParts {
  readonly url: string;
  readonly log: LogReader | undefined;
  readonly random: () => number;
}

/**
 * A group's one queue, of which one member is the active consumer. It has every event, so a gap in the positions
 * is noticed, and what is missing is read from the log.
 */
export class RabbitSubscription implements Subscription {
  readonly #parts: RabbitParts;
  readonly #options: SubscribeOptions;
  readonly #sleeper = new Sleeper();
  readonly #ended: Promise<void>;
  #end: () => void = () => {};
  #isClosed = false;
  #failures = 0;

  constructor(
    parts: RabbitParts,
    options: SubscribeOptions,
    onEnd: (subscription: RabbitSubscription) => void,
  ) {
    this.#parts = parts;
    this.#options = options;
    this.#ended = this.#run().finally(() => onEnd(this));
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#sleeper.wake();
    this.#end();
    return this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#hasEnded()) {
      try {
        await this.#serveConnection();
      } catch (error) {
        if (this.#hasEnded()) return;
        this.#options.onFault(error);
        if (error instanceof PositionLost) return;
        this.#failures += 1;
        await this.#sleeper.sleep(Math.min(backoffMs(this.#failures, this.#parts.random), 5000));
      }
    }
  }

  async #serveConnection(): Promise<void> {
    const ended = Promise.withResolvers<void>();
    this.#end = ended.resolve;
    const model = await connectRabbit(this.#parts.url, ended.reject);
    try {
      const channel = await model.createChannel();
      channel.on('error', ended.reject);
      channel.on('close', () => ended.reject(new Error('the channel to RabbitMQ ended')));
      const worker = this.#startWorker(channel, ended.reject);
      try {
        await this.#consume(channel, worker, ended.reject);
        if (!this.#hasEnded()) await ended.promise;
      } finally {
        await worker.close();
      }
    } finally {
      ended.promise.catch(() => undefined);
      await model.close().catch(() => undefined);
    }
  }

  #startWorker(channel: Channel, fail: (error: Error) => void): PartitionWorker<ConsumeMessage> {
    return new PartitionWorker({
      partition: queueOf(this.#options.group),
      subscribe: { ...this.#options, onFault: (error) => this.#report(error) },
      random: this.#parts.random,
      confirm: async (last) => {
        channel.ack(last, true);
      },
      bridge: (after) => this.#parts.log?.read(after) ?? Promise.resolve([]),
      onLost: fail,
    });
  }

  /** The loss of the position ends the subscription, which reports it once itself. */
  #report(error: unknown): void {
    if (!(error instanceof PositionLost)) this.#options.onFault(error);
  }

  async #consume(
    channel: Channel,
    worker: PartitionWorker<ConsumeMessage>,
    fail: (error: Error) => void,
  ): Promise<void> {
    const { group } = this.#options;
    await channel.prefetch(prefetch);
    await declareQueues(channel, []);
    const waiting = await declareQueue(channel, group);
    await channel.consume(queueOf(group), (message) => {
      if (message === null) {
        fail(new Error(`the queue of ${group} is gone`));
        return;
      }
      this.#failures = 0;
      worker.push(this.#parse(message), message);
    });
    // An empty queue may be a new one: what the log has already will never come through it. Whoever is the
    // active consumer learns of it by a watermark, and reads the log.
    const { log } = this.#parts;
    if (waiting === 0 && log !== undefined) {
      const headers = writeWatermark(await log.head());
      channel.sendToQueue(queueOf(group), Buffer.alloc(0), { persistent: true, headers });
    }
  }

  /** What someone else put into the queue is taken out of it like a repeat. */
  #parse(message: ConsumeMessage): Received {
    try {
      return readReceived(headersShape.parse(message.properties.headers), message.content);
    } catch (cause) {
      const queue = queueOf(this.#options.group);
      this.#options.onFault(new Error(`a message in ${queue} is not of ours`, { cause }));
      return { position: 0, message: undefined };
    }
  }

  #hasEnded(): boolean {
    return this.#isClosed;
  }
}

const headersShape = z.record(z.string(), z.coerce.string());
