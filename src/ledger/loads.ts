import type { Taken } from './journal.ts';
import type { KnownState } from './known-state.ts';
import { absentTransferName, type Needs } from './needs.ts';
import type { Queryable } from './read-answer.ts';
import {
  accountColumns,
  entryColumns,
  lineColumns,
  toAccount,
  toEntry,
  toLine,
  toTransfer,
  transferColumns,
  type AccountRow,
  type EntryRow,
  type LineRow,
  type TransferRow,
} from './rows.ts';
import { readStoredBatch } from './stored.ts';
import type { BoundKey } from './view.ts';

/*
 * The writer's reads. They go through its own connection: what they find is then as new as every batch that
 * was sent before, and what was decided since is still in flight and seen first.
 */

const accountFrom = 'from ledger.accounts a join ledger.ledgers g on g.id = a.ledger_id';
const transferFrom = 'from ledger.transfers t join ledger.ledgers g on g.id = t.ledger_id';

async function loadAccounts(
  db: Queryable,
  state: KnownState,
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.query<AccountRow>({
    name: 'load-accounts',
    text: `select ${accountColumns} ${accountFrom} where a.id = any($1::uuid[])`,
    values: [ids],
  });
  const accounts = rows.map(toAccount);
  for (const account of accounts) state.keepAccount(account);
  return accounts.map((account) => account.settings.id);
}

async function loadExternalIds(
  db: Queryable,
  state: KnownState,
  names: readonly string[],
): Promise<string[]> {
  if (names.length === 0) return [];
  const { rows } = await db.query<AccountRow>({
    name: 'load-accounts-by-external-id',
    text: `select ${accountColumns} from unnest($1::text[], $2::text[]) as u(ledger, external_id)
      join ledger.ledgers g on g.name = u.ledger
      join ledger.accounts a on a.ledger_id = g.id and a.external_id = u.external_id
        and a.external_id is not null`,
    values: splitNames(names),
  });
  const accounts = rows.map(toAccount);
  for (const account of accounts) state.keepAccount(account);
  return accounts.map(({ settings }) => `${settings.ledger}:${settings.externalId}`);
}

async function loadTransfers(
  db: Queryable,
  state: KnownState,
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.query<TransferRow>({
    name: 'load-transfers',
    text: `select ${transferColumns} ${transferFrom} where t.id = any($1::uuid[])`,
    values: [ids],
  });
  const transfers = rows.map(toTransfer);
  for (const transfer of transfers) state.keepTransfer(transfer);
  return transfers.map((transfer) => transfer.id);
}

interface LoadedEntryRow extends EntryRow {
  readonly reversed_by: string | null;
}

async function loadEntries(db: Queryable, state: KnownState, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const entries = await db.query<LoadedEntryRow>({
    name: 'load-entries',
    text: `select ${entryColumns},
        (select r.reversed_by from ledger.entry_reversals r where r.entry_id = e.id) as reversed_by
      from ledger.entries e join ledger.ledgers g on g.id = e.ledger_id where e.id = any($1::uuid[])`,
    values: [ids],
  });
  for (const row of entries.rows) {
    const lines = await db.query<LineRow>({
      name: 'load-lines',
      text: `select ${lineColumns} from ledger.lines l join ledger.accounts a on a.id = l.account_id
        where l.position = $1 order by l.line_number`,
      values: [row.position],
    });
    state.keepEntry(toEntry(row, lines.rows.map(toLine)), row.reversed_by);
  }
  return entries.rows.map((row) => row.id);
}

async function loadTransferExternalIds(
  db: Queryable,
  state: KnownState,
  names: readonly string[],
): Promise<string[]> {
  if (names.length === 0) return [];
  const { rows } = await db.query<TransferRow>({
    name: 'load-transfers-by-external-id',
    text: `select ${transferColumns} from unnest($1::text[], $2::text[]) as u(ledger, external_id)
      join ledger.ledgers g on g.name = u.ledger
      join ledger.transfers t on t.ledger_id = g.id and t.external_id = u.external_id
        and t.external_id is not null and t.status <> 'FAILED'`,
    values: splitNames(names),
  });
  const transfers = rows.map(toTransfer);
  for (const transfer of transfers) state.keepTransfer(transfer);
  return transfers.map(({ ledger, externalId }) => absentTransferName(`${ledger}:${externalId}`));
}

/** `<ledger>:<external id>` as two columns. */
function splitNames(names: readonly string[]): [string[], string[]] {
  return [
    names.map((name) => name.slice(0, name.indexOf(':'))),
    names.map((name) => name.slice(name.indexOf(':') + 1)),
  ];
}

/** Loads what is needed. @returns the names of what there is not. */
export async function loadNeeds(
  db: Queryable,
  state: KnownState,
  needs: Needs,
): Promise<ReadonlySet<string>> {
  const found = await Promise.all([
    loadAccounts(db, state, [...needs.accounts]),
    loadExternalIds(db, state, [...needs.externalIds]),
    loadTransfers(db, state, [...needs.transfers]),
    loadEntries(db, state, [...needs.entries]),
    loadKeys(db, state, [...needs.keys]),
    loadTransferExternalIds(db, state, [...needs.transferExternalIds]),
  ]);
  const { accounts, externalIds, transfers, entries, keys, transferExternalIds } = needs;
  const transferNames = [...transferExternalIds].map(absentTransferName);
  const asked = new Set([
    ...accounts,
    ...externalIds,
    ...transfers,
    ...entries,
    ...keys,
    ...transferNames,
  ]);
  return asked.difference(new Set(found.flat()));
}

interface KeyRow extends BoundKey {
  readonly digest: string;
}

/** Loads what the batch call found taken, so that deciding again sees it. */
export async function loadTaken(
  db: Queryable,
  state: KnownState,
  rows: readonly Taken[],
): Promise<void> {
  const of = (kind: Taken['taken']): string[] =>
    rows.filter((row) => row.taken === kind).map((row) => row.value);
  await loadKeys(db, state, of('key'));
  await loadTransfers(db, state, of('transfer'));
  await loadAccounts(db, state, of('account'));
  await loadOwners(db, state, of('external'));
  await loadAccountOwners(db, state, of('account_external'));
}

async function loadKeys(
  db: Queryable,
  state: KnownState,
  digests: readonly string[],
): Promise<string[]> {
  if (digests.length === 0) return [];
  const { rows } = await db.query<KeyRow>({
    name: 'load-keys',
    text: 'select digest, fingerprint, kind, subject, answer from ledger.keys where digest = any($1::uuid[])',
    values: [digests],
  });
  await loadTransfers(db, state, rows.flatMap(transfersOf));
  await loadEntries(
    db,
    state,
    rows.flatMap((row) => (row.kind === 'entry' && row.subject !== null ? [row.subject] : [])),
  );
  for (const row of rows) state.keepKey(row);
  return rows.map((row) => row.digest);
}

function transfersOf(key: BoundKey): string[] {
  if (key.kind === 'transfer' && key.subject !== null) return [key.subject];
  if (key.kind !== 'batch' || key.answer === null) return [];
  return readStoredBatch(key.answer).items.filter((item) => typeof item === 'string');
}

/** External ids come back as `<ledger id>:<external id>`. */
async function loadOwners(db: Queryable, state: KnownState, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const { rows } = await db.query<TransferRow>({
      name: 'load-external-owner',
      text: `select ${transferColumns} ${transferFrom}
        where t.ledger_id = $1 and t.external_id = $2 and t.external_id is not null and t.status <> 'FAILED'`,
      values: splitName(name),
    });
    for (const row of rows) state.keepTransfer(toTransfer(row));
  }
}

async function loadAccountOwners(
  db: Queryable,
  state: KnownState,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    const { rows } = await db.query<AccountRow>({
      name: 'load-external-account',
      text: `select ${accountColumns} ${accountFrom}
        where a.ledger_id = $1 and a.external_id = $2 and a.external_id is not null`,
      values: splitName(name),
    });
    for (const row of rows) state.keepAccount(toAccount(row));
  }
}

function splitName(name: string): [number, string] {
  const colon = name.indexOf(':');
  return [Number(name.slice(0, colon)), name.slice(colon + 1)];
}
