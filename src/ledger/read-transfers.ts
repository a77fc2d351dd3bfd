import { readId } from '@credit-ledger/contract/ids.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import type { TransferStatus } from '@credit-ledger/contract/transfers.ts';
import { z } from 'zod';
import { unknownAccount } from './account-match.ts';
import { positionPlace, readCursor, timePlace, writeCursor, type CursorScope } from './cursor.ts';
import { readAccount } from './read-accounts.ts';
import {
  found,
  noAnswer,
  toPage,
  type Answer,
  type Page,
  type PageRequest,
  type Queryable,
} from './read-answer.ts';
import { refuseUnknownLedger } from './read-ledgers.ts';
import { toTransfer, transferColumns, type TransferRow } from './rows.ts';
import type { Transfer } from './state.ts';

const fromTransfers = 'from ledger.transfers t join ledger.ledgers g on g.id = t.ledger_id';

/** One transfer of the ledger as it is now. Refused with 404 `transfer_not_found`. */
export async function readTransfer(
  db: Queryable,
  ledger: string,
  ref: string,
): Promise<Answer<Transfer>> {
  const id = readId(ref);
  if (id === undefined) return unknownTransfer(ref);
  const { rows } = await db.query<TransferRow>({
    name: 'read-transfer',
    text: `select ${transferColumns} ${fromTransfers} where g.name = $1 and t.id = $2`,
    values: [ledger, id],
  });
  const [row] = rows;
  return row === undefined ? unknownTransfer(ref) : found(toTransfer(row));
}

/** The answer for a transfer that isn't in the ledger, also where it is in another one. */
export function unknownTransfer(ref: string, status?: number) {
  return noAnswer('transfer_not_found', `There is no transfer ${ref}`, { transfer_id: ref }, status);
}

/** Each filter narrows; an absent one does not. Times are milliseconds since 1970. */
export interface TransferFilters {
  /** Transfers from or to it: a UUID or `ext:<external_id>`. */
  readonly accountId?: string | undefined;
  readonly status?: TransferStatus | undefined;
  /** The one transfer that owns it; refused ones own none and are not found by it. */
  readonly externalId?: string | undefined;
  /** At or after this time. */
  readonly createdAfter?: number | undefined;
  /** Before this time. */
  readonly createdBefore?: number | undefined;
  /** By time of creation; default `desc`. */
  readonly order?: 'asc' | 'desc' | undefined;
}

interface TransferQuery {
  readonly ledger: string;
  readonly account: string | undefined;
  readonly filters: TransferFilters;
  readonly order: 'asc' | 'desc';
  readonly place: readonly [time: number, position: number] | undefined;
  readonly limit: number;
}

const transferPlace = z.tuple([timePlace, positionPlace]);

/**
 * Transfers of the ledger by (created_at, created_position), the newest first unless asked otherwise.
 * Refused with 422 `account_not_found`, 404 `ledger_not_found`, 400 `invalid_cursor`.
 */
export async function listTransfers(
  db: Queryable,
  ledger: string,
  filters: TransferFilters,
  page: PageRequest,
): Promise<Answer<Page<Transfer>>> {
  const scope = scopeOf(ledger, filters);
  const cursor = readCursor(scope, page.cursor, transferPlace);
  if (cursor.kind === 'refused') return cursor;
  const account = await findAccountId(db, ledger, filters.accountId);
  if (account.kind === 'refused') return account;
  const { order = 'desc' } = filters;
  const query = {
    ledger,
    account: account.value,
    filters,
    order,
    place: cursor.value,
    limit: page.limit + 1,
  };
  const { rows } = await db.query<TransferRow>(selectTransfers(query));
  if (rows.length === 0)
    return (await refuseUnknownLedger(db, ledger)) ?? found({ data: [], nextCursor: null });
  const cursorOf = (last: Transfer) => writeCursor(scope, [last.createdAt, last.createdPosition]);
  return found(toPage(rows.map(toTransfer), page.limit, cursorOf));
}

function scopeOf(ledger: string, filters: TransferFilters): CursorScope {
  const { accountId, status, externalId, createdAfter, createdBefore, order = 'desc' } = filters;
  return ['transfers', ledger, accountId, status, externalId, createdAfter, createdBefore, order];
}

async function findAccountId(
  db: Queryable,
  ledger: string,
  ref: string | undefined,
): Promise<Answer<string | undefined>> {
  if (ref === undefined) return found(undefined);
  const account = await readAccount(db, ledger, ref);
  return account.kind === 'refused' ? unknownAccount(ref) : found(account.value.settings.id);
}

function selectTransfers(query: TransferQuery): { text: string; values: unknown[] } {
  const values: unknown[] = [query.ledger, query.limit];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const where = whereTransfers(query, parameter);
  const order = `t.created_at ${query.order}, t.created_position ${query.order}`;
  const rows = `select ${transferColumns} ${fromTransfers}`;
  const page =
    query.account === undefined
      ? `${rows} where ${where} order by ${order} limit $2`
      : `${rows} where t.id in (${selectIds(query, query.account, where, parameter)})
          order by ${order} limit $2`;
  return { text: page, values };
}

function whereTransfers(query: TransferQuery, parameter: (value: unknown) => string): string {
  const { filters, place } = query;
  const parts = ['t.ledger_id = (select id from ledger.ledgers where name = $1)'];
  if (filters.status !== undefined) parts.push(`t.status = ${parameter(filters.status)}`);
  if (filters.externalId !== undefined) {
    parts.push(`t.external_id = ${parameter(filters.externalId)} and t.status <> 'FAILED'`);
  }
  const time = (value: number) => `${parameter(formatTime(value))}::timestamptz`;
  if (filters.createdAfter !== undefined) parts.push(`t.created_at >= ${time(filters.createdAfter)}`);
  if (filters.createdBefore !== undefined) parts.push(`t.created_at < ${time(filters.createdBefore)}`);
  if (place !== undefined) {
    const key = `(${time(place[0])}, ${parameter(place[1])}::bigint)`;
    parts.push(`(t.created_at, t.created_position) ${query.order === 'asc' ? '>' : '<'} ${key}`);
  }
  return parts.join(' and ');
}

/**
 * The ids of an account's page: each branch walks one index in the order of the list and stops at the
 * limit. What was completed at once is found through the account's lines, created at the time of its
 * line; what was not, through the indexes of that. Positions and times grow together, so ordering by
 * either is the same.
 */
function selectIds(
  query: TransferQuery,
  account: string,
  where: string,
  parameter: (value: unknown) => string,
): string {
  const { order, filters, place } = query;
  const id = `${parameter(account)}::uuid`;
  const after =
    place === undefined
      ? ''
      : `and t.created_position ${order === 'asc' ? '>' : '<'} ${parameter(place[1])}::bigint`;
  const unposted = (column: 'from_id' | 'to_id') => `(select t.id from ledger.transfers t
    where t.${column} = ${id} and t.created_as <> 'COMPLETED' and ${where}
    ${after}
    order by t.created_position ${order} limit $2)`;
  const unions = `${unposted('from_id')} union ${unposted('to_id')}`;
  if (filters.status !== undefined && filters.status !== 'COMPLETED') return unions;
  // A line has one entry and an entry at most one transfer; as a plain join the planner reads all of
  // each (measured).
  return `${unions} union (select t.id from ledger.lines l
    cross join lateral (select t.id from ledger.entries e
      join ledger.transfers t on t.id = e.transfer_id and t.created_as = 'COMPLETED'
      where e.ledger_id = (select id from ledger.ledgers where name = $1)
        and e.entry_number = l.entry_number and e.position = l.position and ${where} limit 1) t
    where l.account_id = ${id} ${boundLines(query, parameter)}
    order by l.posted_at ${order}, l.position ${order} limit $2)`;
}

/** The bounds of creation as bounds of the lines, so that the walk begins at its place in the index. */
function boundLines(
  { filters, order, place }: TransferQuery,
  parameter: (value: unknown) => string,
): string {
  const time = (value: number) => `${parameter(formatTime(value))}::timestamptz`;
  const parts = [''];
  const low = order === 'asc' && place !== undefined ? place[0] : filters.createdAfter;
  if (low !== undefined) parts.push(`l.posted_at >= ${time(low)}`);
  if (order === 'desc' && place !== undefined) parts.push(`l.posted_at <= ${time(place[0])}`);
  else if (filters.createdBefore !== undefined)
    parts.push(`l.posted_at < ${time(filters.createdBefore)}`);
  return parts.join(' and ');
}
