import { z } from 'zod';
import { readCursor, writeCursor } from './cursor.ts';
import {
  found,
  noAnswer,
  toPage,
  type Answer,
  type Page,
  type PageRequest,
  type Queryable,
  type ReadRefusal,
} from './read-answer.ts';
import { ledgerColumns, toLedger, type LedgerRow } from './rows.ts';
import type { Ledger } from './state.ts';

/** One ledger by name, with the end of its hash chain. Refused with 404 `ledger_not_found`. */
export async function readLedger(db: Queryable, name: string): Promise<Answer<Ledger>> {
  const { rows } = await db.query<LedgerRow>({
    name: 'read-ledger',
    text: `select ${ledgerColumns} from ledger.ledgers g where g.name = $1`,
    values: [name],
  });
  const [row] = rows;
  return row === undefined ? unknownLedger(name) : found(toLedger(row));
}

/** The answer for a name that no ledger has. */
export function unknownLedger(name: string): { kind: 'refused'; refusal: ReadRefusal } {
  return noAnswer('ledger_not_found', `There is no ledger ${name}`, { ledger: name });
}

/** For lists that came out empty: they are, or the ledger is unknown. */
export async function refuseUnknownLedger(
  db: Queryable,
  name: string,
): Promise<{ kind: 'refused'; refusal: ReadRefusal } | undefined> {
  const ledger = await readLedger(db, name);
  return ledger.kind === 'refused' ? ledger : undefined;
}

const ledgerPlace = z.tuple([z.int32().min(0)]);

/** Ledgers in the order of their making; of a sandbox its newest life. @param names only these, or all where undefined. */
export async function listLedgers(
  db: Queryable,
  names: readonly string[] | undefined,
  page: PageRequest,
): Promise<Answer<Page<Ledger>>> {
  const scope = ['ledgers', JSON.stringify(names?.toSorted())];
  const cursor = readCursor(scope, page.cursor, ledgerPlace);
  if (cursor.kind === 'refused') return cursor;
  const { rows } = await db.query<LedgerRow>(
    `select ${ledgerColumns} from ledger.ledgers g
      where g.id > $1 and ($2::text[] is null or g.name = any($2))
        and (g.sandbox is null or not exists
          (select from ledger.ledgers o where o.sandbox = g.sandbox and o.id > g.id))
      order by g.id limit $3`,
    [cursor.value?.[0] ?? 0, names ?? null, page.limit + 1],
  );
  return found(toPage(rows.map(toLedger), page.limit, (last) => writeCursor(scope, [last.id])));
}

/** A currency beyond ISO 4217. */
export interface RegisteredCurrency {
  readonly code: string;
  readonly scale: number;
}

/** Every registered currency by code; they are few and shared by all ledgers. */
export async function listRegisteredCurrencies(db: Queryable): Promise<readonly RegisteredCurrency[]> {
  const { rows } = await db.query<RegisteredCurrency>(
    'select code, scale from ledger.currencies order by code',
  );
  return rows;
}

/**
 * How far the ledgers of this database are: `time` is that of the last commit, in milliseconds since
 * 1970.
 */
export interface Head {
  readonly databaseId: string;
  readonly epoch: number;
  readonly position: number;
  readonly time: number;
  /** Where the process that writes can be reached; empty before the first. */
  readonly holder: string;
}

interface HeadRow {
  readonly database_id: string;
  readonly epoch: string;
  readonly position: string;
  readonly time: Date;
  readonly holder: string;
}

/** The head that all commits move. */
export async function readHead(db: Queryable): Promise<Head> {
  const { rows } = await db.query<HeadRow>({
    name: 'read-head',
    text: 'select database_id, epoch, position, time, holder from ledger.head',
  });
  const [row] = rows;
  if (row === undefined) throw new Error('ledger.head has no row: the schema is not whole');
  return {
    databaseId: row.database_id,
    epoch: Number(row.epoch),
    position: Number(row.position),
    time: row.time.getTime(),
    holder: row.holder,
  };
}

/** By which databases are told apart. */
export async function readDatabaseId(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ id: string }>('select database_id as id from ledger.head');
  if (rows[0] === undefined) throw new Error('the ledger has no head');
  return rows[0].id;
}
