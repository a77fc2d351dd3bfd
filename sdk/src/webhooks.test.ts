import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { signWebhook, verifyWebhook, WebhookError } from './webhooks.ts';

// The example of the specification (standard-webhooks, spec/standard-webhooks.md, "Symmetric signature").
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const seconds = 1_614_265_330;
const body = '{"test": 2432232314}';
const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const headers = {
  'webhook-id': id,
  'webhook-timestamp': String(seconds),
  'webhook-signature': signature,
};
const now = seconds * 1000;

const reasonOf = async (change: Partial<Parameters<typeof verifyWebhook>[0]>): Promise<unknown> => {
  try {
    await verifyWebhook({ secret, headers, body, now, ...change });
    return 'believed';
  } catch (error) {
    return error instanceof WebhookError ? error.reason : error;
  }
};

test("the specification's example is believed, as text and as bytes, from any kind of headers", async () => {
  const webhook = await verifyWebhook({ secret, headers, body, now });
  assert.deepEqual(webhook, { id, timestamp: new Date(now), body });
  assert.equal(await reasonOf({ body: new TextEncoder().encode(body) }), 'believed');
  assert.equal(await reasonOf({ headers: new Headers(headers) }), 'believed');
  const nodeHeaders = {
    'Webhook-Id': id,
    'Webhook-Timestamp': `${seconds}`,
    'Webhook-Signature': signature,
  };
  assert.equal(await reasonOf({ headers: nodeHeaders }), 'believed');
  assert.equal(await signWebhook(secret, id, seconds, body), signature);
});

test('any of several secrets and signatures counts, so a secret can be rotated', async () => {
  const other = `whsec_${Buffer.from('another secret of the tests').toString('base64')}`;
  assert.equal(await reasonOf({ secret: [other, secret] }), 'believed');
  const both = { ...headers, 'webhook-signature': `v1,AAAA v2,xyz ${signature}` };
  assert.equal(await reasonOf({ headers: both }), 'believed');
  assert.equal(await reasonOf({ secret: other }), 'signature_mismatch');
});

test('what is changed, old, new, unsigned or malformed is not believed, and the reason is named', async () => {
  const bytes = Buffer.from(secret.slice(6), 'base64');
  const mac = createHmac('sha256', bytes).update(`${id}.${seconds}.${body}`).digest();
  assert.equal(`v1,${mac.toString('base64')}`, signature);
  const over = (name: string, value: string) => ({ headers: { ...headers, [name]: value } });
  const rows: [Parameters<typeof reasonOf>[0], string][] = [
    [{ body: body.replace('2', '3') }, 'signature_mismatch'],
    [over('webhook-id', 'msg_other'), 'signature_mismatch'],
    [over('webhook-timestamp', String(seconds + 1)), 'signature_mismatch'],
    [over('webhook-signature', signature.replace('v1,', 'v1a,')), 'signature_mismatch'],
    [over('webhook-signature', 'v1,not base64!'), 'signature_mismatch'],
    [over('webhook-signature', ''), 'header_missing'],
    [over('webhook-timestamp', '1e9'), 'timestamp_malformed'],
    [{ now: now + 301_000 }, 'timestamp_too_old'],
    [{ now: now - 301_000 }, 'timestamp_too_new'],
    [{ now: now + 301_000, toleranceSeconds: 600 }, 'believed'],
    [{ secret: 'whsec_%%%' }, 'secret_malformed'],
    [{ secret: '' }, 'secret_malformed'],
  ];
  for (const [change, reason] of rows)
    assert.equal(await reasonOf(change), reason, JSON.stringify(change));
});
