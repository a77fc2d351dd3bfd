import type { ClientBase } from 'pg';
import { exportNdjson } from './export-journal.ts';
import { exportPlainText } from './plain-text.ts';

export const exportFormats = ['ndjson', 'hledger', 'ledger', 'beancount'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export function isExportFormat(text: string): text is ExportFormat {
  return exportFormats.some((format) => format === text);
}

/** A ledger as text, in pieces of whole lines. @throws {NoSuchLedger} */
export function exportLedger(
  db: ClientBase,
  ledger: string,
  format: ExportFormat,
  now: () => number,
): AsyncGenerator<string> {
  return format === 'ndjson' ? exportNdjson(db, ledger, now) : exportPlainText(db, ledger, format);
}
