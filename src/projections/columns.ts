import { plainColumn, textColumn } from '../postgres/array-parameters.ts';
import { suffixOf, type Effect, type Target } from './projection.ts';

type Value = string | number | bigint | null;

/** A column of a read model, and what a row has in it. */
export interface Column<Row> {
  readonly name: string;
  /** Its type in PostgreSQL. */
  readonly type: string;
  /** Free text: it may hold anything that needs quoting. */
  readonly isFree: boolean;
  readonly pick: (row: Row) => Value;
}

/** A column of numbers, UUIDs, times or words, that need no quoting. */
export function plain<Row>(name: string, type: string, pick: (row: Row) => Value): Column<Row> {
  return { name, type, isFree: false, pick };
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
    values: columns.map(({ isFree, pick }) =>
      isFree ? textColumn(rows, (row) => asText(pick(row))) : plainColumn(rows, pick),
    ),
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
  const text = `copy read_models.${table}${suffixOf(target)} (${namesOf(columns)}) from stdin`;
  return { kind: 'copy', text, data: copyText(columns, rows) };
}

function namesOf<Row>(columns: readonly Column<Row>[]): string {
  return columns.map(({ name }) => name).join(', ');
}

/** PostgreSQL's text format of COPY. */
function copyText<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  let text = '';
  for (const row of rows) {
    let separator = '';
    for (const { isFree, pick } of columns) {
      const value = pick(row);
      text += separator + (value === null ? '\\N' : isFree ? escaped(String(value)) : value);
      separator = '\t';
    }
    text += '\n';
  }
  return text;
}

const special = /[\\\t\n\r]/;
const specials = /[\\\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
};

function escaped(value: string): string {
  return special.test(value) ? value.replace(specials, (found) => escapes[found] ?? found) : value;
}

function asText(value: Value): string | null {
  return value === null ? null : String(value);
}
