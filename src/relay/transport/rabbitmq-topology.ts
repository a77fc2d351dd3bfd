import { connect, type Channel, type ChannelModel } from 'amqplib';
import { topics, type Message, type Topic } from './transport.ts';

export const exchange = 'ledger.events';

/** Watermarks go to every queue, under a key of their own. */
export const watermarkKey = 'watermark';

const heartbeatSeconds = 10;
const connectWithinMs = 5000;

export const queueOf = (group: string): string => `ledger.events.${group}`;
export const deadQueueOf = (topic: Topic): string => `${topic}.dlq`;

/** `account.created`, `entry.posted`, `transfer.completed` … */
export function routingKeyOf({ type }: Pick<Message, 'type'>): string {
  return type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '.').toLowerCase();
}

/** A connection of its own for every use, so that a fault of one is none of another. */
export async function connectRabbit(url: string, onEnd: (cause: Error) => void): Promise<ChannelModel> {
  const address = new URL(url);
  address.searchParams.set('heartbeat', String(heartbeatSeconds));
  const model = await connect(address.href, { timeout: connectWithinMs });
  model.on('error', onEnd);
  model.on('close', () => onEnd(new Error('the connection to RabbitMQ ended')));
  return model;
}

/** The exchange, and for each group the queue that gets everything from now on. */
export async function declareQueues(channel: Channel, groups: Iterable<string>): Promise<void> {
  await channel.assertExchange(exchange, 'topic', { durable: true });
  for (const group of groups) await declareQueue(channel, group);
}

/** @returns how many messages wait in the group's queue */
export async function declareQueue(channel: Channel, group: string): Promise<number> {
  const queue = queueOf(group);
  const { messageCount } = await channel.assertQueue(queue, {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-single-active-consumer': true },
  });
  await channel.bindQueue(queue, exchange, '#');
  return messageCount;
}

/** Where dead letters go, a queue a topic. */
export async function declareDeadQueues(channel: Channel): Promise<void> {
  for (const topic of topics)
    await channel.assertQueue(deadQueueOf(topic), {
      durable: true,
      arguments: { 'x-queue-type': 'quorum' },
    });
}
