import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyWebhook } from '@credit-ledger/sdk/webhooks.ts';
import { z } from 'zod';
import { rowsIn, summaryOf } from '../support/http.ts';
import { startProduct, until, type Calls } from '../support/product.ts';
import {
  expectedSignature,
  startReceiver,
  towardsReceivers,
  type Receiver,
} from '../support/receiver.ts';

/** Makes an endpoint. @returns its path and its secret */
async function subscribe(
  { call }: Calls,
  url: string,
  fields: Record<string, unknown> = {},
): Promise<{ path: string; secret: string }> {
  const made = await call('POST', '/v1/webhooks', { body: { url, ...fields } });
  assert.equal(made.status, 201, made.text);
  return { path: String(made.headers.get('location')), secret: String(made.json['secret']) };
}

const arrivedAt = ({ received }: Receiver, count: number) =>
  until(async () => received.length >= count, `${count} webhooks arrive`);

const shape = z.object({ data: z.object({ key: z.string() }) });
const keyOf = ({ body }: { body: string }) => shape.parse(JSON.parse(body)).data.key;
const idsOf = (events: readonly Record<string, unknown>[]) => events.map((event) => event['event_id']);

test('a transfer is told to whoever asked for it, signed, in the words of the event', async (t) => {
  const receiver = await startReceiver(t);
  const product = await startProduct(t, towardsReceivers);
  await product.open('before');
  const { path, secret } = await subscribe(product, receiver.url, { description: 'ours' });
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  await product.open('a', { opening_balance_minor: 100 });
  await product.open('b');
  await product.move('first', 'a', 'b', 60, { metadata: { order: '9007199254740993' } });
  const page = await product.get('/v1/events');
  const events = rowsIn(page, 'data').slice(1);
  await arrivedAt(receiver, events.length);
  assert.deepEqual(new Set(receiver.received.map(({ id }) => id)), new Set(idsOf(events)));
  assert.ok(!receiver.received.some(({ body }) => body.includes('"before"')));
  for (const message of receiver.received) {
    assert.equal(message.headers['webhook-signature'], expectedSignature(secret, message));
    assert.equal(message.headers['content-type'], 'application/json');
    assert.ok(Math.abs(Number(message.headers['webhook-timestamp']) - Date.now() / 1000) < 300);
  }
  const event = events.at(-1);
  const last = receiver.received.find(({ id }) => id === event?.['event_id']);
  const timestamp = event?.['recorded_at'];
  assert.deepEqual(JSON.parse(last?.body ?? '{}'), {
    type: 'TransferCompleted',
    timestamp,
    data: event,
  });
  const delivered = `${path}/deliveries?state=delivered`;
  const isDelivered = async () => rowsIn(await product.get(delivered), 'data').length === events.length;
  await until(isDelivered, 'the log says so');
  const read = await product.get(path);
  assert.equal(read.json['description'], 'ours');
  assert.ok(!read.text.includes(secret), 'the secret is shown once');
});

test('what fails is tried again and counts once; the log has each attempt with what was answered', async (t) => {
  const receiver = await startReceiver(t);
  const product = await startProduct(t, towardsReceivers);
  const { path } = await subscribe(product, receiver.url, { event_types: ['AccountCreated'] });
  let failures = 2;
  receiver.answer = () => {
    failures -= 1;
    return failures >= 0 ? { status: 500, body: 'not now '.repeat(1000) } : { status: 200, body: 'ok' };
  };
  await product.open('a');
  await arrivedAt(receiver, 3);
  const ended = async () => rowsIn(await product.get(`${path}/deliveries?state=delivered`), 'data');
  await until(async () => (await ended()).length === 1, 'it is delivered');
  const [delivery] = await ended();
  assert.deepEqual([delivery?.['attempts'], delivery?.['last_status']], [3, 200]);
  assert.equal(new Set(receiver.received.map(({ id }) => id)).size, 1, 'webhook-id stays the same');
  const detailPath = `${path}/deliveries/${String(delivery?.['id'])}`;
  const attempts = rowsIn(await product.get(detailPath), 'attempt_log');
  assert.deepEqual(
    attempts.map(({ attempt, status, error }) => [attempt, status, error]),
    [
      [1, 500, null],
      [2, 500, null],
      [3, 200, null],
    ],
  );
  assert.deepEqual(
    attempts.map(({ response }) => String(response).length),
    [1024, 1024, 2],
  );
  const again = await product.call('POST', `${detailPath}/redeliver`);
  assert.equal(again.status, 202, again.text);
  await arrivedAt(receiver, 4);
  await until(async () => (await ended()).length === 1, 'it is delivered again');
  const { redelivered } = (
    await product.call('POST', `${path}/redeliver`, { body: { created_after: '2026-01-01T00:00:00Z' } })
  ).json;
  assert.equal(redelivered, 1);
  await arrivedAt(receiver, 5);
  const none = await product.call('POST', `${path}/redeliver`, { body: { state: 'dead' } });
  assert.equal(none.json['redelivered'], 0);
});

test('Retry-After is waited for, and holds up that account only', async (t) => {
  const receiver = await startReceiver(t);
  const product = await startProduct(t, towardsReceivers);
  await product.open('slow', { opening_balance_minor: 100 });
  await product.open('quick', { opening_balance_minor: 100 });
  await product.open('other');
  const { path } = await subscribe(product, receiver.url, { event_types: ['AccountUpdated'] });
  receiver.answer = ({ body }) =>
    body.includes('"slow"') ? { status: 429, headers: { 'retry-after': '3600' } } : { status: 204 };
  const rename = (account: string, name: string) =>
    product.call('PATCH', `/v1/accounts/ext:${account}`, { body: { name } });
  await rename('slow', 'one');
  await arrivedAt(receiver, 1);
  await rename('slow', 'two');
  await rename('quick', 'one');
  await rename('quick', 'two');
  await arrivedAt(receiver, 3);
  assert.deepEqual(
    receiver.received.map(({ body }) => /"external_id":"(\w+)"/.exec(body)?.[1]),
    ['slow', 'quick', 'quick'],
  );
  const pending = async () => rowsIn(await product.get(`${path}/deliveries?state=pending`), 'data');
  await until(async () => (await pending()).length === 2, 'what arrived is delivered');
  const waiting = await pending();
  assert.deepEqual(
    waiting.map(({ attempts }) => attempts),
    [0, 1],
    'the second waits behind the first',
  );
  const next = Date.parse(String(waiting[1]?.['next_attempt_at']));
  assert.ok(next > Date.now() + 3_500_000 && next < Date.now() + 3_700_000, String(next));
});

test('one slow endpoint delays no other, and events of an account come in their order', async (t) => {
  const [slow, quick] = [await startReceiver(t), await startReceiver(t)];
  const product = await startProduct(t, towardsReceivers);
  slow.answer = () => new Promise(() => {});
  await subscribe(product, slow.url);
  await subscribe(product, quick.url);
  for (const name of ['a', 'b', 'c']) await product.open(name);
  const moves = Array.from({ length: 60 }, (_, i) =>
    product.move(`m${i}`, i % 2 === 0 ? 'a' : 'b', 'c', 1),
  );
  await Promise.all(moves);
  await arrivedAt(quick, 3 + 120);
  const positions = quick.received.map(({ position }) => position ?? 0);
  assert.deepEqual(
    positions.slice(3),
    positions.slice(3).toSorted((x, y) => x - y),
    'all touch c',
  );
  assert.ok(slow.received.length <= 8, `${slow.received.length} on their way`);
});

test('what can not be delivered in time is a dead letter, from which it is sent again', async (t) => {
  const receiver = await startReceiver(t);
  const product = await startProduct(t, { ...towardsReceivers, WEBHOOK_RETRY_MS: '200' });
  const { path } = await subscribe(product, receiver.url, { event_types: ['AccountCreated'] });
  receiver.answer = () => ({ status: 503 });
  await product.open('a');
  await product.open('b');
  const letters = async () => rowsIn(await product.get('/v1/admin/dead-letters?status=parked'), 'data');
  await until(async () => (await letters()).length === 2, 'both are parked');
  const [letter] = await letters();
  assert.equal(letter?.['consumer'], `webhooks:${path.split('/').at(-1)}`);
  assert.equal(letter['message'], 'it answered 503');
  const dead = rowsIn(await product.get(`${path}/deliveries?state=dead`), 'data');
  assert.equal(dead.length, 2);
  receiver.answer = () => ({ status: 200 });
  const redriven = await product.call('POST', `/v1/admin/dead-letters/${String(letter['id'])}/redrive`);
  assert.equal(redriven.json['redriven'], 1, redriven.text);
  const ended = async () => rowsIn(await product.get(`${path}/deliveries?state=delivered`), 'data');
  await until(async () => (await ended()).length === 1, 'the first is delivered');
  const sent = await product.call('POST', `${path}/redeliver`, { body: { state: 'dead' } });
  assert.equal(sent.json['redelivered'], 1, sent.text);
  await until(async () => (await ended()).length === 2, 'the second is delivered');
  assert.deepEqual(await letters(), [], 'its letter is closed as well');
  const metrics = await (await fetch(`${product.server.url}/metrics`)).text();
  assert.match(metrics, /dlq_messages_total\{consumer="webhooks"\} 2/);
  assert.match(metrics, /webhook_attempt_duration_seconds_count\{outcome="5xx"\} [1-9]/);
});

test('an endpoint that is gone, or fails for long, is disabled; enabled again it gets what it missed', async (t) => {
  const [gone, failing] = [await startReceiver(t), await startReceiver(t)];
  const product = await startProduct(t, { ...towardsReceivers, WEBHOOK_DISABLE_AFTER_MS: '100' });
  const types = { event_types: ['AccountCreated'] };
  const [a, b] = [
    await subscribe(product, gone.url, types),
    await subscribe(product, failing.url, types),
  ];
  gone.answer = () => ({ status: 410 });
  failing.answer = () => ({ status: 302, headers: { location: gone.url } });
  await product.open('one');
  const reasonOf = async (path: string) => (await product.get(path)).json['disabled_reason'];
  await until(async () => (await reasonOf(a.path)) === 'gone', '410 disables at once');
  await until(async () => (await reasonOf(b.path)) === 'failing', 'failing disables after a while');
  assert.equal(gone.received.length, 1, 'a redirect is not followed');
  await product.open('two');
  gone.answer = () => ({ status: 200 });
  failing.answer = () => ({ status: 200 });
  const tested = await product.call('POST', `${a.path}/test`);
  await arrivedAt(gone, 2);
  assert.deepEqual(
    [gone.received[1]?.type, gone.received[1]?.id],
    ['webhook.test', tested.json['message_id']],
  );
  for (const { path } of [a, b]) {
    const enabled = await product.call('PATCH', path, { body: { status: 'ACTIVE' } });
    assert.deepEqual([enabled.json['status'], enabled.json['disabled_reason']], ['ACTIVE', null]);
  }
  await arrivedAt(gone, 4);
  assert.deepEqual(
    gone.received.map(({ position }) => position !== undefined),
    [true, false, true, true],
  );
  const audit = rowsIn(await product.get('/v1/admin/audit-log?action=disableWebhook'), 'data');
  assert.equal(audit.length, 2);
  const enabled = rowsIn(await product.get('/v1/admin/audit-log?action=updateWebhook'), 'data');
  assert.equal(enabled.length, 4, 'begun and done, of both');
});

test('filters narrow by type, ledger and account; a new secret signs beside the old one', async (t) => {
  const receiver = await startReceiver(t);
  const product = await startProduct(t, towardsReceivers);
  await product.call('POST', '/v1/ledgers', { body: { name: 'other' } });
  const mine = await product.open('mine');
  await product.open('theirs');
  const { path, secret } = await subscribe(product, receiver.url, {
    event_types: ['TransferCompleted', 'AccountCreated'],
    account_ids: ['ext:mine'],
  });
  assert.deepEqual((await product.get(path)).json['account_ids'], [mine]);
  const rotated = await product.call('POST', `${path}/rotate-secret`, { body: { overlap_seconds: 60 } });
  const newer = String(rotated.json['secret']);
  assert.notEqual(newer, secret);
  await product.open('third');
  await product.call('POST', '/v1/accounts', {
    body: { currency: 'USD' },
    headers: { ledger: 'other' },
  });
  await product.move('theirs', 'theirs', 'third', 1);
  const { json } = await product.move('mine', 'third', 'mine', 1);
  await arrivedAt(receiver, 1);
  const [message] = receiver.received;
  assert.ok(message !== undefined);
  assert.equal(keyOf(message), json['id']);
  const both = `${expectedSignature(newer, message)} ${expectedSignature(secret, message)}`;
  assert.equal(message.headers['webhook-signature'], both);
  for (const known of [secret, newer]) {
    const { id } = await verifyWebhook({ ...message, secret: known });
    assert.equal(id, message.id);
  }
  await product.call('POST', `${path}/rotate-secret`, { body: { overlap_seconds: 0 } });
  await product.move('again', 'third', 'mine', 1);
  await arrivedAt(receiver, 2);
  assert.doesNotMatch(String(receiver.received[1]?.headers['webhook-signature']), / /);
});

test('an endpoint is refused where nothing may be sent, and for what it names', async (t) => {
  const product = await startProduct(t);
  const cases: [unknown, string][] = [
    [{ url: 'https://example.com/', event_types: ['Nothing'] }, '400 invalid_request /event_types/0'],
    [{ url: 'not a url' }, '400 invalid_request /url'],
    [{ url: 'http://example.com/' }, '422 webhook_url_refused /url'],
    [{ url: 'https://127.0.0.1/' }, '422 webhook_url_refused /url'],
    [{ url: 'https://example.com/', ledgers: ['nowhere'] }, '404 ledger_not_found'],
    [{ url: 'https://example.com/', account_ids: ['ext:nobody'] }, '422 account_not_found'],
    [{ url: 'https://example.com/', secret: 'mine' }, '400 invalid_request /secret'],
  ];
  for (const [body, expected] of cases)
    assert.equal(summaryOf(await product.call('POST', '/v1/webhooks', { body })), expected);
  const path = '/v1/webhooks/019aaaaa-0000-7000-8000-000000000000';
  assert.equal(summaryOf(await product.call('DELETE', path)), '404 not_found');
  const { path: made } = await subscribe(product, 'https://example.com/hook');
  assert.equal(
    summaryOf(await product.call('POST', `${made}/redeliver`, { body: {} })),
    '400 invalid_request',
  );
  assert.equal((await product.call('DELETE', made)).status, 200);
  assert.equal(summaryOf(await product.call('GET', made)), '404 not_found');
});
