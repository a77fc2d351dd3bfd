import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvents } from '../../src/ledger/event-log.ts';
import { insertEndpoint } from '../../src/webhooks/endpoints.ts';
import { WebhookIntake } from '../../src/webhooks/webhook-intake.ts';
import { createDatabase } from '../support/databases.ts';
import { openAccount, startLedger, submit, transferOf } from '../support/ledger.ts';
import { poolOf } from '../support/projections.ts';

const endpoint = {
  url: 'https://example.com/',
  description: null,
  ledgers: ['main'],
  eventTypes: null,
  accountIds: null,
  secret: 'c2VjcmV0',
};

test('an event that is read again, even from a lost place, is sent once to each endpoint', async (t) => {
  const database = await createDatabase(t);
  const pool = poolOf(t, database);
  const ledger = await startLedger(t, { connectionString: database.url });
  const ids = ['0190f3a0-7c1e-7d00-8000-0000000000a1', '0190f3a0-7c1e-7d00-8000-0000000000a2'];
  const [a, b] = [await openAccount(ledger), await openAccount(ledger)];
  for (const id of ids) await insertEndpoint(pool, { ...endpoint, id }, 10);
  await submit(ledger, transferOf(a, b, 1n));
  await submit(ledger, transferOf(a, b, 2n));
  const intake = new WebhookIntake({ pool, isDurable: false, monotonic: () => performance.now() });
  const messages = await readEvents(pool, 0, 100);
  assert.equal(messages.length, 6);
  const delivery = { partition: 'log', messages, position: 6 };
  assert.equal(await intake.take(delivery), true);
  assert.equal(await intake.appliedIn('log'), 6);
  assert.equal(await intake.take(delivery), false, 'nothing above the checkpoint');
  await pool.query('update webhooks.checkpoints set position = 0');
  assert.equal(await intake.take(delivery), false, 'nothing new either');
  const { rows } = await pool.query(
    `select position::int, count(*)::int from webhooks.deliveries group by 1 order by 1`,
  );
  assert.deepEqual(
    rows,
    [3, 4, 5, 6].map((position) => ({ position, count: ids.length })),
  );
});
