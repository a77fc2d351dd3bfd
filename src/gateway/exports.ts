import { Readable } from 'node:stream';
import { NoSuchLedger } from '../proof/export-journal.ts';
import type { ExportFormat } from '../proof/export-ledger.ts';
import type { Handlers } from './call.ts';
import { answerProblem } from './problem.ts';

/** Opens a snapshot of a ledger and tells it as text, in pieces. */
export type OpenExport = (ledger: string, format: ExportFormat) => AsyncGenerator<string>;

const mediaTypes: Readonly<Record<ExportFormat, string>> = {
  ndjson: 'application/x-ndjson',
  hledger: 'text/plain; charset=utf-8',
  ledger: 'text/plain; charset=utf-8',
  beancount: 'text/plain; charset=utf-8',
};

/** The journal of a ledger as one stream. What fails before its first piece is answered as a problem. */
export function exportHandlers(open: OpenExport): Handlers<'exportLedger'> {
  return {
    exportLedger: async ({ ledger, query }) => {
      const { format } = query;
      const pieces = open(ledger, format);
      const first = await begin(pieces);
      if (first === undefined)
        return answerProblem({ code: 'ledger_not_found', detail: `there is no ledger ${ledger}` });
      const body = Readable.from(startingWith(first, pieces));
      return { status: 200, body, type: mediaTypes[format], headers: {} };
    },
  };
}

/** Undefined where there is no such ledger. */
async function begin(pieces: AsyncGenerator<string>): Promise<IteratorResult<string> | undefined> {
  try {
    return await pieces.next();
  } catch (error) {
    if (error instanceof NoSuchLedger) return undefined;
    throw error;
  }
}

async function* startingWith(
  first: IteratorResult<string>,
  pieces: AsyncGenerator<string>,
): AsyncGenerator<string> {
  try {
    if (first.done !== true) yield first.value;
    yield* pieces;
  } finally {
    await pieces.return(undefined);
  }
}
