import { JsonText } from '@credit-ledger/contract/json.ts';
import type { StatementLineOut } from '@credit-ledger/contract/statements.ts';
import type { WholeStatement } from '../../src/statements/whole-statement.ts';

const rowsPerPage = 2000;

/** A statement of so many lines, made as it is read; counts the pages that were asked for. */
export function longStatement(lineCount: number): {
  statement: WholeStatement;
  pagesRead: () => number;
} {
  let read = 0;
  async function* pages() {
    for (let first = 1; first <= lineCount; first += rowsPerPage) {
      read += 1;
      const rows = Math.min(rowsPerPage, lineCount - first + 1);
      yield await Promise.resolve(Array.from({ length: rows }, (_, index) => lineOf(first + index)));
    }
  }
  const credits = (BigInt(lineCount) * BigInt(lineCount + 1)) / 2n;
  const id = '01a1ff2d-fa73-76bc-b31c-5651b7ece527';
  const statement: WholeStatement = {
    account: {
      id,
      ledger: 'main',
      externalId: 'customer-17',
      type: 'LIABILITY',
      normalSide: 'CREDIT',
      currency: 'EUR',
      external: false,
      name: 'Zoë <& Co>',
      status: 'ACTIVE',
      creditLimit: null,
      schedule: [],
      metadata: '{}',
      revision: 1,
      createdAt: 0,
      createdPosition: 1,
    },
    scale: 2,
    from: '2026-01-01T00:00:00.000Z',
    to: '2026-04-01T00:00:00.000Z',
    asOfPosition: 12_345,
    opening: 0n,
    closing: credits,
    debits: 0n,
    credits,
    debitCount: 0,
    creditCount: lineCount,
    pages,
  };
  return { statement, pagesRead: () => read };
}

function lineOf(number: number): StatementLineOut {
  return {
    entry_id: '01a1ff2d-fa73-76bc-b31c-5651b7ece527',
    entry_number: number,
    transfer_id: '01a1ff2d-fa73-76bc-b31c-5652ac7524bc',
    side: 'CREDIT',
    amount_minor: BigInt(number),
    balance_after_minor: BigInt(number),
    version: number,
    posted_at: '2026-03-01T12:00:00.000Z',
    effective_at: '2026-03-01T12:00:00.000Z',
    description: number % 2 === 0 ? `Счёт ${number}` : `Invoice ${number}`,
    counterparty_account_id: null,
    metadata: new JsonText('{}'),
  };
}
