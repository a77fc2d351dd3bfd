import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsIn } from '../support/http.ts';
import { startProduct, until } from '../support/product.ts';

// Nothing listens there: the port is reserved and never used.
const nowhere = { kafka: '127.0.0.1:1', rabbitmq: 'amqp://guest:guest@127.0.0.1:1' };

for (const [name, env] of [
  ['Kafka', { KAFKA_BROKERS: nowhere.kafka }],
  ['RabbitMQ', { AMQP_URL: nowhere.rabbitmq }],
] as const) {
  test(`with a ${name} that is not there the server starts, writes, and says that nothing goes out`, async (t) => {
    const { open, move, get } = await startProduct(t, { ...env, LOG_LEVEL: 'fatal' });
    await open('a');
    await open('b');
    assert.equal((await move('first', 'a', 'b', 5)).status, 201);
    await until(async () => {
      const { outboxes } = (await get('/v1/admin/outbox')).json;
      return JSON.stringify(outboxes).includes('"failing"');
    }, 'the fault is shown');
    await until(async () => {
      const ready = await get('/readyz');
      const away = rowsIn(ready, 'dependencies').filter((row) => row['status'] !== 'ok');
      return (
        ready.json['status'] === 'degraded' && away.every((row) => row['circuit_breaker'] !== 'closed')
      );
    }, 'the circuit breaker before the broker opens, and the server stays ready');
    const strong = await get('/v1/accounts/ext:b/balance?consistency=strong');
    assert.equal(strong.json['balance_minor'], 5);
  });
}
