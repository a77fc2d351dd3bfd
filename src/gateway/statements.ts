import { Readable } from 'node:stream';
import type { StatementOut } from '@credit-ledger/contract/statements.ts';
import { ledgerSource } from '../ledger/read-source.ts';
import { readStatement, type StatementRequest } from '../ledger/read-statement.ts';
import { readStatementCsv, type StatementCsv } from '../ledger/statement-csv.ts';
import { linesSource } from '../projections/read-models.ts';
import { refuseCamt, writeCamt } from '../statements/statement-camt.ts';
import { writePdf } from '../statements/statement-pdf.ts';
import { readWholeStatement, type WholeStatement } from '../statements/whole-statement.ts';
import type { Answer } from './answer.ts';
import type { Call, Handlers } from './call.ts';
import type { ModelRead } from './read-models.ts';
import { keepWithinWall } from './ledger-wall.ts';
import { answerProblem } from './problem.ts';
import { answerBody, readModelled, type Reading } from './reading.ts';

type Format = Call<'readStatement'>['query']['format'];

/** Statements, as pages of JSON or whole, as a file. */
export function statementHandlers(reading: Reading): Handlers<'readStatement'> {
  const answers: Record<Format, (reading: Reading, call: Call<'readStatement'>) => Promise<Answer>> = {
    json: answerPage,
    csv: answerCsv,
    pdf: (reading, call) => answerWhole(reading, call, answerPdf),
    'camt.053': (reading, call) => answerWhole(reading, call, answerCamt),
  };
  return { readStatement: (call) => answers[formatOf(call)](reading, call) };
}

const accepted: readonly [RegExp, Format][] = [
  [/^\s*text\/csv\s*(;|$)/i, 'csv'],
  [/^\s*application\/pdf\s*(;|$)/i, 'pdf'],
  [/^\s*application\/xml\s*(;|$)/i, 'camt.053'],
];

/** What the address asks for counts before what is accepted. */
function formatOf({ query, headers }: Call<'readStatement'>): Format {
  if (query.format !== 'json') return query.format;
  return accepted.find(([type]) => type.test(headers.accept ?? ''))?.[1] ?? 'json';
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

/** The whole statement: a file has no pages. */
function answerCsv(reading: Reading, call: Call<'readStatement'>): Promise<Answer> {
  const request: ModelRead<StatementCsv> = {
    ...models,
    read: (db, source) =>
      readStatementCsv(db, call.ledger, call.params.id, toRequest(reading, call), source),
    asOf: (csv) => csv.asOfPosition,
    isFrozen: false,
  };
  return readModelled(reading, call, request, ({ pieces }) =>
    answerFile(
      Readable.from(keepWithinWall(() => pieces)()),
      'text/csv; charset=utf-8; header=present',
      'statement.csv',
    ),
  );
}

function answerFile(body: Readable, type: string, name: string): Answer {
  const headers = { 'content-disposition': `attachment; filename="${name}"` };
  return { status: 200, body, type, headers };
}

function answerWhole(
  reading: Reading,
  call: Call<'readStatement'>,
  answer: (statement: WholeStatement, now: number) => Answer,
): Promise<Answer> {
  const request: ModelRead<WholeStatement> = {
    ...models,
    read: (db, source) =>
      readWholeStatement(
        { db, ledgerDb: reading.db },
        call.ledger,
        call.params.id,
        toRequest(reading, call),
        source,
      ),
    asOf: (statement) => statement.asOfPosition,
    isFrozen: false,
  };
  return readModelled(reading, call, request, (statement) => {
    const pages = keepWithinWall(statement.pages);
    return answer({ ...statement, pages }, reading.now());
  });
}

function answerPdf(statement: WholeStatement, now: number): Answer {
  return answerFile(writePdf(statement, now), 'application/pdf', 'statement.pdf');
}

function answerCamt(statement: WholeStatement, now: number): Answer {
  const why = refuseCamt(statement);
  if (why !== undefined) return answerProblem({ code: 'statement_not_in_camt', detail: why });
  return answerFile(Readable.from(writeCamt(statement, now)), 'application/xml', 'statement.xml');
}
