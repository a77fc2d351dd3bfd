import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { createDatabase } from '../support/databases.ts';
import { startOn, startProduct, until, callsTo } from '../support/product.ts';
import { startReceiver, towardsReceivers } from '../support/receiver.ts';
import type { ServerProcess } from '../support/server-process.ts';

const line = z.record(z.string(), z.unknown());

function linesOf(server: ServerProcess): Record<string, unknown>[] {
  const lines = server.output().split('\n');
  return lines.filter((text) => text.startsWith('{')).map((text) => line.parse(JSON.parse(text)));
}

const secrets = {
  ADMIN_API_KEY: 'the-admin-key-of-this-test-0123456789',
  INTERNAL_TOKEN: 'the-internal-token-of-this-test',
  METRICS_TOKEN: 'the-metrics-token-of-this-test',
  API_KEY_PEPPER: 'the-pepper-of-this-test',
  REDIS_URL: 'redis://someone:the-redis-password@127.0.0.1:9/0',
  AMQP_URL: 'amqp://someone:the-broker-password@127.0.0.1:9',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=the-collector-password',
};
const hidden = Object.values(secrets)
  .filter((value) => !value.startsWith('http'))
  .map((value) => /(?::\/\/someone:|authorization=)([\w-]+)/.exec(value)?.[1] ?? value);

test('no line shows a secret at any level, also where everything that needs one is away', async (t) => {
  const database = await createDatabase(t);
  const server = await startOn(t, database, { ...secrets, LOG_LEVEL: 'trace' });
  const { call, open, post } = callsTo(server);
  const made = await post('/v1/api-keys', { name: 'till', scopes: ['read'], ledgers: ['main'] }, 'key');
  const key = String(made.json['key'] ?? made.json['token'] ?? made.json['secret']);
  assert.match(key, /^cl_live_/);
  await open('a');
  await call('GET', '/v1/accounts', { headers: { authorization: `Bearer ${key}` } });
  await call('GET', '/v1/accounts', { headers: { authorization: 'Bearer the-wrong-key-of-somebody' } });
  await fetch(`${server.url}/metrics`, { headers: { authorization: 'Bearer wrong' } });
  const isAway = () =>
    ['Redis is away', 'publishing failed'].every((text) => server.output().includes(text));
  await until(async () => isAway(), 'both are missed');
  const text = server.output();
  for (const secret of [...hidden, key, 'the-wrong-key-of-somebody'])
    assert.ok(!text.includes(secret), `${secret} is in the log`);
  assert.ok(linesOf(server).every(({ service, role }) => service === 'credit-ledger' && role === 'all'));
});

test('a line about a transfer or a webhook is found by its ids, trace and correlation', async (t) => {
  const { server, open, call } = await startProduct(t, { ...towardsReceivers, LOG_LEVEL: 'debug' });
  const receiver = await startReceiver(t);
  receiver.answer = () => ({ status: 500 });
  await open('a');
  await open('b');
  await call('POST', '/v1/webhooks', { body: { url: receiver.url } });
  const trace = 'd'.repeat(32);
  const headers = {
    'idempotency-key': 'k',
    traceparent: `00-${trace}-00f067aa0ba902b7-01`,
    'correlation-id': 'order-7',
    'request-id': 'request-7',
  };
  const body = { from: 'ext:a', to: 'ext:b', amount_minor: 3, currency: 'USD' };
  const { json } = await call('POST', '/v1/transfers', { body, headers });
  const find = (message: string) =>
    linesOf(server).find(({ msg, trace_id: of }) => msg === message && of === trace);
  await until(async () => find('a webhook did not arrive') !== undefined, 'the webhook is told of');
  assert.match(String(find('a webhook did not arrive')?.['event_id']), /^[0-9a-f-]{36}$/);
  // One request in a hundred is told of.
  for (let index = 0; index < 100; index += 1)
    await call('GET', `/v1/transfers/${String(json['id'])}`, { headers });
  await until(async () => find('request') !== undefined, 'a request is told of');
  const request = find('request');
  const ids = ['transfer_id', 'correlation_id', 'request_id'].map((name) => request?.[name]);
  assert.deepEqual(ids, [json['id'], 'order-7', 'request-7']);
});

test('SIGUSR2 has a running server say more, and once more as much as before', async (t) => {
  const { server } = await startProduct(t, { LOG_LEVEL: 'warn' });
  const told = () => linesOf(server).filter(({ msg }) => msg === 'the log level was changed');
  server.signal('SIGUSR2');
  await until(async () => told().length === 1, 'it says more');
  assert.equal(told()[0]?.['log_level'], 'debug');
  server.signal('SIGUSR2');
  await until(async () => told().length === 2, 'it says less');
});
