import type { JsonObject } from '@credit-ledger/contract/json.ts';
import { uuidv7 } from 'uuidv7';
import type { Ledger } from '../ledger/commands.ts';
import { viewClose } from '../ledger/periods.ts';
import { readPeriods, type PeriodRow, type ReadPeriod } from '../ledger/read-periods.ts';
import { requestRun } from '../scheduler/job-runs.ts';
import type { Answer } from './answer.ts';
import type { Call, Handlers } from './call.ts';
import { readNumberCursor, writeNumberCursor } from './number-cursor.ts';
import { ledgerOf } from './ledgers.ts';
import { answerBody, type Reading } from './reading.ts';
import { RequestError } from './request-error.ts';
import { submit } from './submission.ts';

/** The job that makes trial balances of closes. */
const job = 'period_balances';

/** Closed periods of a ledger. */
export function periodHandlers(
  ledger: Ledger,
  { primary }: Reading,
): Handlers<'closePeriod' | 'listPeriods' | 'readPeriod'> {
  return {
    closePeriod: async (call) => {
      const name = ledgerOf(call);
      const answer = await submit(ledger, call, {
        command: { kind: 'close_period', name, body: call.body },
      });
      // Where it is not asked for, because it runs or nothing can be asked now, the job comes round by itself.
      await requestRun(primary, { id: uuidv7(), job, actor: call.caller.keyId }).catch(() => undefined);
      return answer;
    },
    listPeriods: async (call) => {
      return listPage(primary, call, ledgerOf(call));
    },
    readPeriod: async (call) => {
      const name = ledgerOf(call);
      const [found] = await readPeriods(primary, name, 1, Number(call.params.number) + 1);
      if (found?.number !== Number(call.params.number))
        throw new RequestError('not_found', `${name} has no closed period ${call.params.number}`);
      return answerBody(viewPeriod(found));
    },
  };
}

async function listPage(
  db: Reading['primary'],
  call: Call<'listPeriods'>,
  name: string,
): Promise<Answer> {
  const { limit, cursor } = call.query;
  const list = `periods ${name}`;
  const rows = await readPeriods(db, name, limit + 1, readNumberCursor(list, cursor));
  const data = rows.slice(0, limit);
  const last = rows.length > limit ? data.at(-1) : undefined;
  return answerBody({
    data: data.map(viewPeriod),
    next_cursor: last === undefined ? null : writeNumberCursor(list, last.number),
  });
}

function viewPeriod({ balances, ...close }: ReadPeriod): JsonObject {
  return { ...viewClose(close), trial_balance: balances === undefined ? null : viewBalances(balances) };
}

function viewBalances(rows: readonly PeriodRow[]): JsonObject {
  const currencies = [...new Set(rows.map(({ currency }) => currency))];
  const netOf = (currency: string): bigint =>
    rows.reduce((sum, row) => (row.currency === currency ? sum + row.debits - row.credits : sum), 0n);
  return {
    balanced: currencies.every((currency) => netOf(currency) === 0n),
    rows: rows.map(({ currency, type, accounts, debits, credits }) => ({
      currency,
      type,
      accounts,
      debits_minor: debits,
      credits_minor: credits,
      balance_minor: type === 'ASSET' || type === 'EXPENSE' ? debits - credits : credits - debits,
    })),
  };
}
