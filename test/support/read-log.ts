import { readEvents } from '../../src/ledger/event-log.ts';
import type { Queryable } from '../../src/ledger/read-answer.ts';

/** Reads the log where the ledger keeps it. */
export const readLogOf = (db: Queryable) => (after: number, limit: number) =>
  readEvents(db, after, limit);
