import { test } from 'node:test';
import { useKafka } from '../../support/kafka.ts';
import { startProduct } from '../../support/product.ts';
import { towardsReceivers } from '../../support/receiver.ts';
import { assertWebhooksFollow } from '../../support/webhook-story.ts';

const kafka = useKafka();

test('through topics that know no common order, webhooks of an account come in that of the log', async (t) => {
  const env = { ...towardsReceivers, KAFKA_BROKERS: kafka.broker().url, KAFKA_PARTITIONS: '3' };
  await assertWebhooksFollow(t, await startProduct(t, env));
});
