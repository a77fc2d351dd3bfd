import type { KeyObject } from 'node:crypto';
import { styleText } from 'node:util';
import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { Client } from 'pg';
import { checks } from '../proof/findings.ts';
import { openArchivedLog } from '../retention/archived-log.ts';
import { verifyDatabase, type VerificationReport } from '../proof/verify-database.ts';
import { viewResults } from '../proof/verify-report.ts';
import { verifyExport } from '../proof/verify-export.ts';
import { readLines, textOf, type Command, type Given, type Surface } from './command.ts';
import { readKey } from './public-key.ts';

/** Verifies a whole book, with no server. */
export const verify: Command = {
  summary: 'Verify every hash, balance, number and seal of a database or of an export, with no server',
  usage:
    '[--database-url <url> | --data-dir <directory>] [--seal-dir <directory>] [--archive-dir <directory>] | --export <file> [--key <public key>]',
  options: {
    export: { type: 'string' },
    key: { type: 'string' },
    json: { type: 'boolean' },
  },
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
      if (surface.isTerminal) surface.err('\r\u001b[K');
    }
  });
}

const barWidth = 40;

function progressBar({ err, isTerminal }: Surface) {
  const beganAt = performance.now();
  return (position: number, target: number): Promise<void> => {
    if (!isTerminal) return Promise.resolve();
    const share = target === 0 ? 1 : position / target;
    const bar = '█'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '░');
    const leftSeconds = Math.round(
      ((performance.now() - beganAt) / share - (performance.now() - beganAt)) / 1000,
    );
    err(
      `\r${bar} ${Math.floor(share * 100)} %, ${position} of ${target} events, ${leftSeconds} s left\u001b[K`,
    );
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
