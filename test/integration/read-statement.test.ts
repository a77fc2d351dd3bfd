import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { StatementOut } from '@credit-ledger/contract/statements.ts';
import { readStatement, type StatementRequest } from '../../src/ledger/read-statement.ts';
import { readStatementCsv } from '../../src/ledger/statement-csv.ts';
import { codeOf, valueOf } from '../support/answers.ts';
import { createDatabase } from '../support/databases.ts';
import { startJournal } from '../support/journal.ts';

const start = Date.parse('2026-03-01T12:00:00.000Z');
const now = start + 3_600_000;
const day = 86_400_000;

async function prepare(t: TestContext) {
  const db = await (await createDatabase(t)).connect();
  const journal = startJournal(db);
  const a = await journal.open({ time: start, externalId: 'a' });
  const b = await journal.open({ time: start, type: 'ASSET', normalSide: 'DEBIT' });
  const read = async (ref: string, request: Partial<StatementRequest> = {}) =>
    valueOf(await readStatement(db, 'main', ref, { limit: 100, cursor: undefined, now, ...request }));
  /** Every page of a statement. */
  const readAll = async (ref: string, request: Partial<StatementRequest>, between = async () => {}) => {
    const pages = [await read(ref, request)];
    for (let page = pages[0]; page?.next_cursor != null; page = pages.at(-1)) {
      await between();
      pages.push(await read(ref, { ...request, cursor: page.next_cursor }));
    }
    return pages;
  };
  return { db, journal, a, b, read, readAll };
}

const amountsOf = (statement: StatementOut) => statement.lines.map((line) => line.amount_minor);
/** [opening, closing, debits, credits] */
const sumsOf = (statement: StatementOut) => [
  statement.opening_balance_minor,
  statement.closing_balance_minor,
  statement.total_debits_minor,
  statement.total_credits_minor,
];

test('a statement shows its lines with running balance, counterparty and totals', async (t) => {
  const { journal, a, b, read } = await prepare(t);
  const transfer = await journal.post({
    from: b,
    to: a,
    amount: 700n,
    time: start + 1000,
    description: 'rent',
  });
  await journal.post({ from: a, to: b, amount: 200n, time: start + 2000, effectiveAt: start - day });
  const statement = await read('ext:a');
  assert.deepEqual(sumsOf(statement), [0n, 500n, 200n, 700n]);
  assert.deepEqual(
    [statement.account_id, statement.currency, statement.as_of_position],
    [a, 'USD', journal.position()],
  );
  assert.deepEqual([statement.from, statement.to].map(Date.parse), [start, now]);
  const [first, second] = statement.lines;
  assert.ok(first !== undefined && second !== undefined);
  const { entry_id, metadata, ...rest } = first;
  assert.match(entry_id, /^[0-9a-f-]{36}$/);
  assert.equal(metadata.text, '{}');
  assert.deepEqual(rest, {
    entry_number: 1,
    transfer_id: transfer,
    side: 'CREDIT',
    amount_minor: 700n,
    balance_after_minor: 700n,
    version: 2,
    posted_at: '2026-03-01T12:00:01.000Z',
    effective_at: '2026-03-01T12:00:01.000Z',
    description: 'rent',
    counterparty_account_id: b,
  });
  assert.deepEqual([second.side, second.balance_after_minor, second.version], ['DEBIT', 500n, 3]);
  assert.deepEqual(
    (await read(b)).lines.map((line) => line.balance_after_minor),
    [700n, 500n],
  );
});

test('an entry of more than two lines names no counterparty', async (t) => {
  const { journal, a, b, read } = await prepare(t);
  const c = await journal.open({ time: start });
  const lines = [
    { account: b, side: 'DEBIT', amount: 10n },
    { account: a, side: 'CREDIT', amount: 4n },
    { account: c, side: 'CREDIT', amount: 6n },
  ] as const;
  await journal.record({ ledger: 'main', lines: [...lines], time: start + 1 });
  assert.equal((await read(a)).lines[0]?.counterparty_account_id, null);
});

test('a range takes its first millisecond and leaves out its last', async (t) => {
  const { journal, a, b, read } = await prepare(t);
  for (const n of [1, 2, 3]) await journal.post({ from: b, to: a, amount: BigInt(n), time: start + n });
  const range = (from: number, to: number) => read(a, { from: start + from, to: start + to });
  const rows: [number, number, bigint[], bigint[]][] = [
    [1, 3, [1n, 2n], [0n, 3n, 0n, 3n]],
    [2, 4, [2n, 3n], [1n, 6n, 0n, 5n]],
    [2, 2, [], [1n, 1n, 0n, 0n]],
    [4, 9, [], [6n, 6n, 0n, 0n]],
    [-9, 1, [], [0n, 0n, 0n, 0n]],
    [-9, 2, [1n], [0n, 1n, 0n, 1n]],
  ];
  for (const [from, to, amounts, sums] of rows) {
    for (const order of ['asc', 'desc'] as const) {
      const statement = await read(a, { from: start + from, to: start + to, order });
      assert.deepEqual(amountsOf(statement).toSorted(), amounts, `${from} to ${to} ${order}`);
      assert.deepEqual(sumsOf(statement), sums, `${from} to ${to} ${order}`);
    }
    assert.deepEqual(sumsOf(await range(from, to)), sums);
  }
});

test("by default a statement ends after the last commit, whatever the caller's clock says", async (t) => {
  const { journal, a, b, read } = await prepare(t);
  await journal.post({ from: b, to: a, amount: 5n, time: start + 1000 });
  assert.deepEqual(amountsOf(await read(a, { now: start + 1000 })), [5n]);
  assert.deepEqual(amountsOf(await read(a, { now: start })), [5n]);
});

for (const by of ['recorded', 'effective'] as const) {
  for (const order of ['asc', 'desc'] as const) {
    test(`pages by ${by} time ${order} lose and double nothing while new lines arrive, and their balances meet`, async (t) => {
      const { journal, a, b, readAll, read } = await prepare(t);
      const post = (amount: number, time: number) =>
        journal.post({
          from: b,
          to: a,
          amount: BigInt(amount),
          time,
          effectiveAt: time - (amount % 3) * day,
        });
      // Several lines share each millisecond.
      for (let n = 1; n <= 20; n += 1) await post(n, start + 1 + Math.floor(n / 6));
      const frozen = journal.position();
      const whole = await read(a, { by, order });
      const pages = await readAll(
        a,
        { by, order, limit: 3 },
        async () => void (await post(1000, start + 60_000)),
      );
      assert.equal(pages.length, 7);
      assert.deepEqual(
        pages.flatMap((page) => page.lines),
        whole.lines,
      );
      assert.deepEqual(new Set(pages.map((page) => page.as_of_position)), new Set([frozen]));
      assert.equal(new Set(pages.map((page) => page.to)).size, 1);
      const inTime = order === 'asc' ? pages : pages.toReversed();
      for (const [index, page] of inTime.entries()) {
        assert.equal(page.opening_balance_minor, inTime[index - 1]?.closing_balance_minor ?? 0n);
        const net = page.total_credits_minor - page.total_debits_minor;
        assert.equal(page.opening_balance_minor + net, page.closing_balance_minor);
      }
      assert.deepEqual(inTime.at(-1)?.closing_balance_minor, 210n);
    });
  }
}

test('by effective time lines stand and are summed in the order in which they count', async (t) => {
  const { journal, a, b, read } = await prepare(t);
  await journal.post({ from: b, to: a, amount: 100n, time: start + 1000 });
  await journal.post({ from: b, to: a, amount: 50n, time: start + 2000, effectiveAt: start - day });
  await journal.post({ from: a, to: b, amount: 20n, time: start + 3000, effectiveAt: start + 500 });
  const all = await read(a, { by: 'effective' });
  assert.deepEqual(amountsOf(all), [50n, 20n, 100n]);
  assert.deepEqual(
    all.lines.map((line) => line.balance_after_minor),
    [50n, 30n, 130n],
  );
  assert.equal(Date.parse(all.from), start - day);
  const part = await read(a, { by: 'effective', from: start, to: start + 1000 });
  assert.deepEqual([amountsOf(part), sumsOf(part)], [[20n], [50n, 30n, 20n, 0n]]);
});

test('a cursor serves only the statement it came from', async (t) => {
  const { db, journal, a, b, read } = await prepare(t);
  for (const n of [1, 2, 3]) await journal.post({ from: b, to: a, amount: BigInt(n), time: start + n });
  const { next_cursor: cursor } = await read(a, { limit: 1 });
  assert.ok(cursor !== null);
  const others: [string, Partial<StatementRequest>][] = [
    [b, {}],
    [a, { order: 'desc' }],
    [a, { by: 'effective' }],
    [a, { from: start }],
    [a, { cursor: 'bm9uc2Vuc2U' }],
  ];
  for (const [ref, request] of others) {
    const answer = await readStatement(db, 'main', ref, { limit: 1, cursor, now, ...request });
    assert.equal(codeOf(answer), '400 invalid_cursor');
  }
});

test('a cursor changed by hand is refused, not run', async (t) => {
  const { db, journal, a, b, read } = await prepare(t);
  for (const n of [1, 2]) await journal.post({ from: b, to: a, amount: BigInt(n), time: start + n });
  const { next_cursor: own } = await read(a, { limit: 1 });
  const place: unknown = JSON.parse(Buffer.from(own ?? '', 'base64url').toString());
  assert.ok(Array.isArray(place) && place.length === 7);
  for (const index of place.keys()) {
    for (const value of [2 ** 53 - 1, -(2 ** 53) + 1, 1e300, 'x', null]) {
      const cursor = Buffer.from(JSON.stringify(place.with(index, value))).toString('base64url');
      const answer = await readStatement(db, 'main', a, { limit: 1, cursor, now });
      assert.equal(answer.kind === 'found' ? 'found' : codeOf(answer), '400 invalid_cursor');
    }
  }
});

test('a statement of an account outside the ledger is refused as one of an unknown account', async (t) => {
  const { db, journal } = await prepare(t);
  await journal.addLedger('second', start);
  const foreign = await journal.open({ time: start, ledger: 'second' });
  for (const ref of [foreign, '00000000-0000-7000-8000-000000000001', 'ext:nobody', 'ext:\u0000']) {
    assert.equal(
      codeOf(await readStatement(db, 'main', ref, { limit: 1, cursor: undefined, now })),
      '404 account_not_found',
    );
  }
});

test('amounts of 64 bits are exact in a statement', async (t) => {
  const { journal, a, b, read } = await prepare(t);
  const most = 2n ** 63n - 1n;
  await journal.post({ from: b, to: a, amount: most, time: start + 1 });
  await journal.post({ from: a, to: b, amount: most, time: start + 2 });
  for (const by of ['recorded', 'effective'] as const) {
    assert.deepEqual(sumsOf(await read(a, { by })), [0n, 0n, most, most]);
  }
});

test('as CSV text is quoted where needed, never a formula, and amounts are plain integers', async (t) => {
  const { db, journal, a, b } = await prepare(t);
  const rows: [string | undefined, string][] = [
    [undefined, ''],
    ['rent', 'rent'],
    ['rent, "March"\r\nlate', '"rent, ""March""\r\nlate"'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@sum(a1)', "'@sum(a1)"],
    ['\tx', "'\tx"],
    ['\r=1', '"\'\r=1"'],
    ['=a,"b"', '"\'=a,""b"""'],
  ];
  const expected: string[] = [];
  for (const [index, [description, cell]] of rows.entries()) {
    const time = start + 1 + index;
    const transfer = { from: b, to: a, amount: 2n ** 53n + 1n, time };
    const id = await journal.post(description === undefined ? transfer : { ...transfer, description });
    const iso = new Date(time).toISOString();
    const balance = (2n ** 53n + 1n) * BigInt(index + 1);
    expected.push(
      `${index + 1},${id},CREDIT,9007199254740993,${balance},${index + 2},${iso},${iso},${cell},${b},{}\r\n`,
    );
  }
  const csv = valueOf(await readStatementCsv(db, 'main', a, { now }));
  const pieces = await Array.fromAsync(csv.pieces);
  const [header, ...lines] = pieces.join('').split(/^(?=entry_id|[0-9a-f]{8}-)/m);
  assert.match(header ?? '', /^entry_id,entry_number,transfer_id,side,amount_minor,.*,metadata\r\n$/);
  assert.deepEqual(
    lines.map((line) => line.slice(37)),
    expected,
  );
  assert.equal(
    codeOf(await readStatementCsv(db, 'main', 'ext:nobody', { now })),
    '404 account_not_found',
  );
});
