import type { AccountStatus } from '@credit-ledger/contract/accounts.ts';
import { readId } from '@credit-ledger/contract/ids.ts';
import { z } from 'zod';
import { matchAccount, unknownAccount } from './account-match.ts';
import { positionPlace, readCursor, writeCursor } from './cursor.ts';
import {
  found,
  toPage,
  type Answer,
  type Page,
  type PageRequest,
  type Queryable,
} from './read-answer.ts';
import { refuseUnknownLedger } from './read-ledgers.ts';
import { accountColumns, toAccount, type AccountRow } from './rows.ts';
import type { Account } from './state.ts';

const fromAccounts = 'from ledger.accounts a join ledger.ledgers g on g.id = a.ledger_id';

/**
 * One account of the ledger as it is now.
 * @param ref a UUID or `ext:<external_id>`. Refused with 404 `account_not_found`.
 */
export async function readAccount(db: Queryable, ledger: string, ref: string): Promise<Answer<Account>> {
  const match = matchAccount(ref);
  if (match === undefined) return unknownAccount(ref, 404);
  const { rows } = await db.query<AccountRow>({
    name: `read-account-by-${match.by}`,
    text: `select ${accountColumns} ${fromAccounts} where ${match.where}`,
    values: [ledger, match.value],
  });
  const [row] = rows;
  return row === undefined ? unknownAccount(ref, 404) : found(toAccount(row));
}

/** Each filter narrows; an absent one does not. */
export interface AccountFilters {
  readonly currency?: string | undefined;
  readonly status?: AccountStatus | undefined;
  readonly externalId?: string | undefined;
  /** Fields of the metadata's top level and the text of their values. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly ids?: readonly string[] | undefined;
  /** Part of the name or the external id in any case, or the whole id. */
  readonly q?: string | undefined;
}

/** A `where` of fixed fragments; each value is a parameter. */
function whereAccounts(filters: AccountFilters, values: unknown[]): string {
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const parts = [
    'a.ledger_id = (select id from ledger.ledgers where name = $1)',
    'a.created_position > $2',
  ];
  if (filters.currency !== undefined) parts.push(`a.currency = ${parameter(filters.currency)}`);
  if (filters.status !== undefined) parts.push(`a.status = ${parameter(filters.status)}`);
  if (filters.externalId !== undefined) parts.push(`a.external_id = ${parameter(filters.externalId)}`);
  for (const [field, text] of Object.entries(filters.metadata ?? {})) {
    parts.push(`a.metadata::jsonb ->> ${parameter(field)}::text = ${parameter(text)}`);
  }
  if (filters.ids !== undefined) parts.push(`a.id = any(${parameter(filters.ids)}::uuid[])`);
  if (filters.q !== undefined) {
    const part = `lower(${parameter(filters.q)}::text)`;
    parts.push(`(position(${part} in lower(a.name)) > 0 or position(${part} in lower(a.external_id)) > 0
      or a.id = ${parameter(readId(filters.q) ?? null)}::uuid)`);
  }
  return parts.join(' and ');
}

const accountPlace = z.tuple([positionPlace]);

/**
 * Accounts of the ledger in the order of their opening. Each account has a created_position of its own.
 */
export async function listAccounts(
  db: Queryable,
  ledger: string,
  filters: AccountFilters,
  page: PageRequest,
): Promise<Answer<Page<Account>>> {
  const metadata = JSON.stringify(
    Object.entries(filters.metadata ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  const scope = [
    'accounts',
    ledger,
    filters.currency,
    filters.status,
    filters.externalId,
    metadata,
    filters.ids?.join(','),
    filters.q,
  ];
  const cursor = readCursor(scope, page.cursor, accountPlace);
  if (cursor.kind === 'refused') return cursor;
  const values: unknown[] = [ledger, cursor.value?.[0] ?? -1, page.limit + 1];
  const { rows } = await db.query<AccountRow>(
    `select ${accountColumns} ${fromAccounts} where ${whereAccounts(filters, values)}
      order by a.created_position limit $3`,
    values,
  );
  if (rows.length === 0)
    return (await refuseUnknownLedger(db, ledger)) ?? found({ data: [], nextCursor: null });
  const cursorOf = (last: Account) => writeCursor(scope, [last.settings.createdPosition]);
  return found(toPage(rows.map(toAccount), page.limit, cursorOf));
}
