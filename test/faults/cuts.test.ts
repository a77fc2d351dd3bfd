import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { audit } from '../support/audit.ts';
import { createDatabase } from '../support/databases.ts';
import { openAccount, startLedger, submit, transferOf } from '../support/ledger.ts';
import { startPostgresProxy, type Cut } from '../support/postgres-proxy.ts';

const cutsOfEach = 15;

for (const cut of ['before the commit', 'after the commit'] as const) {
  test(`a connection cut ${cut} costs time and nothing else`, (t) => checkCuts(t, cut));
}

async function checkCuts(t: TestContext, cut: Cut): Promise<void> {
  const database = await createDatabase(t);
  const proxy = await startPostgresProxy(database.url);
  const ledger = await startLedger(t, proxy.config);
  t.after(() => proxy.close());
  const [from, to] = [await openAccount(ledger), await openAccount(ledger)];
  let acknowledged = 0;
  for (let round = 0; round < cutsOfEach; round += 1) {
    const hasCut = proxy.cutNext(cut);
    const keys = Array.from({ length: 20 }, (_, index) => `r${round}-${index}`);
    const post = (key: string) => submit(ledger, transferOf(from, to, 1n), key);
    const answers = await Promise.all(keys.map(post));
    await hasCut;
    assert.ok(answers.every((answer) => answer.kind === 'done'));
    assert.ok(
      answers.every((answer) => !answer.replayed),
      'the first answer is no replay, late as it is',
    );
    const again = await Promise.all(keys.map(post));
    assert.ok(
      again.every((answer) => answer.replayed),
      'each key has its one effect',
    );
    assert.deepEqual(
      again,
      answers.map((answer) => ({ ...answer, replayed: true })),
    );
    acknowledged += keys.length;
  }
  const client = await database.connect();
  assert.deepEqual(await audit(client), []);
  const { rows } = await client.query<{ n: string; sum: string }>(
    'select count(*) as n, sum(amount_minor) as sum from ledger.transfers',
  );
  assert.deepEqual(rows, [{ n: String(acknowledged), sum: String(acknowledged) }]);
}
