import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { listAccounts, readAccount, type AccountFilters } from '../../src/ledger/read-accounts.ts';
import {
  listLedgers,
  listRegisteredCurrencies,
  readHead,
  readLedger,
} from '../../src/ledger/read-ledgers.ts';
import { readTrialBalance } from '../../src/ledger/read-trial-balance.ts';
import { codeOf, valueOf } from '../support/answers.ts';
import { createDatabase } from '../support/databases.ts';
import { startJournal } from '../support/journal.ts';

const start = Date.parse('2026-03-01T12:00:00.000Z');
const now = start + 3_600_000;
const firstPage = { limit: 100, cursor: undefined };

async function prepare(t: TestContext) {
  const db = await (await createDatabase(t)).connect();
  const journal = startJournal(db);
  await journal.addLedger('second', start);
  return { db, journal };
}

test('an account is read with its settings, by id and by external id, in its own ledger only', async (t) => {
  const { db, journal } = await prepare(t);
  const main = await journal.open({
    time: start,
    externalId: 'x',
    name: 'Ann',
    limit: 5n,
    metadata: '{"tier":"gold"}',
  });
  const second = await journal.open({ time: start, externalId: 'x', ledger: 'second' });
  const account = valueOf(await readAccount(db, 'main', 'ext:x'));
  assert.deepEqual(account, valueOf(await readAccount(db, 'main', main.toUpperCase())));
  assert.deepEqual(
    [
      account.settings.id,
      account.settings.name,
      account.settings.creditLimit,
      account.settings.metadata,
    ],
    [main, 'Ann', 5n, '{"tier":"gold"}'],
  );
  assert.equal(valueOf(await readAccount(db, 'second', 'ext:x')).settings.id, second);
  assert.equal(codeOf(await readAccount(db, 'main', second)), '404 account_not_found');
  assert.equal(codeOf(await readAccount(db, 'main', 'x')), '404 account_not_found');
});

test('a schedule of limits comes back exactly', async (t) => {
  const { db, journal } = await prepare(t);
  const id = await journal.open({ time: start });
  const schedule = `[{"from":${now},"limit_minor":9223372036854775807},{"from":${now + 1},"limit_minor":null}]`;
  await db.query('update ledger.accounts set credit_limit_schedule = $2 where id = $1', [id, schedule]);
  assert.deepEqual(valueOf(await readAccount(db, 'main', id)).settings.schedule, [
    { from: now, limit: 2n ** 63n - 1n },
    { from: now + 1, limit: null },
  ]);
});

test('filters of accounts narrow the list, alone and together', async (t) => {
  const { db, journal } = await prepare(t);
  const ann = await journal.open({
    time: start,
    name: 'Ann Lee',
    externalId: 'c-1',
    metadata: '{"tier":"gold","vip":true}',
  });
  const bob = await journal.open({
    time: start,
    name: '100%_Bob',
    externalId: 'c-2',
    metadata: '{"tier":"gold"}',
  });
  const cid = await journal.open({ time: start, currency: 'EUR', metadata: '{"level":7}' });
  await journal.open({ time: start, ledger: 'second', name: 'Ann Lee', externalId: 'c-1' });
  await journal.change(bob, { status: 'SUSPENDED' }, start + 1);
  const rows: [AccountFilters, string[]][] = [
    [{}, [ann, bob, cid]],
    [{ currency: 'EUR' }, [cid]],
    [{ status: 'SUSPENDED' }, [bob]],
    [{ externalId: 'c-1' }, [ann]],
    [{ metadata: { tier: 'gold' } }, [ann, bob]],
    [{ metadata: { tier: 'gold', vip: 'true' } }, [ann]],
    [{ metadata: { level: '7' } }, [cid]],
    [{ metadata: { "x' or true --": '1' } }, []],
    [{ q: 'aNN' }, [ann]],
    [{ q: 'C-' }, [ann, bob]],
    [{ q: '%_' }, [bob]],
    [{ q: cid.toUpperCase() }, [cid]],
    [{ q: 'c-', status: 'ACTIVE', currency: 'USD' }, [ann]],
  ];
  for (const [filters, expected] of rows) {
    const page = valueOf(await listAccounts(db, 'main', filters, firstPage));
    assert.deepEqual(
      page.data.map((account) => account.settings.id),
      expected,
      JSON.stringify(filters),
    );
  }
  assert.equal(codeOf(await listAccounts(db, 'third', {}, firstPage)), '404 ledger_not_found');
});

test('pages of accounts lose and double nothing while others open', async (t) => {
  const { db, journal } = await prepare(t);
  const ids: string[] = [];
  for (let n = 0; n < 7; n += 1) ids.push(await journal.open({ time: start }));
  const seen: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = valueOf(await listAccounts(db, 'main', {}, { limit: 2, cursor: cursor ?? undefined }));
    seen.push(...page.data.map((account) => account.settings.id));
    cursor = page.nextCursor;
    if (ids.length < 10) ids.push(await journal.open({ time: start + 1 }));
  }
  assert.deepEqual(seen, ids);
  const { nextCursor } = valueOf(await listAccounts(db, 'main', {}, { limit: 2, cursor: undefined }));
  const elsewhere = { limit: 2, cursor: nextCursor ?? undefined };
  assert.equal(codeOf(await listAccounts(db, 'second', {}, elsewhere)), '400 invalid_cursor');
  assert.equal(codeOf(await listAccounts(db, 'main', { q: 'a' }, elsewhere)), '400 invalid_cursor');
});

test('ledgers, registered currencies and the head are read as they stand', async (t) => {
  const { db, journal } = await prepare(t);
  await journal.open({ time: start });
  await db.query(`insert into ledger.currencies values ('POINTS', 0, now()), ('BEANS', 3, now())`);
  const page = valueOf(await listLedgers(db, undefined, { limit: 1, cursor: undefined }));
  const rest = valueOf(
    await listLedgers(db, undefined, { limit: 1, cursor: page.nextCursor ?? undefined }),
  );
  assert.deepEqual(
    [...page.data, ...rest.data].map((ledger) => ledger.name),
    ['main', 'second'],
  );
  assert.deepEqual(
    valueOf(await listLedgers(db, ['second'], firstPage)).data.map((ledger) => ledger.id),
    [2],
  );
  assert.equal(valueOf(await readLedger(db, 'main')).headHash, '0'.repeat(64));
  assert.equal(codeOf(await readLedger(db, 'third')), '404 ledger_not_found');
  assert.deepEqual(await listRegisteredCurrencies(db), [
    { code: 'BEANS', scale: 3 },
    { code: 'POINTS', scale: 0 },
  ]);
  const head = await readHead(db);
  assert.deepEqual([head.position, head.time, head.epoch], [journal.position(), start, 0]);
});

test('the trial balance sums a ledger by currency and type, now and in the past', async (t) => {
  const { db, journal } = await prepare(t);
  const customer = await journal.open({ time: start });
  const cash = await journal.open({ time: start, type: 'ASSET', normalSide: 'DEBIT' });
  await journal.open({ time: start + 5, currency: 'EUR' });
  const foreign = [
    await journal.open({ time: start, ledger: 'second' }),
    await journal.open({ time: start, ledger: 'second' }),
  ];
  await journal.post({ from: cash, to: customer, amount: 70n, time: start + 10 });
  await journal.post({ from: customer, to: cash, amount: 20n, time: start + 20 });
  await journal.post({ from: foreign[0] ?? '', to: foreign[1] ?? '', amount: 9n, time: start + 20 });
  const rowsOf = async (at?: number) => {
    const report = valueOf(await readTrialBalance(db, 'main', { now, at }));
    assert.deepEqual([report.balanced, report.as_of_position], [true, journal.position()]);
    return report.rows.map((row) => [
      row.currency,
      row.type,
      row.accounts,
      row.debits_minor,
      row.credits_minor,
      row.balance_minor,
    ]);
  };
  const after = [
    ['EUR', 'LIABILITY', 1, 0n, 0n, 0n],
    ['USD', 'ASSET', 1, 70n, 20n, 50n],
    ['USD', 'LIABILITY', 1, 20n, 70n, 50n],
  ];
  assert.deepEqual(await rowsOf(), after);
  assert.deepEqual(await rowsOf(start + 20), after);
  assert.deepEqual(await rowsOf(start + 19), [
    ['EUR', 'LIABILITY', 1, 0n, 0n, 0n],
    ['USD', 'ASSET', 1, 70n, 0n, 70n],
    ['USD', 'LIABILITY', 1, 0n, 70n, 70n],
  ]);
  assert.deepEqual(await rowsOf(start - 1), []);
  assert.equal((await rowsOf(start)).length, 2);
  assert.equal(codeOf(await readTrialBalance(db, 'main', { now, at: now + 1 })), '422 at_in_future');
  assert.equal(codeOf(await readTrialBalance(db, 'third', { now })), '404 ledger_not_found');
});

test('a trial balance tells when debits and credits differ', async (t) => {
  const { db, journal } = await prepare(t);
  const id = await journal.open({ time: start });
  await db.query('update ledger.accounts set debits_minor = 1 where id = $1', [id]);
  const report = valueOf(await readTrialBalance(db, 'main', { now }));
  assert.deepEqual(
    [report.balanced, report.totals],
    [false, [{ currency: 'USD', debits_minor: 1n, credits_minor: 0n, balanced: false }]],
  );
});
