import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Broker } from '../../tools/programs.ts';
import { startRabbitmq } from '../../tools/rabbitmq.ts';
import { startProduct, until } from '../support/product.ts';
import { towardsReceivers } from '../support/receiver.ts';
import { assertTraceFollows } from '../support/trace-story.ts';
import { assertWebhooksFollow } from '../support/webhook-story.ts';

let broker: Broker;

before(async () => {
  broker = await startRabbitmq();
});
after(() => broker.remove());

test('through RabbitMQ the read models follow, and what was accepted is run', async (t) => {
  const { open, move, get, call } = await startProduct(t, { AMQP_URL: broker.url });
  await open('a');
  await open('b');
  const { json } = await move('first', 'a', 'b', 5);
  const later = await call('POST', '/v1/transfers', {
    body: { from: 'ext:a', to: 'ext:b', amount_minor: 7, currency: 'USD' },
    headers: { 'idempotency-key': 'later', prefer: 'respond-async' },
  });
  assert.equal(later.status, 202, later.text);
  await until(async () => {
    const balance = await get(`/v1/accounts/ext:b/balance?min_position=${String(json['position'])}`);
    return balance.json['balance_minor'] === 12;
  }, 'both have been projected');
  const { outboxes } = (await get('/v1/admin/outbox')).json;
  assert.match(JSON.stringify(outboxes), /"transport":"rabbitmq","state":"sending"/);
});

test('through RabbitMQ webhooks of an account come in the order of the log', async (t) => {
  const env = { ...towardsReceivers, AMQP_URL: broker.url };
  await assertWebhooksFollow(t, await startProduct(t, env));
});

test('one trace goes through four processes and RabbitMQ, from the gateway to the webhook', async (t) => {
  await assertTraceFollows(t, 'rabbitmq', { AMQP_URL: broker.url });
});
