import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Command } from '../../src/ledger/commands.ts';
import { audit } from '../support/audit.ts';
import { createDatabase } from '../support/databases.ts';
import { openAccount, startLedger, submit, textOf } from '../support/ledger.ts';

async function furnish(t: TestContext) {
  const database = await createDatabase(t);
  const ledger = await startLedger(t, { connectionString: database.url });
  const [from, to] = [await openAccount(ledger), await openAccount(ledger)];
  const transfer = (external: string, respondAsync: boolean): Command => ({
    kind: 'post_transfer',
    body: { from, to, amount_minor: 5n, currency: 'USD', external_id: external },
    respondAsync,
  });
  const accept = async (external: string) =>
    textOf(await submit(ledger, transfer(external, true)), 'id');
  return { database, ledger, from, to, transfer, accept };
}

const giveUp = (transfer: string): Command => ({
  kind: 'give_up_transfer',
  transfer,
  attempts: 8,
  lastError: 'away',
});

test('an external id that a transfer gives up is free in the very same batch', async (t) => {
  const { database, ledger, transfer, accept } = await furnish(t);
  for (const how of [true, false]) {
    const external = `x-${how}`;
    const id = await accept(external);
    // Submitted in one turn, they are decided in one batch.
    const [given, taken, again] = await Promise.all([
      submit(ledger, giveUp(id)),
      submit(ledger, transfer(external, how)),
      submit(ledger, { kind: 'redrive_transfer', transfer: id }),
    ]);
    assert.equal(textOf(given, 'status'), 'FAILED');
    assert.equal(textOf(taken, 'status'), how ? 'INITIATED' : 'COMPLETED');
    assert.equal(again.kind === 'refused' && again.refusal.code, 'external_id_taken');
  }
  const own = await accept('y');
  const [given, redriven] = await Promise.all([
    submit(ledger, giveUp(own)),
    submit(ledger, { kind: 'redrive_transfer', transfer: own }),
  ]);
  assert.deepEqual([textOf(given, 'status'), textOf(redriven, 'status')], ['FAILED', 'INITIATED']);
  const [run, late] = await Promise.all([
    submit(ledger, { kind: 'run_transfer', transfer: own }),
    submit(ledger, transfer('y', false)),
  ]);
  assert.equal(textOf(run, 'status'), 'COMPLETED');
  assert.equal(late.kind === 'refused' && late.refusal.code, 'external_id_taken');
  assert.deepEqual(await audit(await database.connect()), []);
});

test('what was accepted is run by the next process just the same', async (t) => {
  const { database, ledger, from, to, accept } = await furnish(t);
  const id = await accept('z');
  const conditional: Command = {
    kind: 'post_transfer',
    respondAsync: true,
    body: {
      from,
      to,
      amount_minor: 9_007_199_254_740_993n,
      currency: 'USD',
      hold: { expires_in_seconds: 60 },
      effective_at: Date.UTC(2026, 0, 1),
      require: { from: { available_max_minor: 0n, version: 2 } },
    },
  };
  const hold = textOf(await submit(ledger, conditional), 'id');
  await ledger.stop();
  const next = await startLedger(t, { connectionString: database.url });
  assert.equal(
    textOf(await submit(next, { kind: 'run_transfer', transfer: id }), 'status'),
    'COMPLETED',
  );
  const held = await submit(next, { kind: 'run_transfer', transfer: hold });
  assert.equal(textOf(held, 'status'), 'HELD');
  assert.equal(textOf(held, 'effective_at'), '2026-01-01T00:00:00.000Z');
  assert.equal(Date.parse(textOf(held, 'expires_at')) > Date.now(), true);
  assert.deepEqual(await audit(await database.connect()), []);
});
