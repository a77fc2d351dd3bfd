// A relay as a process of its own, which tests kill. It can be told to stand still at a page: when it was sent and
// is not confirmed yet (`sent`), or when it was confirmed and the cursor is not saved yet (`confirmed`).
import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createRelayMetrics } from '../../src/relay/relay-metrics.ts';
import { Relay } from '../../src/relay/relay.ts';
import { openKafkaTransport } from '../../src/relay/transport/kafka.ts';
import type { Publisher } from '../../src/relay/transport/transport.ts';
import { createBreakers } from '../../src/runtime/breaker.ts';

const [, , databaseUrl = '', brokers = '', hold = 'never', pages = '0'] = process.argv;
const pool = new Pool({ connectionString: databaseUrl, max: 4 });
pool.on('error', () => {});
const transport = openKafkaTransport({
  brokers: brokers.split(','),
  partitions: 4,
  head: undefined,
  random: Math.random,
});

let sent = 0;

function holding(publisher: Publisher): Publisher {
  return {
    ...publisher,
    publish: async (messages) => {
      sent += 1;
      const confirmed = publisher.publish(messages);
      if (hold === 'confirmed' || sent < Number(pages)) await confirmed;
      if (hold !== 'never' && sent >= Number(pages)) await standStill();
      await confirmed;
    },
  };
}

async function standStill(): Promise<never> {
  process.stdout.write(`${hold}\n`);
  return new Promise(() => {});
}

const registry = new Registry();
const relay = new Relay({
  db: pool,
  name: 'kafka',
  openPublisher: async () => {
    if (transport.openPublisher === undefined) throw new Error('Kafka has no publisher');
    return holding(await transport.openPublisher());
  },
  lastSent: transport.lastSent,
  breaker: createBreakers(registry)('kafka'),
  log: pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }),
  metrics: createRelayMetrics(registry, Date.now),
  now: Date.now,
  monotonic: () => performance.now(),
  random: Math.random,
  mintId: randomUUID,
});
relay.start();
process.once('SIGTERM', () => void relay.stop().then(() => process.exit(0)));
