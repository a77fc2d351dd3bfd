import type { StatementLineOut, StatementOut } from '@credit-ledger/contract/statements.ts';
import { writeCsvText } from '../runtime/csv.ts';
import { found, type Answer, type Queryable } from './read-answer.ts';
import { ledgerSource } from './read-source.ts';
import { readStatement, type StatementRequest } from './read-statement.ts';

/** Lines read at a time: what one export holds in memory. */
const rowsPerRead = 2000;

const header =
  'entry_id,entry_number,transfer_id,side,amount_minor,balance_after_minor,version,posted_at,effective_at,' +
  'description,counterparty_account_id,metadata\r\n';

/** A statement on its way, and the position it is frozen at. */
export interface StatementCsv {
  readonly pieces: AsyncGenerator<string, void, undefined>;
  readonly asOfPosition: number;
}

/**
 * The whole statement as CSV (RFC 4180), in pieces of bounded size, frozen at the position of the first.
 * Amounts are plain integers of minor units; text that a spreadsheet would take for a formula begins
 * with an apostrophe. Each piece is a snapshot of its own, so a slow download holds no transaction open.
 * Refused as `readStatement`, before the first piece.
 */
export async function readStatementCsv(
  db: Queryable,
  ledger: string,
  ref: string,
  request: Omit<StatementRequest, 'limit' | 'cursor'>,
  source = ledgerSource,
): Promise<Answer<StatementCsv>> {
  const readPage = (cursor: string | undefined) =>
    readStatement(db, ledger, ref, { ...request, limit: rowsPerRead, cursor }, source);
  const first = await readPage(undefined);
  if (first.kind === 'refused') return first;
  const pieces = writePieces(first.value, async (cursor) => {
    const page = await readPage(cursor);
    if (page.kind === 'found') return page.value;
    throw new Error(`the statement of ${ref} can not be continued: ${page.refusal.detail}`);
  });
  return found({ pieces, asOfPosition: first.value.as_of_position });
}

async function* writePieces(first: StatementOut, readNext: (cursor: string) => Promise<StatementOut>) {
  let page = first;
  yield header + page.lines.map(writeLine).join('');
  while (page.next_cursor !== null) {
    page = await readNext(page.next_cursor);
    yield page.lines.map(writeLine).join('');
  }
}

function writeLine(line: StatementLineOut): string {
  const cells = [
    line.entry_id,
    line.entry_number,
    line.transfer_id ?? '',
    line.side,
    line.amount_minor,
    line.balance_after_minor,
    line.version,
    line.posted_at,
    line.effective_at,
    writeCsvText(line.description ?? ''),
    line.counterparty_account_id ?? '',
    writeCsvText(line.metadata.text),
  ];
  return `${cells.join(',')}\r\n`;
}
