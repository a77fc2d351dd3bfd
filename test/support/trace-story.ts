import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createDatabase } from './databases.ts';
import { startOtlpSink } from './otlp-sink.ts';
import { callsTo, until } from './product.ts';
import { startReceiver, towardsReceivers } from './receiver.ts';
import { startRoles } from './role-process.ts';
import { startServer } from './server-process.ts';

const trace = 'c'.repeat(32);

/**
 * Four processes with a broker between them leave one trace, from the gateway to the webhook.
 * @param brokerSettings where the broker is, as the product is told
 */
export async function assertTraceFollows(
  t: TestContext,
  transport: 'kafka' | 'rabbitmq',
  brokerSettings: Readonly<Record<string, string>>,
): Promise<void> {
  const database = await createDatabase(t);
  const sink = await startOtlpSink(t);
  const receiver = await startReceiver(t);
  const dataDir = mkdtempSync(join(tmpdir(), 'traces-'));
  const env = {
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    ADMIN_API_KEY: 'traces-admin-key-0123456789-0123456789',
    API_KEY_PEPPER: 'a pepper of the tests',
    INTERNAL_TOKEN: 'the internal token of the tests',
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    OTEL_TRACES_SAMPLER_ARG: '0',
    ...towardsReceivers,
    ...brokerSettings,
  };
  const ledger = await startRoles(t, 'ledger', env);
  const relay = await startRoles(t, 'relay', env);
  await startRoles(t, 'projections,worker', env);
  const gateway = await startServer(dataDir, { ...env, ROLE: 'gateway', LEDGER_URL: ledger });
  t.after(async () => {
    await gateway.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const { call, open } = callsTo(gateway);
  await open('a');
  await open('b');
  await call('POST', '/v1/webhooks', { body: { url: receiver.url } });
  const body = { from: 'ext:a', to: 'ext:b', amount_minor: 3, currency: 'USD' };
  const headers = { 'idempotency-key': 'k', traceparent: `00-${trace}-00f067aa0ba902b7-01` };
  assert.equal((await call('POST', '/v1/transfers', { body, headers })).status, 201);

  const roleOf = async (name: string): Promise<string | undefined> => {
    const find = () => sink.spans.find((span) => span.traceId === trace && span.name === name);
    await until(async () => find() !== undefined, `a span ${name}`);
    return find()?.resource.get('credit_ledger.role');
  };
  assert.equal(await roleOf('POST /v1/transfers'), 'gateway');
  assert.equal(await roleOf('forward commands'), 'gateway');
  assert.equal(await roleOf('ledger post_transfer'), 'ledger');
  assert.equal(await roleOf('postgresql ledger.post_batch'), 'ledger');
  assert.equal(await roleOf(`publish to ${transport}`), 'relay');
  assert.equal(await roleOf('process projections.balances'), 'projections,worker');
  assert.equal(await roleOf('POST webhook'), 'projections,worker');
  const carriesOn = () =>
    receiver.received.some(({ headers }) => headers['traceparent']?.slice(3, 35) === trace);
  await until(async () => carriesOn(), 'the webhook carries it on');

  const metrics = await (await fetch(`${relay}/metrics`)).text();
  assert.match(metrics, /^outbox_events_published_total [1-9]/m);
  assert.match(metrics, /^trace_spans_total\{outcome="exported"\} [1-9]/m);
  assert.doesNotMatch(metrics, /^projection_running/m, 'each process shows what it does');
}
