import { formatTime } from '@credit-ledger/contract/times.ts';
import type { TransferStatus } from '@credit-ledger/contract/transfers.ts';
import { z } from 'zod';
import { unknownAccount } from './account-match.ts';
import { readCursor, timePlace, writeCursor } from './cursor.ts';
import { readAccount } from './read-accounts.ts';
import {
  found,
  toPage,
  type Answer,
  type Page,
  type PageRequest,
  type Queryable,
} from './read-answer.ts';
import { transferColumns, toTransfer, type TransferRow } from './rows.ts';
import type { Transfer } from './state.ts';

/** Each filter narrows; an absent one does not. Times are milliseconds since 1970, accounts UUIDs or `ext:` ids. */
export interface TransferSearch {
  readonly accountId?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly status?: TransferStatus | undefined;
  readonly externalId?: string | undefined;
  /** At or after; before. */
  readonly createdAfter?: number | undefined;
  readonly createdBefore?: number | undefined;
  readonly effectiveAfter?: number | undefined;
  readonly effectiveBefore?: number | undefined;
  /** From and up to these amounts. */
  readonly minAmount?: bigint | undefined;
  readonly maxAmount?: bigint | undefined;
  /** Fields of the metadata's top level and the text of their values. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly order: 'asc' | 'desc';
}

/** Where transfers are searched: constants of SQL, in which `t` is the transfer. */
export interface SearchSource {
  readonly from: string;
  readonly id: string;
  /** With the name of the ledger as `$1`. */
  readonly ofLedger: string;
}

/** The ledger's own table, which has an index for the time of creation only. */
export const ledgerSearch: SearchSource = {
  from: 'ledger.transfers t',
  id: 't.id',
  ofLedger: 't.ledger_id = (select id from ledger.ledgers where name = $1)',
};

const searchPlace = z.tuple([timePlace, z.uuid()]);

interface Hit {
  readonly id: string;
  readonly created_at: Date;
}

/**
 * Transfers by any of their properties, by time of creation and then id. Which ones is asked of `source`, their
 * rows are the ledger's. Refused with 422 `account_not_found`, 400 `invalid_cursor`.
 */
export async function searchTransfers(
  db: Queryable,
  ledger: string,
  search: TransferSearch,
  page: PageRequest,
  { index, source }: { readonly index: Queryable; readonly source: SearchSource },
): Promise<Answer<Page<Transfer>>> {
  const scope = [
    'found transfers',
    ledger,
    JSON.stringify(search, (_, value: unknown) => plainOf(value)),
  ];
  const cursor = readCursor(scope, page.cursor, searchPlace);
  if (cursor.kind === 'refused') return cursor;
  const accounts = await findAccounts(db, ledger, search);
  if (accounts.kind === 'refused') return accounts;
  const query = selectHits(
    source,
    ledger,
    { ...search, ...accounts.value },
    cursor.value,
    page.limit + 1,
  );
  const { rows: hits } = await index.query<Hit>(query);
  const cursorOf = (last: Hit) => writeCursor(scope, [last.created_at.getTime(), last.id]);
  const { data, nextCursor } = toPage(hits, page.limit, cursorOf);
  return found({ data: await readFound(db, ledger, data, search.status), nextCursor });
}

function plainOf(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

type Accounts = Pick<TransferSearch, 'accountId' | 'from' | 'to'>;

/** The accounts that a search names, by their ids. */
async function findAccounts(db: Queryable, ledger: string, search: Accounts): Promise<Answer<Accounts>> {
  const ids: { accountId?: string; from?: string; to?: string } = {};
  for (const name of ['accountId', 'from', 'to'] as const) {
    const ref = search[name];
    if (ref === undefined) continue;
    const account = await readAccount(db, ledger, ref);
    if (account.kind === 'refused') return unknownAccount(ref);
    ids[name] = account.value.settings.id;
  }
  return found(ids);
}

function selectHits(
  source: SearchSource,
  ledger: string,
  search: TransferSearch,
  place: readonly [time: number, id: string] | undefined,
  limit: number,
): { text: string; values: unknown[] } {
  const values: unknown[] = [ledger, limit];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const parts = [source.ofLedger, ...conditions(search, parameter)];
  if (place !== undefined) {
    const key = `(${parameter(formatTime(place[0]))}::timestamptz, ${parameter(place[1])}::uuid)`;
    parts.push(`(t.created_at, ${source.id}) ${search.order === 'asc' ? '>' : '<'} ${key}`);
  }
  const text = `select ${source.id} as id, t.created_at from ${source.from} where ${parts.join(' and ')}
    order by t.created_at ${search.order}, ${source.id} ${search.order} limit $2`;
  return { text, values };
}

function conditions(search: TransferSearch, parameter: (value: unknown) => string): string[] {
  const parts: string[] = [];
  const add = (value: unknown, write: (name: string) => string) => {
    if (value !== undefined)
      parts.push(write(parameter(typeof value === 'bigint' ? String(value) : value)));
  };
  const time = (value: number | undefined) => (value === undefined ? undefined : formatTime(value));
  add(search.accountId, (name) => `(t.from_id = ${name}::uuid or t.to_id = ${name}::uuid)`);
  add(search.from, (name) => `t.from_id = ${name}::uuid`);
  add(search.to, (name) => `t.to_id = ${name}::uuid`);
  add(search.status, (name) => `t.status = ${name}`);
  add(search.externalId, (name) => `t.external_id = ${name} and t.status <> 'FAILED'`);
  add(time(search.createdAfter), (name) => `t.created_at >= ${name}::timestamptz`);
  add(time(search.createdBefore), (name) => `t.created_at < ${name}::timestamptz`);
  add(time(search.effectiveAfter), (name) => `t.effective_at >= ${name}::timestamptz`);
  add(time(search.effectiveBefore), (name) => `t.effective_at < ${name}::timestamptz`);
  add(search.minAmount, (name) => `t.amount_minor >= ${name}::bigint`);
  add(search.maxAmount, (name) => `t.amount_minor <= ${name}::bigint`);
  for (const [field, text] of Object.entries(search.metadata ?? {})) {
    const asked = spellings(field, text).map(
      (value) => `t.metadata::jsonb @> ${parameter(value)}::jsonb`,
    );
    parts.push(`t.metadata <> '{}' and (${asked.join(' or ')})`);
  }
  return parts;
}

/** A text may stand for a string, and for a number, `true`, `false` or `null` that is written so. */
function spellings(field: string, text: string): string[] {
  const asText = JSON.stringify({ [field]: text });
  const isLiteral = /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?)$/.test(text);
  return isLiteral ? [asText, `{${JSON.stringify(field)}:${text}}`] : [asText];
}

/** The rows of the hits, in their order. What has got another status since it was found is left out. */
async function readFound(
  db: Queryable,
  ledger: string,
  hits: readonly Hit[],
  status: TransferStatus | undefined,
): Promise<Transfer[]> {
  if (hits.length === 0) return [];
  const { rows } = await db.query<TransferRow>({
    name: 'read-found-transfers',
    text: `select ${transferColumns} from ledger.transfers t join ledger.ledgers g on g.id = t.ledger_id
      where g.name = $1 and t.id = any($2::uuid[])`,
    values: [ledger, hits.map(({ id }) => id)],
  });
  const byId = new Map(rows.map((row) => [row.id, toTransfer(row)]));
  return hits
    .map(({ id }) => byId.get(id))
    .filter((transfer) => transfer !== undefined)
    .filter((transfer) => status === undefined || transfer.status === status);
}
