import { readActivity } from '../ledger/read-activity.ts';
import { refuseUnknownLedger } from '../ledger/read-ledgers.ts';
import { readTrialBalance } from '../ledger/read-trial-balance.ts';
import type { Handlers } from './call.ts';
import { answerBody, readOne, refuseRead, type Reading } from './reading.ts';
import type { RecentLatencies } from './recent-latencies.ts';

/** Reports over a whole ledger. */
export function reportHandlers(
  reading: Reading,
  latencies: RecentLatencies,
): Handlers<'readTrialBalance' | 'readActivity'> {
  const { db, now } = reading;
  return {
    readTrialBalance: (call) => {
      const read = () => readTrialBalance(db, call.ledger, { now: now(), at: call.query.at });
      return readOne(reading, call, read, (balance) => balance);
    },
    readActivity: async (call) => {
      const unknown = await refuseUnknownLedger(db, call.ledger);
      if (unknown !== undefined) return refuseRead(reading, call, unknown.refusal);
      const activity = await readActivity(db, call.ledger, now());
      return answerBody({ ...activity, latency: latencies.read() });
    },
  };
}
