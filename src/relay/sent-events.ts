import { readEvents } from '../ledger/event-log.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import { readHead } from '../ledger/read-ledgers.ts';
import type { LastSent } from './transport/transport.ts';

/** Whether the log holds what a broker has of it: an event has the same id wherever it is read. */
export async function holdsSent(db: Queryable, sent: LastSent): Promise<boolean> {
  const { position } = await readHead(db);
  if (sent.position > position) return false;
  for (const event of sent.events) {
    const [logged] = await readEvents(db, event.position - 1, 1);
    // Events that the log has let go of are not asked about.
    const isOurs = logged?.position !== event.position || logged.eventId === event.eventId;
    if (!isOurs) return false;
  }
  return true;
}
