/** Text that a spreadsheet would take for a formula. */
const formula = /^[=+\-@\t\r\n]/;

/** One line of CSV (RFC 4180): text is quoted where it has to be, and never a formula; null is empty. */
export function writeCsvRow(cells: readonly (string | number | bigint | null)[]): string {
  return `${cells.map(writeCell).join(',')}\r\n`;
}

function writeCell(cell: string | number | bigint | null): string {
  return typeof cell === 'string' ? writeCsvText(cell) : String(cell ?? '');
}

/** A cell of text that users wrote: quoted where it has to be, and never a formula. */
export function writeCsvText(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
