import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  ConnectionError,
  CreditLedger,
  DeadlineError,
  type Event,
  isProblem,
  ProblemError,
} from '@credit-ledger/sdk/client.ts';
import { startLossyProxy } from '../support/lossy-proxy.ts';
import { startProduct } from '../support/product.ts';

/** A client behind a proxy that loses what it is told to, and two accounts. */
async function furnish(t: TestContext) {
  const product = await startProduct(t);
  const proxy = await startLossyProxy(t, product.server.url);
  const options = { url: proxy.url, apiKey: product.server.adminKey, random: () => 0 };
  const client = new CreditLedger(options);
  await client.openAccount({ external_id: 'a', currency: 'USD', credit_limit_minor: 0n });
  await client.openAccount({ external_id: 'b', currency: 'USD', credit_limit_minor: 0 });
  await client.deposit('ext:a', { amount_minor: 10_000 });
  proxy.seen.length = 0;
  return { product, proxy, client, options };
}

const transfer = { from: 'ext:a', to: 'ext:b', amount_minor: 1234n, currency: 'USD' };

test('a transfer whose answer is lost is sent again under the same key, and moves money once', async (t) => {
  const { client, proxy } = await furnish(t);
  proxy.fates.push('answer lost', 'answer lost');
  const facts: { replayed: boolean | undefined; attempts: number }[] = [];
  const posted = await client.postTransfer(transfer, { onAnswer: (answer) => facts.push(answer) });
  assert.equal(posted.status, 'COMPLETED');
  assert.deepEqual(
    facts.map(({ replayed, attempts }) => [replayed, attempts]),
    [[true, 3]],
  );
  assert.equal(new Set(proxy.seen.map(({ headers }) => headers['idempotency-key'])).size, 1);
  const { balance_minor: balance } = await client.readBalance('ext:b', { consistency: 'strong' });
  assert.equal(balance, 1234n);
});

test('amounts beyond 2^53 are exact in both directions, metadata is left alone', async (t) => {
  const { client } = await furnish(t);
  const big = 9_007_199_254_740_993n;
  const metadata = { amount_minor: '12', units: 'kg', nested: { held_minor: '7' } };
  const deposit = await client.deposit('ext:b', { amount_minor: big, metadata });
  assert.equal(deposit.amount_minor, big);
  assert.deepEqual(deposit.metadata, metadata);
  const { balance_minor: balance } = await client.readBalance('ext:b', { consistency: 'strong' });
  assert.equal(balance, big);
  const events: Event[] = [];
  for await (const event of client.listEvents({ limit: 2, types: ['TransferCompleted'] }))
    events.push(event);
  const paid = events.at(-1)?.payload['transfer'];
  assert.ok(typeof paid === 'object' && paid !== null && 'amount' in paid);
  assert.deepEqual(paid.amount, { units: big, currency: 'USD' });
  await assert.rejects(client.deposit('ext:b', { amount_minor: 12.5 }), RangeError);
  await assert.rejects(client.deposit('ext:b', { amount_minor: 2 ** 53 }), RangeError);
});

test('a refusal by a rule is thrown at once with its code and numbers, and is never sent again', async (t) => {
  const { client, proxy } = await furnish(t);
  const refused = await client
    .postTransfer({ ...transfer, amount_minor: 99_999 })
    .catch((error: unknown) => error);
  assert.ok(isProblem(refused, 'insufficient_funds'));
  assert.deepEqual([refused.status, refused.retry, refused.attempts], [422, 'new_request', 1]);
  assert.equal(refused.problem['available_minor'], 10_000n);
  assert.equal(proxy.seen.length, 1);
  const failed = await client.readTransfer(refused.transferId ?? '', { consistency: 'strong' });
  assert.equal(failed.failure?.code, 'insufficient_funds');
  const wrong = await client
    .postTransfer({ ...transfer, currency: 'usd' })
    .catch((error: unknown) => error);
  assert.ok(wrong instanceof ProblemError);
  assert.deepEqual([wrong.code, wrong.errors[0]?.pointer], ['invalid_request', '/currency']);
});

const problem = (status: number, code: string, retry: string, after: string) => ({
  status,
  headers: { 'content-type': 'application/problem+json', 'retry-after': after },
  body: JSON.stringify({ type: '', title: '', status, detail: 'in a moment', code, retry }),
});

test("the problem's own retry field decides, Retry-After is waited for, and a deadline ends it", async (t) => {
  const { client, proxy } = await furnish(t);
  proxy.fates.push(problem(503, 'ledger_unavailable', 'same_key', '1'), {
    status: 502,
    body: 'bad gateway',
  });
  const begun = performance.now();
  await client.postTransfer(transfer);
  assert.ok(performance.now() - begun >= 1000);
  assert.equal(proxy.seen.length, 3);
  proxy.fates.push(problem(503, 'overloaded', 'same_key', '60'));
  const late = await client.postTransfer(transfer, { timeoutMs: 500 }).catch((error: unknown) => error);
  assert.ok(late instanceof DeadlineError && isProblem(late.cause, 'overloaded'));
  assert.ok(late.idempotencyKey !== undefined, 'the key to go on with');
  // What has no key and may have been done is not sent again.
  proxy.seen.length = 0;
  proxy.fates.push('answer lost');
  const key = { name: 'n', scopes: ['read' as const], ledgers: ['main'] };
  await assert.rejects(client.createApiKey(key), ConnectionError);
  proxy.fates.push(problem(429, 'rate_limited', 'same_key', '0'));
  assert.equal((await client.createApiKey(key)).name, 'n');
  assert.equal(proxy.seen.length, 3);
});

test('an abort ends a call with the reason of its signal', async (t) => {
  const { client, proxy } = await furnish(t);
  proxy.fates.push(problem(503, 'overloaded', 'same_key', '20'));
  const controller = new AbortController();
  const call = client.postTransfer(transfer, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error('changed my mind')), 50);
  await assert.rejects(call, /changed my mind/);
});

test('lists are gone through page by page, statements too', async (t) => {
  const { client, proxy } = await furnish(t);
  for (const amount of [1, 2, 3, 4, 5]) await client.postTransfer({ ...transfer, amount_minor: amount });
  proxy.seen.length = 0;
  const list = client.listTransfers({
    limit: 2,
    order: 'asc',
    account_id: 'ext:b',
    consistency: 'strong',
  });
  const amounts: bigint[] = [];
  for await (const { amount_minor: amount } of list) amounts.push(amount);
  assert.deepEqual(amounts, [1n, 2n, 3n, 4n, 5n]);
  assert.equal(proxy.seen.length, 3);
  assert.equal((await list.take(3)).length, 3);
  assert.equal((await list.page()).data.length, 2);
  const lines = await client.statementLines('ext:b', { limit: 2, consistency: 'strong' }).take(100);
  assert.deepEqual(
    lines.map((line) => line.balance_after_minor),
    [1n, 3n, 6n, 10n, 15n],
  );
  const csv = await client.downloadStatement('ext:b', 'csv', { consistency: 'strong' });
  assert.match(await csv.text(), /^entry_id,/);
});

test('a feed goes on where it was when its connection breaks, without a gap or a repeat', async (t) => {
  const { client, proxy, options } = await furnish(t);
  const states: string[] = [];
  const places: number[] = [];
  const controller = new AbortController();
  const amounts: unknown[] = [];
  const feed = new CreditLedger(options).followEvents(
    { types: ['TransferCompleted'] },
    {
      signal: controller.signal,
      random: () => 0,
      onState: (state) => void states.push(state),
      onPosition: (position) => void places.push(position),
    },
  );
  const first = feed.next();
  while (!states.includes('open')) await new Promise((resolve) => setImmediate(resolve));
  const head = await client.listEvents({ last: 0 }).page();
  assert.deepEqual(places, [head.next_position]);
  const amountOf = ({ payload }: Event) => {
    const { transfer: paid } = payload;
    return typeof paid === 'object' && paid !== null && 'amount' in paid ? paid.amount : undefined;
  };
  await client.postTransfer({ ...transfer, amount_minor: 1 });
  const begun = await first;
  assert.ok(begun.done === false);
  amounts.push(amountOf(begun.value));
  proxy.cut();
  for (const amount of [2, 3]) await client.postTransfer({ ...transfer, amount_minor: amount });
  for (const _ of [2, 3]) {
    const next = await feed.next();
    assert.ok(next.done === false);
    amounts.push(amountOf(next.value));
  }
  assert.deepEqual(
    amounts,
    [1n, 2n, 3n].map((units) => ({ units, currency: 'USD' })),
  );
  assert.ok(states.includes('waiting'));
  const last = feed.next();
  controller.abort(new Error('enough'));
  await assert.rejects(last, /enough/);
  const stranger = new CreditLedger({ ...options, apiKey: 'cl_live_nobody' }).followEvents();
  await assert.rejects(stranger.next(), (error) => isProblem(error, 'unauthorized'));
});

test('a transfer may be accepted now and run later, and readiness names each dependency', async (t) => {
  const { client } = await furnish(t);
  const accepted = await client.postTransfer(transfer, { respondAsync: true });
  assert.equal(accepted.status, 'INITIATED');
  const account = await client.readAccount('ext:a', { consistency: 'strong' });
  const stale = client.updateAccount('ext:a', { name: 'A' }, { ifRevision: account.revision + 1 });
  await assert.rejects(stale, (error) => isProblem(error, 'version_mismatch') && error.status === 412);
  const readiness = await client.readReadiness();
  assert.equal(readiness.status, 'ok');
  assert.ok(readiness.dependencies.length > 0);
});
