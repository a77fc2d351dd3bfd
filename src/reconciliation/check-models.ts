import type { PoolClient } from 'pg';
import { readFacts, type AccountCheck, type Facts } from './account-facts.ts';
import { Findings, type SourceReport } from './report.ts';
import type { Checkpoint, Snapshots } from './snapshots.ts';

/** Accounts compared at once. */
const pageMax = 2000;
const lowestId = '00000000-0000-0000-0000-000000000000';
const highestId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export interface Extent {
  /** Accounts that did not change after it are left out; 0 compares all. */
  readonly from: number;
  readonly signal: AbortSignal;
}

/** Compares a read model, account by account, with the journal as it was at the read model's checkpoint. */
export async function checkModel(
  snapshots: Snapshots,
  check: AccountCheck,
  checkpoint: Checkpoint,
  { from, signal }: Extent,
): Promise<SourceReport> {
  const findings = new Findings();
  let skipped = 0;
  for (let after = lowestId; ;) {
    signal.throwIfAborted();
    const page = await pageAccounts(snapshots.ledger, after, from);
    const isLast = page.length < pageMax;
    const upTo = isLast ? highestId : (page.at(-1) ?? highestId);
    const extra = from === 0 ? await extraAccounts(snapshots.models, check, after, upTo) : [];
    const all = [...new Set([...page, ...extra])];
    const still = check.isSum ? await settled(snapshots.ledger, all, checkpoint) : all;
    skipped += all.length - still.length;
    await comparePage(snapshots, check, { accounts: still, position: checkpoint.position }, findings);
    if (isLast) break;
    after = upTo;
  }
  const note = skipped === 0 ? undefined : `${skipped} accounts were changing and were left out`;
  return findings.report(check.projection, checkpoint.position, note);
}

async function pageAccounts(db: PoolClient, after: string, from: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from ledger.accounts where id > $1 and position > $2 order by id limit ${pageMax}`,
    [after, from],
  );
  return rows.map(({ id }) => id);
}

/** What the read model has and the ledger does not would else never be looked at. */
async function extraAccounts(
  db: PoolClient,
  { accounts }: AccountCheck,
  after: string,
  upTo: string,
): Promise<string[]> {
  const { rows } = await db.query<{ account_id: string }>(accounts, [after, upTo]);
  return rows.map(({ account_id: account }) => account);
}

/** Sums of an account that moved between the slowest and the fastest partition are of no one position. */
async function settled(
  db: PoolClient,
  accounts: readonly string[],
  { position, highest }: Checkpoint,
): Promise<readonly string[]> {
  if (position === highest) return accounts;
  const { rows } = await db.query<{ account_id: string }>(
    `select distinct account_id from ledger.lines where position > $1 and position <= $2
      and account_id = any($3)`,
    [position, highest, accounts],
  );
  const moving = new Set(rows.map(({ account_id: account }) => account));
  return accounts.filter((account) => !moving.has(account));
}

async function comparePage(
  { models, ledger }: Snapshots,
  check: AccountCheck,
  { accounts, position }: { readonly accounts: readonly string[]; readonly position: number },
  findings: Findings,
): Promise<void> {
  const actual = await readFacts(models, check.actual, [accounts, position]);
  const limits = accounts.map((account) => actual.get(account)?.upTo ?? position);
  const expected = await readFacts(ledger, check.expected, [accounts, limits]);
  findings.count(accounts.length);
  for (const account of accounts)
    compareFacts(account, expected.get(account), actual.get(account), findings);
}

function compareFacts(
  account: string,
  expected: Facts | undefined,
  actual: Facts | undefined,
  findings: Findings,
): void {
  const fields = new Set([...(expected?.fields.keys() ?? []), ...(actual?.fields.keys() ?? [])]);
  for (const field of fields) {
    const should = expected?.fields.get(field);
    const is = actual?.fields.get(field);
    if (should !== is) findings.add({ subject: account, field, expected: should, actual: is });
  }
}
