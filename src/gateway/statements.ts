import { Readable } from 'node:stream';
import { readStatement, type StatementRequest } from '../ledger/read-statement.ts';
import { readStatementCsv } from '../ledger/statement-csv.ts';
import type { Answer } from './answer.ts';
import type { Call, Handlers } from './call.ts';
import { readFresh, readOne, refuseRead, type Reading } from './reading.ts';

/** Statements, as pages of JSON or as one CSV file. */
export function statementHandlers(reading: Reading): Handlers<'readStatement'> {
  return {
    readStatement: (call) => {
      if (wantsCsv(call)) return readFresh(reading, call, () => answerCsv(reading, call));
      const { db } = reading;
      const read = () => readStatement(db, call.ledger, call.params.id, toRequest(reading, call));
      return readOne(reading, call, read, (statement) => statement);
    },
  };
}

function toRequest({ now }: Reading, call: Call<'readStatement'>): StatementRequest {
  const { limit, cursor, from, to, by, order } = call.query;
  return { limit, cursor, from, to, by, order, now: now() };
}

function wantsCsv(call: Call<'readStatement'>): boolean {
  return call.query.format === 'csv' || /^\s*text\/csv\s*(;|$)/i.test(call.headers['accept'] ?? '');
}

/** The whole statement: a file has no pages. */
async function answerCsv(reading: Reading, call: Call<'readStatement'>): Promise<Answer> {
  const answer = await readStatementCsv(
    reading.db,
    call.ledger,
    call.params.id,
    toRequest(reading, call),
  );
  if (answer.kind === 'refused') return refuseRead(reading, call, answer.refusal);
  return {
    status: 200,
    body: Readable.from(answer.value),
    type: 'text/csv; charset=utf-8; header=present',
    headers: { 'content-disposition': 'attachment; filename="statement.csv"' },
  };
}
