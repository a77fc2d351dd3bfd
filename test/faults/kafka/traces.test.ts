import { test } from 'node:test';
import { useKafka } from '../../support/kafka.ts';
import { assertTraceFollows } from '../../support/trace-story.ts';

const kafka = useKafka();

test('one trace goes through four processes and Kafka, from the gateway to the webhook', async (t) => {
  await assertTraceFollows(t, 'kafka', {
    KAFKA_BROKERS: kafka.broker().url,
    KAFKA_PARTITIONS: '3',
  });
});
