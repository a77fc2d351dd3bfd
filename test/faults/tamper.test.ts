// Whoever can write to the database changes the book by hand, with triggers out of the way. Each drill works on a
// copy of one book; verification has to name the check that catches it, and the first bad record.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Client } from 'pg';
import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { hashEntry } from '../../src/ledger/entry-hash.ts';
import { listEntries } from '../../src/ledger/read-entries.ts';
import { hashClose } from '../../src/ledger/periods.ts';
import { readPeriods } from '../../src/ledger/read-periods.ts';
import type { Entry } from '../../src/ledger/state.ts';
import type { Check } from '../../src/proof/findings.ts';
import { copyDatabase, createDatabase, type TestDatabase } from '../support/databases.ts';
import { callsTo, startOn, until, type Calls } from '../support/product.ts';
import { verifyBook } from '../support/verify-book.ts';

async function write({ open, move, post, call, get }: Calls, round: string): Promise<void> {
  const [a, b] = [`${round}a`, `${round}b`];
  await open(a, { opening_balance_minor: 1000 });
  await open(b);
  for (let n = 1; n <= 4; n += 1) await move(`${round}${n}`, a, b, n, { description: 'about this' });
  assert.equal((await move(`${round}h`, a, b, 50, { hold: true })).status, 201);
  await post('/v1/entries', { lines: pair(a, b, 9) }, `${round}e`);
  const ends = { ends_at: new Date().toISOString() };
  const close = await call('POST', '/v1/ledgers/main/periods', { body: ends });
  const path = String(close.headers.get('location'));
  await until(async () => (await get(path)).json['trial_balance'] !== null, 'the close has its sums');
  assert.equal((await call('POST', '/v1/admin/seals')).status, 201);
}

const pair = (from: string, to: string, amount: number) => [
  { account_id: `ext:${from}`, side: 'DEBIT', amount_minor: amount },
  { account_id: `ext:${to}`, side: 'CREDIT', amount_minor: amount },
];

const pepper = { API_KEY_PEPPER: 'one-pepper-for-all-servers' };

/** The book after each of two rounds, of six entries and a head each, and the directory that knows of both. */
async function makeBooks(t: TestContext) {
  const sealDir = await mkdtemp(join(tmpdir(), 'tamper-'));
  t.after(() => rm(sealDir, { recursive: true, force: true }));
  const whole = await createDatabase(t);
  const round = async (name: string) => {
    const server = await startOn(t, whole, { ...pepper, SEAL_DIR: sealDir });
    await write(callsTo(server), name);
    server.signal('SIGTERM');
    await server.exited;
  };
  await round('x');
  const early = await copyDatabase(t, whole);
  await round('y');
  return { sealDir, whole, early };
}

type Tamper = string | ((db: Client) => Promise<void>);
type Drill = readonly [name: string, tamper: Tamper, check: Check, first: RegExp];

const entry8 = '(select position from ledger.entries where entry_number = 8)';
const drills: readonly Drill[] = [
  [
    'an amount is changed',
    `update ledger.lines set amount_minor = amount_minor + 1 where entry_number = 8 and side = 'DEBIT'`,
    'entry_hash',
    /"entry_number":8,.*its hash is/,
  ],
  [
    'an amount is changed on both sides',
    `update ledger.lines set amount_minor = amount_minor + 1 where entry_number = 8`,
    'line_balance',
    /"entry_number":8,.*says balance/,
  ],
  [
    'a line is deleted',
    `delete from ledger.lines where entry_number = 8 and line_number = 2`,
    'entry_balance',
    /"entry_number":8,/,
  ],
  [
    'an entry is deleted',
    `delete from ledger.entries where entry_number = 8`,
    'entry_number',
    /9 follows 7: entries are missing/,
  ],
  [
    'two entries are swapped',
    `update ledger.entries set entry_number = -1 where entry_number = 8;
      update ledger.entries set entry_number = 8 where entry_number = 9;
      update ledger.entries set entry_number = 9 where entry_number = -1`,
    'entry_hash',
    /"entry_number":8,/,
  ],
  [
    'a hash and all after it are written anew',
    rewriteFrom(8),
    'sealed_root',
    /"tree_size":12.*SEAL_DIR/,
  ],
  [
    'a balance is changed',
    `update ledger.accounts set credits_minor = credits_minor + 5 where external_id = 'xb'`,
    'account_balance',
    /its lines add up to/,
  ],
  [
    'a hold is forgotten',
    `update ledger.accounts set held_minor = 0 where external_id = 'xa'`,
    'account_holds',
    /held 0 and incoming 0, open holds say 50 and 0/,
  ],
  [
    'a version is changed',
    `update ledger.accounts set version = version + 1 where external_id = 'xa'`,
    'account_version',
    /changes are recorded/,
  ],
  [
    'an event is dropped',
    `delete from ledger.events where position = ${entry8}`,
    'position',
    /no such event/,
  ],
  [
    'an event says something else',
    `update ledger.events set payload = overlay(payload placing '\\x00' from 60 for 1) where position = ${entry8}`,
    'entry_event',
    /"entry_number":8,.*something else/,
  ],
  [
    'a transfer is given the entry of another one',
    `update ledger.transfers set entry_number = 9 where entry_number = 8`,
    'transfer_entry',
    /not its own/,
  ],
  [
    'the transfer of a key is gone',
    `delete from ledger.transfers where status = 'HELD'`,
    'key_effect',
    /a transfer that is not there/,
  ],
  [
    "the ledger's end is changed",
    `update ledger.ledgers set entry_count = entry_count + 1`,
    'ledger_end',
    /knows of 13 entries/,
  ],
  ['an account is gone', `delete from ledger.accounts where external_id = 'yb'`, 'line_account', /./],
  [
    'what an administrator did is changed',
    `update ledger.audit_log set actor = 'nobody' where number = 1`,
    'audit_log',
    /"number":1/,
  ],
  [
    'a close is changed',
    `update ledger.period_closes set ends_at = ends_at - interval '1 day' where number = 1`,
    'period_close',
    /"period":1.*not what its hash/,
  ],
  [
    'a close is gone',
    `delete from ledger.period_closes where number = 1`,
    'period_close',
    /"period":2.*close 1 is missing/,
  ],
  [
    'a trial balance is changed',
    `update ledger.period_balances set debits_minor = debits_minor + 1
      where number = 2 and type = 'LIABILITY'`,
    'period_close',
    /"period":2.*its entries add up to USD/,
  ],
  [
    'a ledger is open again',
    `update ledger.ledgers set closed_until = closed_until - interval '1 second'`,
    'period_close',
    /"period":2.*the ledger knows of 2 closes until/,
  ],
  ['closes are made anew', remakeCloses, 'period_close', /"period":1.*SEAL_DIR has another root/],
  [
    'a head is signed over something else',
    `update proof.heads set root = sha256('x') where size = 6 and tree = 'journal/main'`,
    'sealed_root',
    /"tree_size":6.*the database/,
  ],
];

/** As a forger would: another text, every hash from there on, in the events too, and no head that tells of it. */
function rewriteFrom(first: number): Tamper {
  return async (db) => {
    const page = { limit: 1000, cursor: undefined };
    const found = await listEntries(db, 'main', {}, page);
    assert.ok(found.kind === 'found');
    let previousHash = '';
    for (const entry of found.value.data) {
      if (entry.number >= first) previousHash = await rewrite(db, entry, previousHash);
      else previousHash = entry.hash;
    }
    await db.query('update ledger.ledgers set head_hash = $1', [Buffer.from(previousHash, 'hex')]);
    await db.query('delete from proof.heads where size > 6');
  };
}

async function rewrite(db: Client, entry: Entry, previousHash: string): Promise<string> {
  const description = entry.description === null ? null : 'about that';
  const hash = hashEntry({ ...entry, description, previousHash });
  await db.query('update ledger.entries set description = $2, hash = $3 where entry_number = $1', [
    entry.number,
    description,
    Buffer.from(hash, 'hex'),
  ]);
  const event = 'ledger.events where position = $1';
  const { rows } = await db.query<{ payload: Buffer }>(`select payload from ${event}`, [entry.position]);
  const payload = (rows[0]?.payload.toString('hex') ?? '')
    .replace(entry.hash, hash)
    .replace(Buffer.from('about this').toString('hex'), Buffer.from('about that').toString('hex'));
  await db.query('update ledger.events set payload = $2 where position = $1', [
    entry.position,
    Buffer.from(payload, 'hex'),
  ]);
  return hash;
}

/** Other ends, with the right hashes, and no head that tells of it. */
async function remakeCloses(db: Client): Promise<void> {
  const text = `update ledger.period_closes set ends_at = ends_at - interval '1 ms', hash = $2 where number = $1`;
  const closes = (await readPeriods(db, 'main', 10, undefined)).toReversed();
  let last = { previousHash: '0'.repeat(64), endsAt: 0 };
  for (const close of closes) {
    const endsAt = close.endsAt - 1;
    const hash = hashClose({ ...close, endsAt, previousHash: last.previousHash });
    await db.query(text, [close.number, Buffer.from(hash, 'hex')]);
    last = { previousHash: hash, endsAt };
  }
  await db.query('update ledger.ledgers set closed_until = $1, period_hash = $2', [
    new Date(last.endsAt),
    Buffer.from(last.previousHash, 'hex'),
  ]);
  await db.query(`delete from proof.heads where tree = 'periods/main'`);
}

async function tampered(t: TestContext, book: TestDatabase, tamper: Tamper): Promise<Client> {
  const db = await (await copyDatabase(t, book)).connect();
  await db.query('set session_replication_role = replica');
  if (typeof tamper === 'string') await db.query(tamper);
  else await tamper(db);
  return db;
}

test('tamper drills', async (t) => {
  const { sealDir, whole, early } = await makeBooks(t);
  await t.test('the book as it is holds', async (t) => {
    const db = await (await copyDatabase(t, whole)).connect();
    assert.deepEqual(await verifyBook(db, { sealDir }), []);
  });
  for (const [name, tamper, check, says] of drills)
    await t.test(name, async (t) => {
      const found = await verifyBook(await tampered(t, whole, tamper), { sealDir });
      const first = found.find((result) => result.check === check)?.first;
      const said = `${stringifyJson(first?.where ?? {})}: ${first?.what ?? 'nothing'}`;
      assert.match(said, says, JSON.stringify(found));
      const others = found.filter((result) => result.check !== check && result.check !== 'period_close');
      if (check === 'sealed_root')
        assert.deepEqual(others, [], 'nothing but what was signed notices it');
    });
  await t.test('the database is rolled back', async (t) => {
    const db = await (await copyDatabase(t, early)).connect();
    const [journal, ...more] = await verifyBook(db, { sealDir });
    assert.match(
      `${journal?.check} ${journal?.first?.what}`,
      /sealed_root SEAL_DIR has a head of 12 .* 6 are/,
    );
    assert.deepEqual(
      more.map(({ check }) => check),
      ['period_close', 'audit_log'],
    );
    const back = startOn(t, await copyDatabase(t, early), { ...pepper, SEAL_DIR: sealDir });
    await assert.rejects(back, /behind what .* proves: .*6 entries are there, the head of 12/);
  });
});
