import { stringifyJson, type Json } from '@credit-ledger/contract/json.ts';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { styleText } from 'node:util';
import { writeCsvRow } from '../runtime/csv.ts';
import { isGiven, UsageError, type Given, type Options, type Surface } from './command.ts';

/** How results are shown: tables for people, one JSON document a line or CSV for programs. */
export const outputOptions: Options = {
  json: { type: 'boolean', describe: 'One JSON document a line; amounts are exact integers' },
  csv: { type: 'boolean', describe: 'CSV with a heading; no cell is ever a formula' },
};

export type Cell = string | number | bigint | null | undefined;

/** A column: its heading, what it shows of a row, and whether it stands to the right, as numbers do. */
export interface Column<Row> {
  readonly name: string;
  readonly of: (row: Row) => Cell | Promise<Cell>;
  readonly isNumber?: boolean;
}

/** Rows shown together, so that columns line up; the next ones are lined up anew. */
const rowsTogether = 200;

/** Shows a list as it comes. */
export async function showRows<Row extends object>(
  given: Given,
  surface: Surface,
  columns: readonly Column<Row>[],
  rows: Iterable<Row> | AsyncIterable<Row>,
): Promise<void> {
  const form = formOf(given);
  if (form === 'csv') surface.out(writeCsvRow(columns.map(({ name }) => name)));
  let waiting: string[][] = [];
  let shown = 0;
  for await (const row of rows) {
    shown++;
    if (form === 'json') surface.out(`${stringifyJson(toJson(row))}\n`);
    else if (form === 'csv') surface.out(writeCsvRow(await cellsOf(columns, row)));
    else waiting.push((await cellsOf(columns, row)).map(toText));
    if (waiting.length < rowsTogether) continue;
    surface.out(layOut(columns, waiting));
    waiting = [];
  }
  if (form === 'table' && (waiting.length > 0 || shown === 0)) surface.out(layOut(columns, waiting));
  if (form === 'table' && shown === 0) surface.err('Nothing found.\n');
}

/** Shows one thing: its fields one under the other, or as JSON or CSV. */
export async function showOne<Row extends object>(
  given: Given,
  surface: Surface,
  columns: readonly Column<Row>[],
  row: Row,
): Promise<void> {
  if (formOf(given) !== 'table') return showRows(given, surface, columns, [row]);
  const width = Math.max(...columns.map(({ name }) => name.length));
  const cells = await cellsOf(columns, row);
  for (const [index, { name }] of columns.entries())
    surface.out(`${styleText('dim', name.padEnd(width))}  ${toText(cells[index])}\n`);
}

function formOf(given: Given): 'json' | 'csv' | 'table' {
  if (isGiven(given, 'json') && isGiven(given, 'csv')) throw new UsageError('--json or --csv, not both');
  if (isGiven(given, 'json')) return 'json';
  return isGiven(given, 'csv') ? 'csv' : 'table';
}

async function cellsOf<Row>(columns: readonly Column<Row>[], row: Row) {
  const cells: (string | number | bigint | null)[] = [];
  for (const { of } of columns) cells.push((await of(row)) ?? null);
  return cells;
}

/** What others wrote may not move the cursor or colour the terminal. */
function toText(cell: Cell): string {
  // oxlint-disable-next-line no-control-regex -- they are what is meant
  return String(cell ?? '').replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '·');
}

function layOut(
  columns: readonly { readonly name: string; readonly isNumber?: boolean }[],
  rows: readonly string[][],
): string {
  const widths = columns.map(({ name }, index) =>
    Math.max(name.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) =>
        columns[index]?.isNumber === true
          ? cell.padStart(widths[index] ?? 0)
          : cell.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const heading = styleText('bold', line(columns.map(({ name }) => name)));
  return `${[heading, ...rows.map(line)].join('\n')}\n`;
}

/** Answers of the client are JSON but for dates, which it has none of. */
export function toJson(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toJson(item)]));
  if (typeof value === 'string' || typeof value === 'number') return value;
  return typeof value === 'bigint' || typeof value === 'boolean' ? value : null;
}

/** Writes the body of an answer to a file or the standard output, as it comes. */
export async function writeAnswer({ body }: Response, file: string | undefined): Promise<void> {
  if (body === null) return;
  const target = file === undefined ? process.stdout : createWriteStream(file, { flush: true });
  await pipeline(body, target, { end: file !== undefined });
}

/** A time without what nobody reads: `2026-03-01 12:00:00`. */
export function shortTime(time: string | null | undefined): string {
  return time == null ? '' : time.slice(0, 19).replace('T', ' ');
}
