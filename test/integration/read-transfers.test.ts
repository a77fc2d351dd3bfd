import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { listEntries, readEntry } from '../../src/ledger/read-entries.ts';
import { listTransfers, readTransfer, type TransferFilters } from '../../src/ledger/read-transfers.ts';
import { codeOf, valueOf } from '../support/answers.ts';
import { createDatabase } from '../support/databases.ts';
import { startJournal } from '../support/journal.ts';

const start = Date.parse('2026-03-01T12:00:00.000Z');
const never = '00000000-0000-7000-8000-000000000001';

async function prepare(t: TestContext) {
  const db = await (await createDatabase(t)).connect();
  const journal = startJournal(db);
  const a = await journal.open({ time: start, externalId: 'a' });
  const b = await journal.open({ time: start });
  const c = await journal.open({ time: start });
  const list = async (filters: TransferFilters, limit = 100, between = async () => {}) => {
    const ids: string[] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const { data, nextCursor } = valueOf(await listTransfers(db, 'main', filters, { limit, cursor }));
      ids.push(...data.map((transfer) => transfer.id));
      assert.ok(data.length <= limit);
      cursor = nextCursor ?? undefined;
      more = nextCursor !== null;
      await between();
    }
    return ids;
  };
  return { db, journal, a, b, c, list };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

/** Every kind of transfer, several in a millisecond; returns the ids in order with whether `a` is a side. */
async function postMany({
  journal,
  a,
  b,
  c,
}: Prepared): Promise<{ id: string; touches: boolean; status: string }[]> {
  const made: { id: string; touches: boolean; status: string }[] = [];
  const add = (id: string, touches: boolean, status: string) => made.push({ id, touches, status });
  const at = (n: number) => start + 10 + Math.floor(n / 4);
  for (let n = 0; n < 12; n += 4) {
    add(await journal.post({ from: a, to: b, amount: 1n, time: at(n) }), true, 'COMPLETED');
    add(await journal.hold({ from: c, to: a, amount: 5n, time: at(n) }), true, 'HELD');
    add(await journal.post({ from: b, to: c, amount: 2n, time: at(n) }), false, 'COMPLETED');
    add(
      await journal.fail({ from: a, to: a, amount: 3n, time: at(n) }, 'accounts_must_differ'),
      true,
      'FAILED',
    );
  }
  const hold = made[1];
  assert.ok(hold !== undefined);
  await journal.settle(hold.id, 2n, start + 20, true);
  await journal.settle(hold.id, 3n, start + 21);
  hold.status = 'COMPLETED';
  add(await journal.post({ from: b, to: a, amount: 4n, time: start + 22 }), true, 'COMPLETED');
  return made;
}

test('transfers stand in the order of their creation, whatever the size of the page', async (t) => {
  const prepared = await prepare(t);
  const made = await postMany(prepared);
  const ids = made.map((transfer) => transfer.id);
  for (const limit of [1, 2, 3, 100]) {
    assert.deepEqual(await prepared.list({ order: 'asc' }, limit), ids, `limit ${limit}`);
    assert.deepEqual(await prepared.list({}, limit), ids.toReversed(), `limit ${limit}`);
  }
});

test('transfers of an account are completed, held, failed and settled ones, each once', async (t) => {
  const prepared = await prepare(t);
  const made = await postMany(prepared);
  for (const accountId of [prepared.a, 'ext:a']) {
    for (const limit of [1, 3, 100]) {
      for (const status of [undefined, 'COMPLETED', 'HELD', 'FAILED'] as const) {
        const expected = made
          .filter((row) => row.touches && (status ?? row.status) === row.status)
          .map((row) => row.id);
        assert.deepEqual(await prepared.list({ accountId, status, order: 'asc' }, limit), expected);
        assert.deepEqual(await prepared.list({ accountId, status }, limit), expected.toReversed());
      }
    }
  }
});

test('times of creation include their first millisecond and leave out their last', async (t) => {
  const prepared = await prepare(t);
  const made = await postMany(prepared);
  const bounds = { createdAfter: start + 11, createdBefore: start + 12, order: 'asc' } as const;
  const within = made.slice(4, 8);
  assert.deepEqual(
    await prepared.list(bounds, 3),
    within.map((row) => row.id),
  );
  const own = within.filter((row) => row.touches).map((row) => row.id);
  assert.deepEqual(await prepared.list({ ...bounds, accountId: prepared.a }, 2), own);
  assert.deepEqual(
    await prepared.list({ ...bounds, accountId: prepared.a, order: 'desc' }, 2),
    own.toReversed(),
  );
});

test('pages of transfers lose and double nothing while others are made', async (t) => {
  const prepared = await prepare(t);
  const { journal, a, b, list } = prepared;
  const ids = (await postMany(prepared)).filter((row) => row.touches).map((row) => row.id);
  const later: string[] = [];
  let time = start + 1000;
  const between = async () => {
    if (later.length < 3)
      later.push(await journal.post({ from: a, to: b, amount: 1n, time: (time += 1) }));
  };
  assert.deepEqual(await list({ accountId: a }, 2, between), ids.toReversed());
  later.length = 0;
  const all = await list({ accountId: a, order: 'asc' }, 2);
  assert.deepEqual((await list({ accountId: a, order: 'asc' }, 2, between)).slice(0, all.length), all);
});

test('an external id finds the one transfer that owns it, in its ledger', async (t) => {
  const { journal, a, b, list, db } = await prepare(t);
  await journal.addLedger('second', start);
  const [x, y] = [
    await journal.open({ time: start, ledger: 'second' }),
    await journal.open({ time: start, ledger: 'second' }),
  ];
  await journal.fail(
    { from: a, to: b, amount: 1n, time: start + 1, externalId: 'order-1' },
    'insufficient_funds',
  );
  const own = await journal.post({ from: a, to: b, amount: 1n, time: start + 2, externalId: 'order-1' });
  const foreign = await journal.post({
    from: x,
    to: y,
    amount: 1n,
    time: start + 3,
    externalId: 'order-1',
  });
  assert.deepEqual(await list({ externalId: 'order-1' }), [own]);
  const second = await listTransfers(
    db,
    'second',
    { externalId: 'order-1' },
    { limit: 1, cursor: undefined },
  );
  assert.deepEqual(
    valueOf(second).data.map((transfer) => transfer.id),
    [foreign],
  );
});

test('a transfer keeps why it failed', async (t) => {
  const { journal, a, b, db } = await prepare(t);
  const id = await journal.fail(
    { from: a, to: b, amount: 2n ** 63n - 1n, time: start + 1 },
    'insufficient_funds',
  );
  const transfer = valueOf(await readTransfer(db, 'main', id));
  assert.equal(transfer.amount, 2n ** 63n - 1n);
  assert.deepEqual(transfer.failure, {
    code: 'insufficient_funds',
    status: 422,
    detail: 'refused',
    facts: {},
  });
});

test('what another ledger holds is as absent as what never was', async (t) => {
  const { journal, db, a, b } = await prepare(t);
  await journal.addLedger('second', start);
  const x = await journal.open({ time: start, ledger: 'second' });
  const y = await journal.open({ time: start, ledger: 'second' });
  const transfer = await journal.post({ from: x, to: y, amount: 1n, time: start + 1 });
  const { entryId } = valueOf(await readTransfer(db, 'second', transfer));
  assert.ok(entryId !== null);
  await journal.post({ from: a, to: b, amount: 1n, time: start + 2 });
  const page = { limit: 1, cursor: undefined };
  for (const ref of [transfer, never, 'nonsense']) {
    assert.equal(codeOf(await readTransfer(db, 'main', ref)), '404 transfer_not_found');
    assert.equal(
      codeOf(await listEntries(db, 'main', { transferId: ref }, page)),
      '422 transfer_not_found',
    );
  }
  for (const ref of [entryId, never, 'nonsense']) {
    assert.equal(codeOf(await readEntry(db, 'main', ref)), '404 entry_not_found');
  }
  for (const accountId of [x, never, 'ext:nobody']) {
    assert.equal(codeOf(await listTransfers(db, 'main', { accountId }, page)), '422 account_not_found');
  }
  assert.equal(codeOf(await listTransfers(db, 'third', {}, page)), '404 ledger_not_found');
  assert.equal(codeOf(await listEntries(db, 'third', {}, page)), '404 ledger_not_found');
});

test('the journal is read in pages of whole entries, chained by their hashes', async (t) => {
  const prepared = await prepare(t);
  await postMany(prepared);
  const { db, a, b, c, journal } = prepared;
  const lines = [
    { account: a, side: 'DEBIT', amount: 10n },
    { account: b, side: 'CREDIT', amount: 4n },
    { account: c, side: 'CREDIT', amount: 6n },
  ] as const;
  const id = await journal.record({
    ledger: 'main',
    lines: [...lines],
    time: start + 30,
    metadata: '{"k":1}',
  });
  const first = valueOf(await listEntries(db, 'main', {}, { limit: 5, cursor: undefined }));
  const second = valueOf(
    await listEntries(db, 'main', {}, { limit: 5, cursor: first.nextCursor ?? undefined }),
  );
  const entries = [...first.data, ...second.data];
  assert.deepEqual(
    entries.map((entry) => entry.number),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
  assert.equal(second.nextCursor, null);
  assert.equal(entries[0]?.previousHash, '0'.repeat(64));
  for (const [index, entry] of entries.entries()) {
    if (index > 0) assert.equal(entry.previousHash, entries[index - 1]?.hash);
  }
  const entry = valueOf(await readEntry(db, 'main', id));
  assert.deepEqual(entry, entries.at(-1));
  assert.deepEqual(
    [
      entry.metadata,
      entry.lines.map(({ account, side, amount, currency }) => [account, side, amount, currency]),
    ],
    ['{"k":1}', lines.map(({ account, side, amount }) => [account, side, amount, 'USD'])],
  );
  const after = valueOf(
    await listEntries(db, 'main', { afterNumber: 8 }, { limit: 9, cursor: undefined }),
  );
  assert.deepEqual(
    after.data.map(({ number }) => number),
    [9, 10],
  );
});

test('the entries of a transfer are all its settlements and nothing else', async (t) => {
  const prepared = await prepare(t);
  const made = await postMany(prepared);
  const numbersOf = async (index: number) => {
    const transferId = made[index]?.id;
    const page = await listEntries(prepared.db, 'main', { transferId }, { limit: 9, cursor: undefined });
    return valueOf(page).data.map((entry) => entry.number);
  };
  assert.deepEqual(await numbersOf(0), [1]);
  assert.deepEqual(await numbersOf(1), [7, 8]);
  assert.deepEqual(await numbersOf(3), []);
  assert.deepEqual(await numbersOf(5), []);
});
