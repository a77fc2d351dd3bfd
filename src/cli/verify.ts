import type { KeyObject } from 'node:crypto';
import { styleText } from 'node:util';
import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { Client } from 'pg';
import { checks } from '../proof/findings.ts';
import { openArchivedLog } from '../retention/archived-log.ts';
import { verifyDatabase, type VerificationReport } from '../proof/verify-database.ts';
import { viewResults } from '../proof/verify-report.ts';
import { verifyExport } from '../proof/verify-export.ts';
import {
  databaseOptions,
  readLines,
  textOf,
  type Command,
  type Given,
  type Surface,
} from './command.ts';
import { readKey } from './public-key.ts';
import { clearBar, showBar } from './wait-for.ts';

/** Verifies a whole book, with no server. */
export const verify: Command = {
  summary: 'Verify every hash, balance, number and seal of a database or of an export, with no server',
  usage: '',
  options: {
    export: { type: 'string', value: '<file>', describe: 'An export in place of a database' },
    key: {
      type: 'string',
      value: '<public key>',
      describe: 'That the signed heads of the export are of',
    },
    json: { type: 'boolean', describe: 'The report as JSON' },
    ...databaseOptions,
    'seal-dir': { type: 'string', value: '<directory>', describe: 'Where signed heads are kept' },
    'archive-dir': { type: 'string', value: '<directory>', describe: 'Where old events are kept' },
  },
  examples: [
    ['credit-ledger verify --data-dir .data', 'the whole book of the embedded database'],
    ['credit-ledger verify --export main.ndjson --key seal.pub', 'a file, with no database'],
  ],
  run: async (given, surface) => {
    const file = textOf(given, 'export');
    const report =
      file === undefined
        ? await verifyIn(given, surface)
        : await verifyExport(readLines(file), await keyOf(given));
    const { position, isWhole, results } = report;
    if (given.values['json'] === true)
      surface.out(`${stringifyJson({ position, is_whole: isWhole, checks: viewResults(results) })}\n`);
    else surface.out(reportText(report));
    return isWhole ? 0 : 1;
  },
};

function verifyIn(given: Given, surface: Surface): Promise<VerificationReport> {
  return surface.withDatabase(given, async ({ config, sealDir, archiveDir }) => {
    const db = new Client({ ...config, application_name: 'credit-ledger verification' });
    await db.connect();
    try {
      return await verifyDatabase({
        db,
        directory: { path: sealDir, keyFile: undefined },
        readArchived: archiveDir === undefined ? undefined : openArchivedLog(db, archiveDir).read,
        onProgress: progressBar(surface),
        monotonicMs: () => performance.now(),
      });
    } finally {
      await db.end();
      clearBar(surface);
    }
  });
}

function progressBar(surface: Surface) {
  return (position: number, target: number): Promise<void> => {
    showBar(surface, `${position} of ${target} events`, target === 0 ? 1 : position / target);
    return Promise.resolve();
  };
}

function reportText({ position, isWhole, results }: VerificationReport): string {
  const rows = results.map(({ check, count, first }) => {
    if (first === null) return `${styleText('green', 'holds')}  ${checks[check]}\n`;
    const where = stringifyJson(first.where);
    return `${styleText('red', 'BROKEN')} ${checks[check]}: ${count}, first ${where}: ${first.what}\n`;
  });
  const end = isWhole ? 'The book is whole' : 'The book is NOT whole';
  return `${rows.join('')}${end}, verified up to position ${position}.\n`;
}

async function keyOf(given: Given): Promise<KeyObject | undefined> {
  const key = textOf(given, 'key');
  return key === undefined ? undefined : readKey(key);
}
