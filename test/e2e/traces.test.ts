import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { startOtlpSink, type OtlpSink, type SunkSpan } from '../support/otlp-sink.ts';
import { startProduct, until, type Product } from '../support/product.ts';
import { startReceiver, towardsReceivers } from '../support/receiver.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const sampled = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };
const consumers = ['balances', 'statements', 'daily_balances', 'transfer_timeline', 'transfers'];

async function startTraced(
  t: TestContext,
  env: Record<string, string> = {},
): Promise<{ product: Product; sink: OtlpSink }> {
  const sink = await startOtlpSink(t);
  const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=books' };
  const product = await startProduct(t, { ...otlp, ...towardsReceivers, ...env });
  await product.open('a');
  await product.open('b');
  return { product, sink };
}

function pay(product: Product, key: string, headers: Record<string, string>) {
  const body = { from: 'ext:a', to: 'ext:b', amount_minor: 3, currency: 'USD' };
  return product.call('POST', '/v1/transfers', {
    body,
    headers: { 'idempotency-key': key, ...headers },
  });
}

/** The spans of a name in a trace, which have to be there sooner or later. */
async function spansOf({ spans }: OtlpSink, traceId: string, name: string): Promise<SunkSpan[]> {
  const found = () => spans.filter((span) => span.traceId === traceId && span.name === name);
  await until(async () => found().length > 0, `a span ${name} of ${traceId}`);
  return found();
}

test('one trace goes from the request over batch, commit and projections to the webhook', async (t) => {
  const { product, sink } = await startTraced(t, { OTEL_TRACES_SAMPLER_ARG: '0' });
  const receiver = await startReceiver(t);
  await product.call('POST', '/v1/webhooks', { body: { url: receiver.url } });
  const paid = await pay(product, 'traced', { ...sampled, 'correlation-id': 'order-7' });
  assert.equal(paid.status, 201, paid.text);

  const one = async (name: string): Promise<SunkSpan> => {
    const [span, more] = await spansOf(sink, trace, name);
    assert.ok(span !== undefined && more === undefined, `${name} is there once`);
    return span;
  };
  const request = await one('POST /v1/transfers');
  assert.deepEqual([request.parentId, request.kind], ['00f067aa0ba902b7', 2]);
  assert.equal(request.attributes.get('http.response.status_code'), '201');
  assert.equal(request.attributes.get('ledger.correlation_id'), 'order-7');
  assert.equal(request.resource.get('service.name'), 'credit-ledger');
  const command = await one('ledger post_transfer');
  assert.equal(command.parentId, request.spanId);
  const batch = await one('ledger batch');
  assert.equal(batch.parentId, command.spanId);
  assert.deepEqual(command.links, [trace], 'the command has a link to its batch');
  assert.equal((await one('postgresql ledger.post_batch')).parentId, batch.spanId);
  for (const consumer of consumers) {
    const consumed = await one(`process projections.${consumer}`);
    assert.deepEqual([consumed.parentId, consumed.kind], [command.spanId, 5]);
  }
  const sent = await spansOf(sink, trace, 'POST webhook');
  assert.ok(sent.every(({ parentId }) => parentId === command.spanId));
  await until(async () => receiver.received.length > 0, 'a webhook has come');
  const arrived = receiver.received.map(({ headers }) => String(headers['traceparent']).split('-'));
  for (const [, traceId, spanId] of arrived) {
    assert.equal(traceId, trace);
    await until(async () => sink.spans.some((span) => span.spanId === spanId), 'its span was sent');
  }
  assert.equal(sink.headers[0]?.['x-tenant'], 'books');
  assert.equal(sink.headers[0]['path'], '/v1/traces');
  for (const { startedAt, endedAt } of sink.spans) assert.ok(startedAt > 0n && startedAt <= endedAt);
});

test('the timeline of a transfer names its trace, the queries of a read are spans', async (t) => {
  const { product, sink } = await startTraced(t, { OTEL_TRACES_SAMPLER_ARG: '0' });
  const id = String((await pay(product, 'traced', sampled)).json['id']);
  const read = async () => (await product.get(`/v1/transfers/${id}/timeline`)).json['events'];
  await until(async () => JSON.stringify(await read()).includes(trace), 'the timeline names the trace');
  const reading = { ...sampled, traceparent: `00-${'a'.repeat(32)}-00f067aa0ba902b7-01` };
  await product.call('GET', `/v1/transfers/${id}`, { headers: reading });
  const [request] = await spansOf(sink, 'a'.repeat(32), 'GET /v1/transfers/{id}');
  assert.ok(request);
  const query = sink.spans.find(({ name, parentId }) => {
    return name.startsWith('postgresql ') && parentId === request.spanId;
  });
  assert.ok(query, 'the query stands below the request');
});

test('what nobody samples leaves no span, in a share of 1 everything does and begins its own trace', async (t) => {
  const { product, sink } = await startTraced(t, { OTEL_TRACES_SAMPLER_ARG: '1' });
  const refused = `00-${'b'.repeat(32)}-00f067aa0ba902b7-00`;
  await pay(product, 'unsampled', { traceparent: refused });
  const replies = await Promise.all(Array.from({ length: 20 }, (_, i) => pay(product, `root-${i}`, {})));
  assert.ok(replies.every(({ status }) => status === 201));
  const roots = () => sink.spans.filter(({ name }) => name === 'POST /v1/transfers');
  await until(async () => roots().length === 20, 'every request has a span');
  assert.equal(new Set(roots().map(({ traceId }) => traceId)).size, 20);
  const commands = () => sink.spans.filter(({ name }) => name === 'ledger post_transfer');
  await until(async () => commands().length === 20, 'so has every command');
  const batches = sink.spans.filter(({ name }) => name === 'ledger batch');
  const batched = new Set(batches.flatMap(({ traceId, links }) => [traceId, ...links]));
  for (const { traceId } of commands()) assert.ok(batched.has(traceId), 'each is named by its batch');
  assert.ok(!sink.spans.some(({ traceId }) => traceId === 'b'.repeat(32)));
});

test('a transfer that is run later stays in the trace of its request', async (t) => {
  const { product, sink } = await startTraced(t, { OTEL_TRACES_SAMPLER_ARG: '0' });
  const accepted = await pay(product, 'later', { ...sampled, prefer: 'respond-async' });
  assert.equal(accepted.status, 202, accepted.text);
  const [work] = await spansOf(sink, trace, 'work run_transfer');
  const [run] = await spansOf(sink, trace, 'ledger run_transfer');
  assert.equal(run?.parentId, work?.spanId);
});

test('a refusal is no failure of its span; a collector that is away costs spans and one line', async (t) => {
  const { product, sink } = await startTraced(t, { OTEL_TRACES_SAMPLER_ARG: '0' });
  const body = { from: 'ext:a', to: 'ext:a', amount_minor: 3, currency: 'USD' };
  const headers = { 'idempotency-key': 'refused', ...sampled };
  await product.call('POST', '/v1/transfers', { body, headers });
  const [span] = await spansOf(sink, trace, 'POST /v1/transfers');
  assert.equal(span?.hasFailed, false);
  const gone = await startProduct(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_TRACES_SAMPLER_ARG: '1',
  });
  await gone.open('a');
  await gone.open('b');
  assert.equal((await pay(gone, 'on', {})).status, 201);
  const warning = 'traces do not reach their collector';
  await until(async () => gone.server.output().includes(warning), 'it is told');
  const failed = async (): Promise<number> => {
    const text = await (await fetch(`${gone.server.url}/metrics`)).text();
    return Number(/^trace_spans_total\{outcome="failed"\} (\d+)$/m.exec(text)?.[1] ?? 0);
  };
  const before = await failed();
  assert.ok(before > 0, 'they are counted');
  await pay(gone, 'again', {});
  await until(async () => (await failed()) > before, 'more of them fail');
  assert.equal(gone.server.output().split(warning).length, 2);
});
