import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDatabase } from '../../support/databases.ts';
import { rowsIn } from '../../support/http.ts';
import { deleteRecords, useKafka } from '../../support/kafka.ts';
import { callsTo, startOn, startProduct, until } from '../../support/product.ts';
import { startReceiver, towardsReceivers } from '../../support/receiver.ts';
import { assertWebhooksFollow } from '../../support/webhook-story.ts';

const kafka = useKafka();

test('through topics that know no common order, webhooks of an account come in that of the log', async (t) => {
  const env = { ...towardsReceivers, KAFKA_BROKERS: kafka.broker().url, KAFKA_PARTITIONS: '3' };
  await assertWebhooksFollow(t, await startProduct(t, env));
});

test('webhooks that lost their place in the broker catch up from the log by themselves, each event once', async (t) => {
  await kafka.open(t);
  const database = await createDatabase(t);
  const sql = await database.connect();
  const receiver = await startReceiver(t);
  const env = {
    ...towardsReceivers,
    KAFKA_BROKERS: kafka.broker().url,
    KAFKA_PARTITIONS: '4',
    INTERNAL_TOKEN: 'the token of these servers',
    ADMIN_API_KEY: 'the-key-of-every-server-here',
  };
  const others = await startOn(t, database, { ...env, ROLE: 'gateway,ledger,relay' });
  const startWorker = () => startOn(t, database, { ...env, ROLE: 'gateway,worker' });
  const first = await startWorker();
  const { open, move, call, get } = callsTo(others);
  await open('a');
  await open('b');
  const made = await call('POST', '/v1/webhooks', { body: { url: receiver.url } });
  assert.equal(made.status, 201, made.text);
  const positions = (): number[] => receiver.received.map(({ position }) => position ?? 0);
  const post = async (from: number, to: number): Promise<void> => {
    for (let count = from; count < to; count += 1) await move(`m${count}`, 'a', 'b', 1);
  };
  const isPublished = async (): Promise<boolean> =>
    rowsIn(await get('/v1/admin/outbox'), 'outboxes').every((row) => row['unpublished_events'] === 0);
  await post(0, 5);
  await until(() => Promise.resolve(positions().length === 10), 'the first have arrived');
  await first.stop();
  await post(5, 15);
  await until(isPublished, 'the broker has them');
  await deleteRecords(kafka.broker().url);
  await post(15, 20);
  const worker = await startWorker();
  await until(() => Promise.resolve(positions().length >= 40), 'all have arrived', 60_000);
  assert.match(worker.output(), /lost their place in the broker and catch up from the log/);
  await post(20, 25);
  await until(() => Promise.resolve(positions().length >= 50), 'it goes on', 60_000);
  const { rows } = await sql.query<{ position: string }>(
    'select position from ledger.events where position > $1 order by 1',
    [Math.min(...positions()) - 1],
  );
  assert.deepEqual(
    positions(),
    rows.map(({ position }) => Number(position)),
  );
});
