import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Channel } from 'amqplib';
import { openRabbitTransport } from '../../src/relay/transport/rabbitmq.ts';
import type { Message } from '../../src/relay/transport/transport.ts';
import type { Broker } from '../../tools/programs.ts';
import { startRabbitmq } from '../../tools/rabbitmq.ts';
import {
  sendAll,
  testBroker,
  testLoss,
  testTransport,
  type BrokerBed,
} from '../support/transport-conformance.ts';

/**
 * RabbitMQ 3.10 writes down the term of a new quorum queue every few seconds only: killed before, a queue of one
 * node never finds its leader again. Nothing outside shows when it is done.
 */
const metadataMs = 5000;

let broker: Broker;

before(async () => {
  broker = await startRabbitmq();
});
after(() => broker.remove());

/** What was fed so far: the log that a young queue is filled from. */
let log: Message[] = [];

const bed: BrokerBed = {
  open: async (t, group) => {
    log = [];
    const transport = openRabbitTransport({
      url: broker.url,
      groups: [group],
      log: {
        read: async (after) => log.slice(after, after + 1000),
        head: async () => log.length,
      },
      random: () => 0.1,
    });
    t.after(() => transport.close());
    t.after(deleteExchange);
    return transport;
  },
  feed: async (transport, messages) => {
    log.push(...messages);
    await sendAll(transport, messages);
  },
  kill: () => broker.kill(),
  start: () => broker.start(),
  settled: () => delay(metadataMs),
  forget: async (group) => {
    await withChannel((channel) => channel.purgeQueue(`ledger.events.${group}`));
  },
  readDead: (queue, count) =>
    withChannel(async (channel) => {
      const messages = await Promise.all(Array.from({ length: count }, () => channel.get(queue)));
      return messages.map((message) => {
        assert.ok(message !== false);
        const { headers } = message.properties;
        return { key: String(headers?.['ce_subject']).split('/')[1] ?? '', error: headers?.['error'] };
      });
    }),
};

async function withChannel<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
  const model = await connect(broker.url);
  try {
    return await work(await model.createChannel());
  } finally {
    await model.close();
  }
}

/** Without the exchange, queues of earlier tests get nothing more. */
const deleteExchange = () => withChannel((channel) => channel.deleteExchange('ledger.events'));

testTransport(bed);
testBroker(bed);
testLoss(bed);
