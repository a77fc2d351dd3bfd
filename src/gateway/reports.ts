import { readTrialBalance } from '../ledger/read-trial-balance.ts';
import type { Handlers } from './call.ts';
import { readOne, type Reading } from './reading.ts';

/** Reports over a whole ledger. */
export function reportHandlers(reading: Reading): Handlers<'readTrialBalance'> {
  const { db, now } = reading;
  return {
    readTrialBalance: (call) => {
      const read = () => readTrialBalance(db, call.ledger, { now: now(), at: call.query.at });
      return readOne(reading, call, read, (balance) => balance);
    },
  };
}
