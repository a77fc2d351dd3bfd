import type { JsonObject } from '@credit-ledger/contract/json.ts';
import type { ClientBase } from 'pg';
import type { Queryable } from '../ledger/read-answer.ts';
import { copyPieces } from './copy-rows.ts';
import type { Check, Findings } from './findings.ts';
import type { JournalCheck } from './journal-check.ts';

/*
 * What is checked once the whole journal was: the rows that say how things stand, all in one snapshot that
 * ends where the journal was read to.
 */

/** Balances, versions and holds of every account. */
export async function checkAccounts(
  db: ClientBase,
  journal: JournalCheck,
  findings: Findings,
): Promise<void> {
  const { accounts } = journal;
  await countHistory(db, journal, findings);
  const holds = await sumHolds(db, journal);
  const seen = new Uint8Array(accounts.count);
  const query = `select id::text, ledger_id::bigint, debits_minor, credits_minor, held_minor, incoming_minor,
    version from ledger.accounts`;
  for await (const rows of copyPieces(db, query)) {
    while (rows.next()) {
      const [id, ledger, debits, credits] = [rows.ascii(), rows.integer(), rows.bigint(), rows.bigint()];
      const [held, incoming, version] = [rows.bigint(), rows.bigint(), rows.integer()];
      const slot = accounts.find(id);
      const where = { account_id: id };
      if (slot === -1 || accounts.ledgers[slot] !== ledger) {
        findings.add('line_account', where, 'the account has no place in the order of the log');
        continue;
      }
      seen[slot] = 1;
      checkBalance(journal, findings, slot, { debits, credits, where });
      checkVersions(journal, findings, slot, version, where);
      const expected = holds.get(slot) ?? { held: 0n, incoming: 0n };
      if (held !== expected.held || incoming !== expected.incoming) {
        const what = `held ${held} and incoming ${incoming}, open holds say ${expected.held} and ${expected.incoming}`;
        findings.add('account_holds', where, what);
      }
    }
  }
  const lost = seen.indexOf(0);
  if (lost !== -1)
    findings.add('line_account', { account_id: accounts.idOf(lost) }, 'the account is gone');
}

function checkBalance(
  { accounts }: JournalCheck,
  findings: Findings,
  slot: number,
  row: { readonly debits: bigint; readonly credits: bigint; readonly where: JsonObject },
): void {
  const [debits, credits] = [accounts.debits[slot] ?? 0n, accounts.credits[slot] ?? 0n];
  if (row.debits === debits && row.credits === credits) return;
  const said = `debits ${row.debits} and credits ${row.credits}`;
  const what = `${said}, its lines add up to ${debits} and ${credits}`;
  findings.add('account_balance', row.where, what);
}

/** As many versions as the last one, and their sum that of 1 … n. */
function checkVersions(
  { accounts }: JournalCheck,
  findings: Findings,
  slot: number,
  version: number,
  where: JsonObject,
): void {
  const count = accounts.versionCounts[slot] ?? 0;
  const isDense = count === version && accounts.versionSums[slot] === (version * (version + 1)) / 2;
  if (isDense) return;
  findings.add('account_version', where, `version ${version}, ${count} changes are recorded`);
}

async function countHistory(db: ClientBase, { accounts }: JournalCheck, findings: Findings) {
  const query = 'select account_id::text, version from ledger.account_history';
  for await (const rows of copyPieces(db, query)) {
    while (rows.next()) {
      const [id, version] = [rows.ascii(), rows.integer()];
      const slot = accounts.find(id);
      if (slot === -1)
        findings.add('line_account', { account_id: id }, 'history of an account that is not there');
      else accounts.countVersion(slot, version);
    }
  }
}

interface Holds {
  readonly held: bigint;
  readonly incoming: bigint;
}

/** What open holds reserve, by account: an outflow is held, an inflow incoming. */
async function sumHolds(db: ClientBase, { accounts }: JournalCheck): Promise<Map<number, Holds>> {
  const holds = new Map<number, Holds>();
  const add = (id: string | null, amount: bigint, isOutflow: (isDebit: boolean) => boolean): void => {
    const slot = id === null ? -1 : accounts.find(id);
    if (slot === -1) return;
    const { held, incoming } = holds.get(slot) ?? { held: 0n, incoming: 0n };
    const isHeld = isOutflow(accounts.isDebit[slot] === 1);
    holds.set(slot, {
      held: isHeld ? held + amount : held,
      incoming: isHeld ? incoming : incoming + amount,
    });
  };
  const query = `select from_id::text, to_id::text, held_minor from ledger.transfers
    where held_minor > 0 and status = 'HELD'`;
  for await (const rows of copyPieces(db, query)) {
    while (rows.next()) {
      const [from, to, amount] = [rows.asciiOrNull(), rows.asciiOrNull(), rows.bigint()];
      add(from, amount, (isDebit) => !isDebit);
      add(to, amount, (isDebit) => isDebit);
    }
  }
  return holds;
}

interface Question {
  readonly check: Check;
  readonly what: string;
  /** Selects `n`, how many there are, and `first`, which one. */
  readonly query: string;
}

const questions: readonly Question[] = [
  {
    check: 'transfer_entry',
    what: 'the transfer names an entry that is not its own',
    query: `select count(*) as n, min(t.id::text) as first
      from ledger.transfers t left join ledger.entries e
        on e.ledger_id = t.ledger_id and e.entry_number = t.entry_number and e.id = t.entry_id
          and e.transfer_id = t.id
      where (t.entry_id is not null or (t.status = 'COMPLETED' and t.ended_by is null)) and e.id is null`,
  },
  {
    check: 'key_effect',
    what: 'the key is bound to a transfer that is not there',
    query: `select count(*) as n, min(k.digest::text) as first from ledger.keys k
      where k.kind = 'transfer' and not exists (select from ledger.transfers t where t.id = k.subject)`,
  },
  {
    check: 'key_effect',
    what: 'the key is bound to an entry that is not there',
    query: `select count(*) as n, min(k.digest::text) as first from ledger.keys k
      where k.kind = 'entry' and not exists (select from ledger.entries e where e.id = k.subject)`,
  },
];

/** Transfers against entries, keys against effects: asked of the database itself. */
export async function checkReferences(db: Queryable, findings: Findings): Promise<void> {
  // Without statistics a join planned for few rows would take for ever on many.
  await db.query(`set local enable_nestloop = off; set local work_mem = '64MB'; set local jit = off`);
  for (const { check, what, query } of questions) {
    const { rows } = await db.query<{ n: string; first: string | null }>(query);
    const [row] = rows;
    if (row !== undefined && Number(row.n) > 0)
      findings.add(check, { id: row.first }, what, Number(row.n));
  }
}

/** What each ledger knows of the end of its journal. */
export async function checkEnds(
  db: Queryable,
  journal: JournalCheck,
  findings: Findings,
): Promise<void> {
  const { rows } = await db.query<{ name: string; entry_count: string; head_hash: Buffer }>(
    'select name, entry_count, head_hash from ledger.ledgers order by id',
  );
  for (const row of rows) {
    const end = journal.ends.get(row.name);
    const hash = row.head_hash.toString('hex');
    if (end?.number === Number(row.entry_count) && end.hash === hash) continue;
    const what =
      `it knows of ${row.entry_count} entries up to ${hash}, ` +
      `the journal has ${end?.number ?? 0} up to ${end?.hash ?? 'nothing'}`;
    findings.add('ledger_end', { ledger: row.name }, what);
  }
}
