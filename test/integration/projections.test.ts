import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDatabase } from '../support/databases.ts';
import { openAccount, startLedger, submit, textOf, transferOf } from '../support/ledger.ts';
import { assertModelsMatch, caughtUp, poolOf, startProjector } from '../support/projections.ts';

test('every kind of event reaches the read models, and they say what the journal says', async (t) => {
  const database = await createDatabase(t);
  const pool = poolOf(t, database);
  const ledger = await startLedger(t, { connectionString: database.url });
  await startProjector(t, pool);
  const a = await openAccount(ledger, { external_id: 'a', opening_balance_minor: 10_000n });
  const b = await openAccount(ledger, { external_id: 'b', metadata: {}, credit_limit_minor: 5n });
  await submit(ledger, transferOf(a, b, 700n, { description: 'rent, "May"' }));
  await submit(ledger, transferOf(a, b, 1n, { effective_at: Date.parse('2020-02-29T23:59:59.999Z') }));
  await submit(ledger, transferOf(b, a, 1_000_000n));
  const hold = textOf(await submit(ledger, transferOf(a, b, 300n, { hold: true })), 'id');
  await submit(ledger, {
    kind: 'settle_hold',
    transfer: hold,
    body: { amount_minor: 100n, keep_remaining: true },
  });
  await submit(ledger, { kind: 'void_hold', transfer: hold });
  const transfer = textOf(await submit(ledger, transferOf(a, b, 50n)), 'id');
  await submit(ledger, { kind: 'reverse_transfer', transfer, body: {} });
  const lines = [
    { account_id: a, side: 'DEBIT', amount_minor: 30n },
    { account_id: b, side: 'CREDIT', amount_minor: 10n },
    { account_id: b, side: 'CREDIT', amount_minor: 20n },
  ] as const;
  await submit(ledger, { kind: 'post_entry', body: { lines: [...lines], description: 'by hand' } });
  const body = { name: 'A', credit_limit_minor: null, metadata: null };
  await submit(ledger, { kind: 'update_account', account: b, body, ifMatch: undefined });
  assert.ok((await caughtUp(pool)) > 15);
  await assertModelsMatch(pool);
});
