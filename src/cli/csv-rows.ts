import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { z } from 'zod';
import { missingColumns, type Cells, type Mapping } from './csv-mapping.ts';
import { UsageError } from './command.ts';

/** A row of the file. */
export interface Row {
  /** The line it begins on, counted from 1 as editors do. */
  readonly line: number;
  readonly cells: Cells;
  /**
   * The same for the same row at every run: of its text, and of how often that came before in the file. Empty where
   * the mapping has a key of its own.
   */
  readonly hash: string;
}

const parsedRow = z.object({
  record: z.array(z.string()),
  info: z.object({ lines: z.int() }),
});

/** The rows of a file, as they are read. @throws {UsageError} for what is no CSV, or lacks a column of the mapping */
export async function* readRows(file: string, map: Mapping): AsyncGenerator<Row> {
  const parser = parse({
    delimiter: map.delimiter,
    encoding: map.encoding,
    bom: true,
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
  });
  const input = createReadStream(file);
  // A pipe carries no error along: a file that can't be read would end the program with a stack.
  input.on('error', (error) => parser.destroy(error)).pipe(parser);
  let header: string[] | undefined;
  let endedAt = 0;
  const seen = new Map<string, number>();
  try {
    for await (const parsed of parser) {
      const { record, info } = parsedRow.parse(parsed);
      const line = endedAt + 1;
      endedAt = info.lines;
      if (header === undefined) {
        header = nameColumns(record, map);
        continue;
      }
      const hash = map.key === undefined ? hashOf(record, seen) : '';
      yield { line, cells: cellsOf(header, record, line), hash };
    }
  } catch (error) {
    if (error instanceof CsvError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

/** A name that comes twice is told from the first by a number: `account`, `account_2`. */
function nameColumns(record: readonly string[], map: Mapping): string[] {
  const header = record.map((name, index) => {
    const earlier = record.slice(0, index).filter((other) => other === name).length;
    return earlier === 0 ? name : `${name}_${earlier + 1}`;
  });
  const missing = missingColumns(map, header);
  if (missing.length === 0) return header;
  throw new UsageError(`the file has no column ${missing.join(', ')}; it has ${header.join(', ')}`);
}

function cellsOf(header: readonly string[], record: readonly string[], line: number): Cells {
  const isRagged = record.length !== header.length;
  const cells = Object.fromEntries(header.map((name, index) => [name, (record[index] ?? '').trim()]));
  // Told as a fault of the row where it is judged.
  return isRagged
    ? { ...cells, '': `line ${line} has ${record.length} cells, not ${header.length}` }
    : cells;
}

/** Rows that are alike are told apart by their number among themselves: a file may pay the same twice. */
function hashOf(record: readonly string[], seen: Map<string, number>): string {
  const digest = createHash('sha256').update(record.join('\u001f')).digest('base64url').slice(0, 32);
  const count = (seen.get(digest) ?? 0) + 1;
  seen.set(digest, count);
  return count === 1 ? digest : `${digest}-${count}`;
}
