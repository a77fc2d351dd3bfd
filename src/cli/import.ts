import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { Client } from 'pg';
import { importJournal } from '../proof/import-journal.ts';
import {
  databaseOptions,
  readLines,
  requireFile,
  type Command,
  type OpenedDatabase,
} from './command.ts';

/** Imports an export into an empty ledger. */
export const importCommand: Command = {
  summary: 'Import an export into a ledger that is empty or not there; no server may run meanwhile',
  usage: '<file>',
  options: databaseOptions,
  examples: [['credit-ledger import main.ndjson --data-dir /var/lib/credit-ledger', '']],
  run: (given, { withDatabase, out }) => {
    const file = requireFile(given);
    const work = async ({ config, prepare }: OpenedDatabase): Promise<number> => {
      await prepare();
      const db = new Client({ ...config, application_name: 'credit-ledger import' });
      await db.connect();
      try {
        const { ledger, accounts, entries, headHash } = await importJournal(db, readLines(file));
        out(`${stringifyJson({ ledger, accounts, entries, head_hash: headHash })}\n`);
      } finally {
        await db.end();
      }
      return 0;
    };
    return withDatabase(given, work, true);
  },
};
