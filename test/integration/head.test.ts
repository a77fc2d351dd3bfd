import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDatabase } from '../support/databases.ts';
import { openAccount, startLedger, submit, textOf, transferOf } from '../support/ledger.ts';

/** What another writer would have left in the head. */
const moves = {
  epoch: 'epoch = epoch + 1',
  position: 'position = position + 7',
  batch: 'batch = batch - 1',
};

for (const [part, move] of Object.entries(moves)) {
  test(`a batch decided on another ${part} of the head writes nothing and is decided again`, async (t) => {
    const database = await createDatabase(t);
    const ledger = await startLedger(t, { connectionString: database.url });
    const [from, to] = [await openAccount(ledger), await openAccount(ledger)];
    const client = await database.connect();
    const head = await client.query<{ epoch: string; position: string }>(
      `update ledger.head set ${move} returning epoch, position`,
    );
    const moved = head.rows[0];
    assert.ok(moved !== undefined);
    const id = textOf(await submit(ledger, transferOf(from, to, 1n), 'once'), 'id');
    const { rows } = await client.query(
      'select epoch, position from ledger.events where key = $1 order by 2',
      [id],
    );
    const epoch = String(Number(moved.epoch) + 1);
    const position = Number(moved.position);
    assert.deepEqual(rows, [
      { epoch, position: String(position + 1) },
      { epoch, position: String(position + 2) },
    ]);
  });
}
