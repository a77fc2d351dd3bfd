import { Readable } from 'node:stream';
import type { StatementOut } from '@credit-ledger/contract/statements.ts';
import { ledgerSource } from '../ledger/read-source.ts';
import { readStatement, type StatementRequest } from '../ledger/read-statement.ts';
import { readStatementCsv, type StatementCsv } from '../ledger/statement-csv.ts';
import { linesSource } from '../projections/read-models.ts';
import type { Answer } from './answer.ts';
import type { Call, Handlers } from './call.ts';
import type { ModelRead } from './read-models.ts';
import { answerBody, readModelled, type Reading } from './reading.ts';

/** Statements, as pages of JSON or as one CSV file. */
export function statementHandlers(reading: Reading): Handlers<'readStatement'> {
  return {
    readStatement: (call) => (wantsCsv(call) ? answerCsv(reading, call) : answerPage(reading, call)),
  };
}

function answerPage(reading: Reading, call: Call<'readStatement'>): Promise<Answer> {
  const request: ModelRead<StatementOut> = {
    ...models,
    read: (db, source) =>
      readStatement(db, call.ledger, call.params.id, toRequest(reading, call), source),
    asOf: (statement) => statement.as_of_position,
    isFrozen: call.query.cursor !== undefined,
  };
  return readModelled(reading, call, request, answerBody);
}

const models = { from: ['balances', 'statements'], source: linesSource, ledgerSource } as const;

function toRequest({ now }: Reading, call: Call<'readStatement'>): StatementRequest {
  const { limit, cursor, from, to, by, order } = call.query;
  return { limit, cursor, from, to, by, order, now: now() };
}

function wantsCsv(call: Call<'readStatement'>): boolean {
  return call.query.format === 'csv' || /^\s*text\/csv\s*(;|$)/i.test(call.headers['accept'] ?? '');
}

/** The whole statement: a file has no pages. */
function answerCsv(reading: Reading, call: Call<'readStatement'>): Promise<Answer> {
  const request: ModelRead<StatementCsv> = {
    ...models,
    read: (db, source) =>
      readStatementCsv(db, call.ledger, call.params.id, toRequest(reading, call), source),
    asOf: (csv) => csv.asOfPosition,
    isFrozen: false,
  };
  return readModelled(reading, call, request, ({ pieces }) => ({
    status: 200,
    body: Readable.from(pieces),
    type: 'text/csv; charset=utf-8; header=present',
    headers: { 'content-disposition': 'attachment; filename="statement.csv"' },
  }));
}
