import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { exportLedger, isExportFormat, exportFormats } from '../proof/export-ledger.ts';
import { databaseOptions, textOf, UsageError, type Command } from './command.ts';

/** Writes a ledger's journal to a file, from the database itself. */
export const exportCommand: Command = {
  summary: 'Write a journal to a file or the standard output, from the database itself',
  usage: '',
  options: {
    format: {
      type: 'string',
      choices: exportFormats,
      describe: 'ndjson when absent, which can be imported',
    },
    out: { type: 'string', value: '<file>', describe: 'Standard output when absent' },
    ...databaseOptions,
  },
  examples: [['credit-ledger export --data-dir .data --ledger main --out main.ndjson', '']],
  run: (given, { withDatabase }) => {
    const format = textOf(given, 'format') ?? 'ndjson';
    if (!isExportFormat(format)) throw new UsageError(`--format: one of ${exportFormats.join(', ')}`);
    const file = textOf(given, 'out');
    return withDatabase(given, async ({ config }) => {
      const db = new Client({ ...config, application_name: 'credit-ledger export' });
      await db.connect();
      try {
        const pieces = exportLedger(db, textOf(given, 'ledger') ?? 'main', format, Date.now);
        if (file === undefined) await pipeline(Readable.from(pieces), process.stdout, { end: false });
        else await pipeline(Readable.from(pieces), createWriteStream(file, { flush: true }));
      } finally {
        await db.end();
      }
      return 0;
    });
  },
};
