import { inTime } from './deadline.ts';
import { openRabbitPublisher, propertiesOf } from './rabbitmq-publisher.ts';
import { RabbitSubscription, type LogReader } from './rabbitmq-subscription.ts';
import { connectRabbit, deadQueueOf, declareDeadQueues, queueOf } from './rabbitmq-topology.ts';
import { topicOf, type DeadMessage, type Transport } from './transport.ts';

const deadWithinMs = 10_000;

export interface RabbitTransportOptions {
  /** `amqp://user:password@host:port/vhost` */
  readonly url: string;
  /** Groups whose queues are there before the first message is. */
  readonly groups: readonly string[];
  readonly log: LogReader | undefined;
  /** In [0, 1), for the jitter of pauses. */
  readonly random: () => number;
}

/** A topic exchange of RabbitMQ with a quorum queue for each group. */
export function openRabbitTransport({ url, groups, log, random }: RabbitTransportOptions): Transport {
  const open = new Set<RabbitSubscription>();
  return {
    name: 'rabbitmq',
    openPublisher: () => openRabbitPublisher(url, groups),
    partitionsOf: (group) => Promise.resolve([queueOf(group)]),
    partitionOf: (group) => Promise.resolve(queueOf(group)),
    subscribe: (options) => {
      const subscription = new RabbitSubscription({ url, log, random }, options, (ended) =>
        open.delete(ended),
      );
      open.add(subscription);
      return Promise.resolve(subscription);
    },
    readBack: undefined,
    lastSent: undefined,
    startAnew: undefined,
    publishDead: (dead) => publishDead(url, dead),
    wake: () => undefined,
    close: async () => {
      await Promise.all([...open].map((subscription) => subscription.close()));
    },
  };
}

/** Rare, so it has a connection of its own each time. */
async function publishDead(url: string, { message, consumer, error }: DeadMessage): Promise<void> {
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => undefined);
  const model = await connectRabbit(url, ended.reject);
  try {
    const channel = await model.createConfirmChannel();
    channel.on('error', ended.reject);
    await declareDeadQueues(channel);
    const queue = deadQueueOf(topicOf(message.aggregate));
    const properties = propertiesOf(message, { consumer, error });
    channel.sendToQueue(queue, Buffer.from(message.payload), properties);
    await inTime(
      Promise.race([channel.waitForConfirms(), ended.promise]),
      deadWithinMs,
      'RabbitMQ did not confirm a dead letter',
    );
  } finally {
    await model.close().catch(() => undefined);
  }
}
