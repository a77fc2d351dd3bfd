import { formatTime } from '@credit-ledger/contract/times.ts';
import { plainColumn, textColumn } from '../postgres/array-parameters.ts';
import { binaryCopy } from './binary-copy.ts';
import { suffixOf, type Effect, type Target } from './projection.ts';

type Value = string | number | bigint | null;

/** Types of PostgreSQL. */
type ColumnType = 'bigint' | 'date' | 'numeric' | 'smallint' | 'text' | 'timestamptz' | 'uuid';

/** A column of a read model, and what a row has in it. */
export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  /** Free text: it may hold anything that needs quoting. */
  readonly isFree: boolean;
  readonly pick: (row: Row) => Value;
}

/** A column of numbers, UUIDs or words, that need no quoting. */
export function plain<Row>(
  name: string,
  type: Exclude<ColumnType, 'timestamptz'>,
  pick: (row: Row) => Value,
): Column<Row> {
  return { name, type, isFree: false, pick };
}

/** A column of times, in milliseconds since 1970. */
export function time<Row>(name: string, pick: (row: Row) => number | bigint | null): Column<Row> {
  return { name, type: 'timestamptz', isFree: false, pick };
}

/** A column of free text. */
export function free<Row>(name: string, pick: (row: Row) => string | null): Column<Row> {
  return { name, type: 'text', isFree: true, pick };
}

/** Inserts rows, one array a column. `onConflict` is what happens to a row whose key is there. */
export function insertRows<Row>(
  table: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { target, onConflict }: { target: Target; onConflict: string },
): Effect {
  const suffix = suffixOf(target);
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
  return {
    kind: 'query',
    name: `project-${table}${suffix}`,
    text: `insert into read_models.${table}${suffix} as t (${namesOf(columns)})
      select * from unnest(${arrays}) on conflict ${onConflict}`,
    values: columns.map((column) => arrayOf(column, rows)),
  };
}

/**
 * Adds rows of which each event has its own: one that comes again changes nothing. In bulk, where the table
 * has no key yet, they are copied, which costs PostgreSQL less than half.
 */
export function appendRows<Row>(
  table: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  target: Target,
): Effect {
  if (target !== 'bulk') return insertRows(table, columns, rows, { target, onConflict: 'do nothing' });
  const into = `${table}${suffixOf(target)} (${namesOf(columns)})`;
  const text = `copy read_models.${into} from stdin (format binary)`;
  return { kind: 'copy', text, data: binaryCopy(columns, rows) };
}

function namesOf<Row>(columns: readonly Column<Row>[]): string {
  return columns.map(({ name }) => name).join(', ');
}

function arrayOf<Row>({ type, isFree, pick }: Column<Row>, rows: readonly Row[]): string {
  if (isFree) return textColumn(rows, (row) => asText(pick(row)));
  if (type !== 'timestamptz') return plainColumn(rows, pick);
  return plainColumn(rows, (row) => {
    const ms = pick(row);
    return ms === null ? null : formatTime(Number(ms));
  });
}

function asText(value: Value): string | null {
  return value === null ? null : String(value);
}
