import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { LedgerFault } from '../../src/ledger/fault.ts';
import { audit } from '../support/audit.ts';
import { createDatabase } from '../support/databases.ts';
import {
  anyFingerprint,
  openAccount,
  startLedger,
  submit,
  textOf,
  transferOf,
} from '../support/ledger.ts';

test('300 identical requests at once have one effect, and every answer is that one', async (t) => {
  const database = await createDatabase(t);
  const ledger = await startLedger(t, { connectionString: database.url });
  const [from, to] = [await openAccount(ledger), await openAccount(ledger)];
  const post = () => submit(ledger, transferOf(from, to, 7n), 'the-one');
  const answers = await Promise.all(Array.from({ length: 300 }, post));
  assert.equal(new Set(answers.map((answer) => textOf(answer, 'id'))).size, 1);
  assert.equal(answers.filter((answer) => !answer.replayed).length, 1);
  const client = await database.connect();
  const { rows } = await client.query('select count(*)::int as n from ledger.transfers');
  assert.deepEqual(rows, [{ n: 1 }]);
});

test('a key from an earlier tenure is found by the batch call, and the rest of the batch goes on', async (t) => {
  const database = await createDatabase(t);
  const first = await startLedger(t, { connectionString: database.url });
  const [from, to] = [await openAccount(first), await openAccount(first)];
  const before = await submit(first, transferOf(from, to, 7n), 'kept');
  await first.stop();
  const second = await startLedger(t, { connectionString: database.url });
  const keys = ['a', 'kept', 'b', 'c'];
  const answers = await Promise.all(keys.map((key) => submit(second, transferOf(from, to, 7n), key)));
  assert.deepEqual(
    answers.map((answer) => answer.replayed),
    [false, true, false, false],
  );
  assert.deepEqual(answers[1], { ...before, replayed: true });
  const other = await submit(
    second,
    transferOf(from, to, 8n),
    'kept',
    '11111111-1111-4111-8111-111111111111',
  );
  assert.equal(other.kind === 'refused' && other.refusal.code, 'idempotency_key_reused');
  assert.deepEqual(await audit(await database.connect()), []);
});

test('replays among new commands take back what was decided on them, and nothing else', async (t) => {
  const database = await createDatabase(t);
  const first = await startLedger(t, { connectionString: database.url });
  const [from, to] = [await openAccount(first), await openAccount(first)];
  const keys = Array.from({ length: 100 }, (_, index) => `old-${index}`);
  const before = await Promise.all(keys.map((key) => submit(first, transferOf(from, to, 1n), key)));
  await first.stop();
  const second = await startLedger(t, { connectionString: database.url }, { batchMax: 5 });
  const mixed = keys.flatMap((key, index) => [`new-${index}`, key, `newer-${index}`]);
  const answers = await Promise.all(mixed.map((key) => submit(second, transferOf(from, to, 1n), key)));
  const again = answers.filter((answer) => answer.replayed);
  assert.deepEqual(
    again.map((answer) => textOf(answer, 'id')),
    before.map((answer) => textOf(answer, 'id')),
  );
  const client = await database.connect();
  const { rows } = await client.query('select count(*)::int as n from ledger.transfers');
  assert.deepEqual(rows, [{ n: 300 }]);
  assert.deepEqual(await audit(client), []);
});

test('taken ids and external ids are found by the batch call', async (t) => {
  const database = await createDatabase(t);
  const first = await startLedger(t, { connectionString: database.url });
  const [from, to] = [await openAccount(first, { external_id: 'alice' }), await openAccount(first)];
  const id = '0190c0de-0000-7000-8000-000000000001';
  await submit(first, transferOf(from, to, 7n, { id, external_id: 'order-1' }), 'k1');
  await first.stop();
  const second = await startLedger(t, { connectionString: database.url });
  const otherFingerprint = '11111111-1111-4111-8111-111111111111';
  const [sameId, sameExternal, sameName] = await Promise.all([
    submit(second, transferOf(from, to, 8n, { id }), 'k2', otherFingerprint),
    submit(second, transferOf(from, to, 8n, { external_id: 'order-1' }), 'k3'),
    submit(second, { kind: 'open_account', body: { currency: 'USD', external_id: 'alice' } }),
  ]);
  assert.equal(sameId.kind === 'refused' && sameId.refusal.code, 'transfer_id_taken');
  assert.equal(sameExternal.kind === 'refused' && sameExternal.refusal.code, 'external_id_taken');
  assert.equal(sameName.kind === 'refused' && sameName.refusal.code, 'external_id_taken');
  assert.deepEqual(await audit(await database.connect()), []);
});

test('atomic batches and previews know what an earlier tenure bound, though they may write nothing', async (t) => {
  const database = await createDatabase(t);
  const first = await startLedger(t, { connectionString: database.url });
  const [from, to] = [await openAccount(first), await openAccount(first, { credit_limit_minor: 0n })];
  await submit(first, transferOf(from, to, 7n, { external_id: 'order-1' }), 'item-1');
  await first.stop();
  const second = await startLedger(t, { connectionString: database.url });
  const body = (more: object) => ({ from, to, amount_minor: 7n, currency: 'USD', ...more });
  const taken = body({ external_id: 'order-1' });
  const preview = await submit(second, {
    kind: 'preview',
    command: { kind: 'post_transfer', body: taken },
  });
  assert.match(inspect(preview), /external_id_taken/);
  const items = [
    body({ external_id: 'order-1', idempotencyKey: 'item-1' }),
    body({ from: to, to: from, amount_minor: 99n }),
  ];
  const atomic = await submit(
    second,
    {
      kind: 'post_transfers',
      mode: 'atomic',
      items: items.map((item) => ({ body: item, fingerprint: anyFingerprint })),
    },
    'batch-1',
  );
  assert.equal(
    atomic.kind === 'refused' && atomic.refusal.code,
    'insufficient_funds',
    'the first item is a replay',
  );
  assert.equal(atomic.kind === 'refused' && atomic.refusal.facts['index'], 1);
});

test('a hold expires by itself, also one that was due while no ledger ran', async (t) => {
  const database = await createDatabase(t);
  const first = await startLedger(t, { connectionString: database.url });
  const [from, to] = [await openAccount(first), await openAccount(first)];
  const hold = { hold: { expires_in_seconds: 1 } };
  const placed = await submit(first, transferOf(from, to, 7n, hold), 'h1');
  await first.stop();
  const client = await database.connect();
  const status = async () => {
    const { rows } = await client.query<{ status: string }>(
      'select status from ledger.transfers where id = $1',
      [textOf(placed, 'id')],
    );
    return rows[0]?.status;
  };
  assert.equal(await status(), 'HELD');
  const second = await startLedger(t, { connectionString: database.url });
  while ((await status()) === 'HELD') await delay(20);
  assert.equal(await status(), 'EXPIRED');
  const late = await submit(
    second,
    { kind: 'settle_hold', transfer: textOf(placed, 'id'), body: {} },
    's1',
  );
  assert.equal(late.kind === 'refused' && late.refusal.code, 'hold_expired');
  assert.deepEqual(await audit(client), []);
});

test('what PostgreSQL refuses is narrowed down to the one command, and the others count', async (t) => {
  const database = await createDatabase(t);
  const client = await database.connect();
  await client.query(
    `alter table ledger.transfers add constraint no_poison check (description <> 'poison')`,
  );
  const ledger = await startLedger(t, { connectionString: database.url });
  const [from, to] = [await openAccount(ledger), await openAccount(ledger)];
  const posts = Array.from({ length: 9 }, (_, index) =>
    submit(
      ledger,
      transferOf(from, to, 1n, { description: index === 4 ? 'poison' : 'fine' }),
      `p${index}`,
    ),
  );
  const results = await Promise.allSettled(posts);
  assert.deepEqual(
    results.map((result) => result.status),
    Array.from({ length: 9 }, (_, index) => (index === 4 ? 'rejected' : 'fulfilled')),
  );
  const fault: unknown = results[4]?.status === 'rejected' ? results[4].reason : undefined;
  assert.ok(fault instanceof LedgerFault && fault.code === 'internal_error');
  assert.deepEqual(await audit(client), []);
});

test('a full queue is answered at once, and what waits too long too', async (t) => {
  const database = await createDatabase(t);
  const ledger = await startLedger(
    t,
    { connectionString: database.url },
    { queueMax: 3, requestDeadlineMs: 500 },
  );
  const [from, to] = [await openAccount(ledger), await openAccount(ledger)];
  const blocker = await database.connect();
  await blocker.query('begin; lock table ledger.transfers in access exclusive mode');
  const post = (key: string) => submit(ledger, transferOf(from, to, 1n), key);
  const flying = post('in-flight-1');
  await delay(50);
  const results = await Promise.allSettled([
    flying,
    ...['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(post),
  ]);
  const codes = results.map((result) => (result.status === 'rejected' ? codeOf(result.reason) : 'done'));
  assert.ok(codes.includes('overloaded') && codes.includes('deadline_exceeded'), codes.join());
  await blocker.query('rollback');
  const again = await post('in-flight-1');
  assert.equal(again.kind, 'done', 'the same key decides what came of it');
});

function codeOf(reason: unknown): string {
  return reason instanceof LedgerFault ? reason.code : String(reason);
}

test('a second request with a key in use is told to ask again when the first one hangs', async (t) => {
  const database = await createDatabase(t);
  const ledger = await startLedger(t, { connectionString: database.url });
  const [from, to] = [await openAccount(ledger), await openAccount(ledger)];
  const blocker = await database.connect();
  await blocker.query('begin; lock table ledger.transfers in access exclusive mode');
  const first = submit(ledger, transferOf(from, to, 1n), 'slow');
  const second = submit(ledger, transferOf(from, to, 1n), 'slow');
  await assert.rejects(second, (fault) => codeOf(fault) === 'request_in_progress');
  await blocker.query('rollback');
  assert.equal((await first).kind, 'done');
});

test("the program's own role can't rewrite the journal, nor can its owner by accident", async (t) => {
  const database = await createDatabase(t);
  const ledger = await startLedger(t, { connectionString: database.url });
  const [from, to] = [await openAccount(ledger), await openAccount(ledger)];
  await submit(ledger, transferOf(from, to, 1n), 'k');
  const owner = await database.connect();
  const program = await database.connect({ options: '-c role=credit_ledger_app' });
  for (const table of ['entries', 'lines', 'events', 'keys', 'account_history']) {
    await assert.rejects(program.query(`delete from ledger.${table}`), /permission denied/);
    await assert.rejects(program.query(`truncate ledger.${table}`), /permission denied/);
    await assert.rejects(owner.query(`delete from ledger.${table}`), /append-only/);
  }
  await assert.rejects(program.query(`update ledger.lines set amount_minor = 5`), /permission denied/);
});
