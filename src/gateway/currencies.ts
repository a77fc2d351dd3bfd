import { isoCurrencies, isoScale } from '@credit-ledger/contract/currencies.ts';
import type { Ledger } from '../ledger/commands.ts';
import { namePlace, readCursor, writeCursor } from '../ledger/cursor.ts';
import {
  found,
  toPage,
  type Answer as Found,
  type Page,
  type PageRequest,
} from '../ledger/read-answer.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import { listRegisteredCurrencies, type RegisteredCurrency } from '../ledger/read-ledgers.ts';
import type { Answer } from './answer.ts';
import type { Call, Handlers } from './call.ts';
import { readPage, type Reading } from './reading.ts';
import { RequestError } from './request-error.ts';
import { submit } from './submission.ts';

/** Currencies: those of ISO 4217, and the registered ones. */
export function currencyHandlers(
  ledger: Ledger,
  reading: Reading,
): Handlers<'registerCurrency' | 'listCurrencies' | 'readCurrency'> {
  const { db } = reading;
  return {
    registerCurrency: (call) =>
      submit(ledger, call, { command: { kind: 'register_currency', body: call.body } }),
    readCurrency: (call) => answerCurrency(db, call),
    listCurrencies: (call) => readPage(reading, call, (page) => listCurrencies(db, page), viewCurrency),
  };
}

function viewCurrency({ code, scale }: RegisteredCurrency) {
  return { code, scale, source: isoScale(code) === undefined ? 'registered' : 'iso4217' };
}

async function listAll(db: Queryable): Promise<readonly RegisteredCurrency[]> {
  return [...isoCurrencies, ...(await listRegisteredCurrencies(db))].toSorted((a, b) =>
    a.code < b.code ? -1 : 1,
  );
}

async function answerCurrency(db: Queryable, { params }: Call<'readCurrency'>): Promise<Answer> {
  const currency = (await listAll(db)).find(({ code }) => code === params.code);
  if (currency === undefined) throw new RequestError('not_found', `there is no currency ${params.code}`);
  return { status: 200, body: viewCurrency(currency), headers: {} };
}

/** There are few: both kinds are merged here, in the order of their codes. */
async function listCurrencies(
  db: Queryable,
  page: PageRequest,
): Promise<Found<Page<RegisteredCurrency>>> {
  const cursor = readCursor(['currencies'], page.cursor, namePlace);
  if (cursor.kind === 'refused') return cursor;
  const after = cursor.value?.[0] ?? '';
  const rest = (await listAll(db)).filter(({ code }) => code > after);
  return found(toPage(rest, page.limit, (last) => writeCursor(['currencies'], [last.code])));
}
