import type { ConfirmChannel, Options } from 'amqplib';
import { inTime } from './deadline.ts';
import { contentType, writeHeaders, writeWatermark, type Headers } from './message-headers.ts';
import {
  connectRabbit,
  declareQueues,
  exchange,
  routingKeyOf,
  watermarkKey,
} from './rabbitmq-topology.ts';
import type { Message, Publisher } from './transport.ts';

/** RabbitMQ confirms a quorum write in milliseconds; one that blocks publishers does not confirm at all. */
const confirmWithinMs = 10_000;

/**
 * Opens the sending side. Queues of the groups are made before the first message, so that none is sent to nobody;
 * should one come back unrouted, the send has failed.
 */
export async function openRabbitPublisher(url: string, groups: Iterable<string>): Promise<Publisher> {
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => undefined);
  const model = await connectRabbit(url, ended.reject);
  const close = (): Promise<void> => model.close().catch(() => undefined);
  try {
    const channel = await model.createConfirmChannel();
    channel.on('error', ended.reject);
    channel.on('close', () => ended.reject(new Error('the channel to RabbitMQ ended')));
    channel.on('return', ({ fields }: { fields: { routingKey: string } }) =>
      ended.reject(new Error(`no queue takes ${fields.routingKey}`)),
    );
    await declareQueues(channel, groups);
    const confirmed = (): Promise<void> =>
      inTime(
        Promise.race([channel.waitForConfirms(), ended.promise]),
        confirmWithinMs,
        'RabbitMQ did not confirm',
      );
    return {
      // Sending throws where the channel is closed already.
      publish: async (messages) => {
        for (const message of messages) sendMessage(channel, message);
        await confirmed();
      },
      watermark: async (position) => {
        const options = { persistent: true, headers: writeWatermark(position) };
        channel.publish(exchange, watermarkKey, Buffer.alloc(0), options);
        await confirmed();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function sendMessage(channel: ConfirmChannel, message: Message): void {
  channel.publish(exchange, routingKeyOf(message), Buffer.from(message.payload), {
    ...propertiesOf(message),
    mandatory: true,
  });
}

/** What AMQP itself has a place for, besides the headers. */
export function propertiesOf(message: Message, more: Headers = {}): Options.Publish {
  return {
    persistent: true,
    contentType,
    messageId: message.eventId,
    type: message.type,
    timestamp: Math.floor(message.recordedAt / 1000),
    headers: { ...writeHeaders(message), ...more },
  };
}
