import { styleText } from 'node:util';

export type Cell = string | number;

/** A figure that the product is meant to reach. */
export interface Target {
  readonly name: string;
  readonly actual: number;
  readonly goal: number;
  readonly at: 'least' | 'most';
  readonly unit: string;
}

/** What one part of the benchmark found. */
export interface Section {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly targets: readonly Target[];
  /** Counts that have to agree for the figures to mean anything. */
  readonly checks: readonly Check[];
}

export interface Check {
  readonly name: string;
  readonly expected: number;
  readonly actual: number;
}

export function isReached({ actual, goal, at }: Target): boolean {
  return at === 'least' ? actual >= goal : actual <= goal;
}

/** Prints a part: its table, its checks, and a line for each target. */
export function printSection({ title, columns, rows, targets, checks }: Section): void {
  const table = [columns, ...rows].map((row) => row.map(formatCell));
  const widths = columns.map((_, index) => Math.max(...table.map((row) => row[index]?.length ?? 0)));
  process.stdout.write(`\n${styleText('bold', title)}\n`);
  for (const row of table) {
    const cells = row.map((cell, index) =>
      index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
    );
    process.stdout.write(`  ${cells.join('  ')}\n`);
  }
  for (const check of checks) process.stdout.write(`  ${formatCheck(check)}\n`);
  for (const target of targets) process.stdout.write(`  ${formatTarget(target)}\n`);
}

function formatCell(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  return cell.toLocaleString('en-US', { maximumFractionDigits: Math.abs(cell) >= 100 ? 0 : 2 });
}

function formatCheck({ name, expected, actual }: Check): string {
  if (expected === actual) return styleText('green', `equal    ${name}: ${formatCell(actual)}`);
  return styleText('red', `DIFFERS  ${name}: ${formatCell(actual)}, expected ${formatCell(expected)}`);
}

function formatTarget(target: Target): string {
  const { name, actual, goal, at, unit } = target;
  const reached = isReached(target);
  const sign = at === 'least' ? '≥' : '≤';
  const text = `${name}: ${formatCell(actual)} ${unit} (${sign} ${formatCell(goal)} ${unit})`;
  return styleText(reached ? 'green' : 'red', `${reached ? 'reached ' : 'missed  '} ${text}`);
}
