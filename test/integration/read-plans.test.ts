import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { listAccounts, readAccount } from '../../src/ledger/read-accounts.ts';
import type { Queryable } from '../../src/ledger/read-answer.ts';
import { readBalance, readBalances } from '../../src/ledger/read-balances.ts';
import { listEntries, readEntry } from '../../src/ledger/read-entries.ts';
import { readStatement } from '../../src/ledger/read-statement.ts';
import { readStatementCsv } from '../../src/ledger/statement-csv.ts';
import { listTransfers, readTransfer } from '../../src/ledger/read-transfers.ts';
import { valueOf } from '../support/answers.ts';
import { makeBulkJournal, type BulkJournal } from '../support/bulk-journal.ts';
import { createDatabase } from '../support/databases.ts';
import { explain, recordQueries } from '../support/plans.ts';

const limit = 20;
const firstPage = { limit, cursor: undefined };
const linesByAccount = 'lines_account_id_posted_at_position_line_number_idx';

/** [what, how it is read, the indexes its last query uses, how many rows of tables it may fetch] */
type HotRead = readonly [string, (db: Queryable) => Promise<unknown>, readonly string[], number];

function listHotReads({ hot, other, transfer, entry, start, transferCount }: BulkJournal): HotRead[] {
  const middle = start + transferCount / 2;
  const now = start + transferCount + 1000;
  const secondPage = async (list: (cursor: string | undefined) => Promise<string | null>) =>
    list((await list(undefined)) ?? undefined);
  const statement = (db: Queryable, request: { from?: number; by?: 'effective'; order?: 'desc' }) =>
    secondPage(
      async (cursor) =>
        valueOf(await readStatement(db, 'main', hot, { limit, cursor, now, ...request })).next_cursor,
    );
  const transfers = (db: Queryable, filters: Parameters<typeof listTransfers>[2]) =>
    secondPage(
      async (cursor) => valueOf(await listTransfers(db, 'main', filters, { limit, cursor })).nextCursor,
    );
  return [
    ['an account by id', (db) => readAccount(db, 'main', hot), ['accounts_pkey'], 2],
    [
      'an account by external id',
      (db) => readAccount(db, 'main', 'ext:acct-7'),
      ['accounts_by_external_id'],
      2,
    ],
    ['a balance', (db) => readBalance(db, 'main', hot, { now }), ['accounts_pkey'], 3],
    ['many balances', (db) => readBalances(db, 'main', [hot, 'ext:acct-7'], now), ['accounts_pkey'], 8],
    [
      'a past balance',
      (db) => readBalance(db, 'main', hot, { now, at: middle }),
      ['account_history_pkey', linesByAccount],
      8,
    ],
    ['accounts', (db) => listAccounts(db, 'main', {}, firstPage), ['accounts_by_position'], 2 * limit],
    ['a transfer', (db) => readTransfer(db, 'main', transfer), ['transfers_pkey'], 3],
    ['transfers', (db) => transfers(db, {}), ['transfers_by_time'], 3 * limit],
    [
      'transfers from a time on',
      (db) => transfers(db, { createdAfter: middle, order: 'asc' }),
      ['transfers_by_time'],
      3 * limit,
    ],
    [
      'transfers of an account',
      (db) => transfers(db, { accountId: hot }),
      ['transfers_unposted_from', linesByAccount],
      12 * limit,
    ],
    [
      'oldest transfers of an account',
      (db) => transfers(db, { accountId: hot, order: 'asc' }),
      ['transfers_unposted_from', linesByAccount],
      12 * limit,
    ],
    [
      'transfers of a quiet account',
      (db) => transfers(db, { accountId: other }),
      ['transfers_unposted_to', linesByAccount],
      12 * limit,
    ],
    [
      'failed transfers of an account',
      (db) => transfers(db, { accountId: hot, status: 'FAILED' }),
      ['transfers_unposted_from'],
      6 * limit,
    ],
    ['an entry', (db) => readEntry(db, 'main', entry), ['entries_id_position_idx', 'lines_pkey'], 12],
    [
      'entries',
      (db) => listEntries(db, 'main', { afterNumber: transferCount / 2 }, firstPage),
      ['entries_pkey', 'lines_pkey'],
      12 * limit,
    ],
    ['a page of a statement', (db) => statement(db, {}), [linesByAccount], 8 * limit],
    [
      'a page of a statement from a time on',
      (db) => statement(db, { from: middle }),
      [linesByAccount],
      8 * limit,
    ],
    [
      'the newest page of a statement',
      (db) => statement(db, { order: 'desc' }),
      [linesByAccount],
      8 * limit,
    ],
  ];
}

test('hot reads over 200,000 lines in partitions', async (t) => {
  const client = await (await createDatabase(t)).connect();
  const journal = await makeBulkJournal(client);
  for (const [what, read, indexes, rowsMost] of listHotReads(journal)) {
    await t.test(`${what}: read by index, at most ${rowsMost} rows`, async () => {
      const query = (await recordQueries(client, read)).at(-1);
      assert.ok(query !== undefined);
      for (const mode of ['custom', 'generic'] as const) {
        const plan = await explain(client, query, mode);
        assert.deepEqual(plan.scanned, [], mode);
        for (const index of indexes)
          assert.ok(plan.indexes.has(index), `${mode}: ${[...plan.indexes].join(' ')}`);
        assert.ok(plan.rowsRead <= rowsMost, `${mode} plan reads ${plan.rowsRead} rows`);
      }
    });
  }
  await t.test('a CSV of 100,000 lines is written in bounded memory, each line once', () =>
    exportAll(client, journal),
  );
});

async function exportAll(db: Queryable, { hot, start, transferCount }: BulkJournal): Promise<void> {
  const csv = await readStatementCsv(db, 'main', hot, { now: start + transferCount + 1000 });
  let rows = 0;
  let longest = 0;
  let expected = 0;
  let pieces = 0;
  const heapBefore = readHeapInUse();
  let heapMost = 0;
  for await (const piece of valueOf(csv).pieces) {
    longest = Math.max(longest, piece.length);
    for (const row of piece.split('\r\n')) {
      if (row === '' || row.startsWith('entry_id')) continue;
      rows += 1;
      const [, number, , side, amount, balance] = row.split(',');
      expected -= 1;
      assert.deepEqual([number, side, amount, balance], [`${rows}`, 'DEBIT', '1', `${expected}`]);
    }
    pieces += 1;
    if (pieces % 10 === 0) heapMost = Math.max(heapMost, readHeapInUse() - heapBefore);
  }
  assert.equal(rows, transferCount);
  assert.ok(longest < 1_000_000, `a piece of ${longest} characters`);
  assert.ok(pieces >= 20, `${pieces} pieces`);
  assert.ok(heapMost < 30 * 1024 * 1024, `the heap grew by ${heapMost} bytes`);
}

setFlagsFromString('--expose-gc');

/** Bytes that are alive: garbage that nobody has collected yet does not count. */
function readHeapInUse(): number {
  runInNewContext('gc()');
  return process.memoryUsage().heapUsed;
}
