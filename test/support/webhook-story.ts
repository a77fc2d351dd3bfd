import assert from 'node:assert/strict';
import { until, type Product } from './product.ts';
import { startReceiver } from './receiver.ts';
import type { TestContext } from 'node:test';

/** Through whatever transport the product uses, each event of an account arrives once, in the order of the log. */
export async function assertWebhooksFollow(t: TestContext, product: Product): Promise<void> {
  const { open, move, call, sql } = product;
  const receiver = await startReceiver(t);
  await open('hub');
  const names = ['x', 'y', 'z'];
  await Promise.all(names.map((name) => open(name)));
  const made = await call('POST', '/v1/webhooks', { body: { url: receiver.url } });
  assert.equal(made.status, 201, made.text);
  const moves = Array.from({ length: 30 }, (_, i) => move(`w${i}`, 'hub', names[i % 3] ?? '', 1));
  await Promise.all(moves);
  const isWhole = `select from webhooks.deliveries where state = 'delivered'`;
  await until(async () => (await sql.query(isWhole)).rowCount === 60, 'all are delivered');
  const positions = receiver.received.map(({ position }) => position ?? 0);
  assert.equal(positions.length, 60);
  assert.deepEqual(
    positions,
    positions.toSorted((a, b) => a - b),
    'all touch the hub',
  );
}
