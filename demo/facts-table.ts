import { styleText } from 'node:util';

/** Something known, beside what was found. */
export interface Fact {
  readonly name: string;
  readonly expected: number | bigint;
  readonly actual: number | bigint;
}

/** Prints the facts as a table. @returns whether each is as expected. */
export function printFacts(facts: readonly Fact[]): boolean {
  const rows = facts.map(({ name, expected, actual }) => ({
    cells: [name, grouped(expected), grouped(actual)],
    ok: BigInt(expected) === BigInt(actual),
  }));
  const titles = ['fact', 'expected', 'actual'];
  const widths = titles.map((title, index) =>
    Math.max(title.length, ...rows.map(({ cells }) => cells[index]?.length ?? 0)),
  );
  const lineOf = (cells: readonly string[], last: string): string =>
    `${cells.map((cell, index) => pad(cell, widths[index] ?? 0, index === 0)).join('  ')}  ${last}\n`;
  process.stdout.write(`\n${styleText('bold', lineOf(titles, 'ok'))}`);
  for (const { cells, ok } of rows) {
    process.stdout.write(lineOf(cells, ok ? styleText('green', 'yes') : styleText('red', 'NO')));
  }
  return rows.every(({ ok }) => ok);
}

function pad(cell: string, width: number, isLeft: boolean): string {
  return isLeft ? cell.padEnd(width) : cell.padStart(width);
}

function grouped(value: number | bigint): string {
  return value.toLocaleString('en-US');
}
