import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Client } from 'pg';
import type { BalanceOut } from '@credit-ledger/contract/accounts.ts';
import { readBalance, readBalances } from '../../src/ledger/read-balances.ts';
import { codeOf, valueOf } from '../support/answers.ts';
import { createDatabase } from '../support/databases.ts';
import { startJournal, type Journal } from '../support/journal.ts';

const start = Date.parse('2026-03-01T12:00:00.000Z');
const now = start + 3_600_000;

async function prepare(t: TestContext): Promise<{ db: Client; journal: Journal }> {
  const db = await (await createDatabase(t)).connect();
  return { db, journal: startJournal(db) };
}

async function prepareTwo(t: TestContext) {
  const { db, journal } = await prepare(t);
  const a = await journal.open({ time: start, externalId: 'a', limit: 500n });
  const b = await journal.open({ time: start, type: 'ASSET', normalSide: 'DEBIT' });
  return { db, journal, a, b };
}

/** [balance, held, incoming, available, limit, version] */
function numbersOf(balance: BalanceOut) {
  const { balance_minor, held_minor, incoming_minor, available_minor, credit_limit_minor, version } =
    balance;
  return [balance_minor, held_minor, incoming_minor, available_minor, credit_limit_minor, version];
}

test('a balance carries all its numbers and the position of its snapshot', async (t) => {
  const { db, journal, a, b } = await prepareTwo(t);
  await journal.post({ from: b, to: a, amount: 700n, time: start + 1000 });
  await journal.hold({ from: a, to: b, amount: 200n, time: start + 2000 });
  const expected = {
    account_id: a,
    currency: 'USD',
    balance_minor: 700n,
    held_minor: 200n,
    incoming_minor: 0n,
    available_minor: 500n,
    credit_limit_minor: 500n,
    debits_minor: 0n,
    credits_minor: 700n,
    version: 3,
    as_of_position: journal.position(),
    as_of: new Date(now).toISOString(),
  };
  assert.deepEqual(valueOf(await readBalance(db, 'main', a, { now })), expected);
  assert.deepEqual(valueOf(await readBalance(db, 'main', 'ext:a', { now })), expected);
});

test('a past balance holds what was recorded up to its millisecond, with held, incoming and limit of then', async (t) => {
  const { db, journal, a, b } = await prepareTwo(t);
  await journal.post({ from: b, to: a, amount: 700n, time: start + 1000 });
  const hold = await journal.hold({ from: a, to: b, amount: 200n, time: start + 2000 });
  await journal.change(a, { limit: null }, start + 3000);
  await journal.settle(hold, 50n, start + 4000, true);
  await journal.settle(hold, 100n, start + 5000);
  const rows: [number, ReturnType<typeof numbersOf>][] = [
    [0, [0n, 0n, 0n, 0n, 500n, 1]],
    [999, [0n, 0n, 0n, 0n, 500n, 1]],
    [1000, [700n, 0n, 0n, 700n, 500n, 2]],
    [1500, [700n, 0n, 0n, 700n, 500n, 2]],
    [2000, [700n, 200n, 0n, 500n, 500n, 3]],
    [2999, [700n, 200n, 0n, 500n, 500n, 3]],
    [3000, [700n, 200n, 0n, 500n, null, 4]],
    [4000, [650n, 150n, 0n, 500n, null, 5]],
    [4999, [650n, 150n, 0n, 500n, null, 5]],
    [5000, [550n, 0n, 0n, 550n, null, 6]],
  ];
  for (const [after, expected] of rows) {
    const balance = valueOf(await readBalance(db, 'main', a, { now, at: start + after }));
    assert.deepEqual(numbersOf(balance), expected, `at ${after} ms`);
  }
  const other = valueOf(await readBalance(db, 'main', b, { now, at: start + 4500 }));
  assert.deepEqual(numbersOf(other), [650n, 0n, 150n, 650n, null, 4]);
  assert.deepEqual([other.debits_minor, other.credits_minor], [700n, 50n]);
});

test('of several changes in one millisecond the past balance is that of the last version', async (t) => {
  const { db, journal, a, b } = await prepareTwo(t);
  const time = start + 1000;
  await journal.post({ from: b, to: a, amount: 10n, time });
  await journal.hold({ from: a, to: b, amount: 3n, time });
  await journal.post({ from: b, to: a, amount: 20n, time });
  assert.deepEqual(numbersOf(valueOf(await readBalance(db, 'main', a, { now, at: time }))), [
    30n,
    3n,
    0n,
    27n,
    500n,
    4,
  ]);
  await journal.hold({ from: a, to: b, amount: 4n, time });
  assert.deepEqual(numbersOf(valueOf(await readBalance(db, 'main', a, { now, at: time }))), [
    30n,
    7n,
    0n,
    23n,
    500n,
    5,
  ]);
});

test('a moment before the account or in the future has no balance', async (t) => {
  const { db, a } = await prepareTwo(t);
  assert.equal(
    codeOf(await readBalance(db, 'main', a, { now, at: start - 1 })),
    '422 at_before_account',
  );
  assert.equal(codeOf(await readBalance(db, 'main', a, { now, at: now + 1 })), '422 at_in_future');
  assert.equal(valueOf(await readBalance(db, 'main', a, { now, at: now })).balance_minor, 0n);
});

test('what is committed is not in the future of a caller whose clock is behind', async (t) => {
  const { db, journal, a, b } = await prepareTwo(t);
  const time = start + 5000;
  await journal.post({ from: b, to: a, amount: 10n, time });
  const behind = start + 1;
  assert.equal(valueOf(await readBalance(db, 'main', a, { now: behind, at: time })).balance_minor, 10n);
  assert.equal(
    valueOf(await readBalance(db, 'main', a, { now: behind })).as_of,
    new Date(time).toISOString(),
  );
});

test('by effective time a balance sums the lines that count by then, from the earliest on', async (t) => {
  const { db, journal, a, b } = await prepareTwo(t);
  const day = 86_400_000;
  await journal.post({ from: b, to: a, amount: 100n, time: start + 1000, effectiveAt: start - 2 * day });
  await journal.post({ from: a, to: b, amount: 30n, time: start + 2000, effectiveAt: start - day });
  await journal.post({ from: b, to: a, amount: 5n, time: start + 3000, effectiveAt: start + day });
  const at = async (effectiveAt: number, recordedAt?: number) =>
    numbersOf(valueOf(await readBalance(db, 'main', a, { now, effectiveAt, at: recordedAt })));
  assert.deepEqual(await at(start - 2 * day), [100n, null, null, null, null, null]);
  assert.deepEqual((await at(start - day - 1))[0], 100n);
  assert.deepEqual((await at(start - day))[0], 70n);
  assert.deepEqual((await at(start + day))[0], 75n);
  assert.deepEqual((await at(start, start + 1999))[0], 100n);
  const before = await readBalance(db, 'main', a, { now, effectiveAt: start - 2 * day - 1 });
  assert.equal(codeOf(before), '422 at_before_account');
});

test('many balances come from one snapshot in the order asked for', async (t) => {
  const { db, journal, a, b } = await prepareTwo(t);
  await journal.post({ from: b, to: a, amount: 9n, time: start + 1000 });
  const balances = valueOf(await readBalances(db, 'main', [b, 'ext:a', b.toUpperCase(), a], now));
  assert.deepEqual(
    balances.map((balance) => balance.account_id),
    [b, a, b, a],
  );
  assert.deepEqual(
    new Set(balances.map((balance) => balance.as_of_position)),
    new Set([journal.position()]),
  );
});

test('one unknown account among many is named', async (t) => {
  const { db, a } = await prepareTwo(t);
  const answer = await readBalances(db, 'main', [a, 'ext:nobody'], now);
  assert.equal(codeOf(answer), '422 account_not_found');
  assert.deepEqual(answer.kind === 'refused' && answer.refusal.facts, { account: 'ext:nobody' });
});

test('an account of another ledger is as absent as one that never was', async (t) => {
  const { db, journal, a } = await prepareTwo(t);
  await journal.addLedger('second', start);
  const twin = await journal.open({ time: start, ledger: 'second', externalId: 'a' });
  assert.equal(valueOf(await readBalance(db, 'second', 'ext:a', { now })).account_id, twin);
  assert.equal(valueOf(await readBalance(db, 'main', 'ext:a', { now })).account_id, a);
  const never = '00000000-0000-7000-8000-000000000001';
  for (const ref of [twin, never, 'ext:nobody', 'no id']) {
    for (const moment of [{ now }, { now, at: start }, { now, effectiveAt: start }]) {
      const answer = await readBalance(db, 'main', ref, moment);
      assert.deepEqual(answer, {
        kind: 'refused',
        refusal: {
          code: 'account_not_found',
          status: 404,
          detail: `There is no account ${ref}`,
          facts: { account: ref },
        },
      });
    }
  }
  assert.equal(codeOf(await readBalances(db, 'main', [a, twin], now)), '422 account_not_found');
});

test('amounts of 64 bits are exact now, in the past and by effective time', async (t) => {
  const { db, journal, a, b } = await prepareTwo(t);
  const most = 2n ** 63n - 1n;
  await journal.post({ from: b, to: a, amount: most, time: start + 1000 });
  for (const moment of [{ now }, { now, at: now }, { now, effectiveAt: now }]) {
    const balance = valueOf(await readBalance(db, 'main', a, moment));
    assert.deepEqual([balance.balance_minor, balance.credits_minor], [most, most]);
  }
});
