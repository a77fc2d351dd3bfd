import type { Ledger } from '../ledger/commands.ts';
import { listEntries, readEntry } from '../ledger/read-entries.ts';
import { viewEntry } from '../ledger/views.ts';
import type { Answer } from './answer.ts';
import { requireScope } from './auth.ts';
import type { Call, Handlers } from './call.ts';
import { readOne, readPage, type Reading } from './reading.ts';
import { submit } from './submission.ts';
import { requireAdminToForce } from './transfers.ts';

type Operations = 'postEntry' | 'listEntries' | 'readEntry' | 'reverseEntry';

/** The journal. */
export function entryHandlers(ledger: Ledger, reading: Reading): Handlers<Operations> {
  const { db } = reading;
  return {
    postEntry: (call) => postEntry(ledger, call),
    reverseEntry: (call) => reverseEntry(ledger, call),
    readEntry: (call) =>
      readOne(reading, call, () => readEntry(db, call.ledger, call.params.id), viewEntry),
    listEntries: (call) => {
      const { after_number: afterNumber, transfer_id: transferId } = call.query;
      const filters = { afterNumber, transferId };
      return readPage(reading, call, (page) => listEntries(db, call.ledger, filters, page), viewEntry);
    },
  };
}

async function postEntry(ledger: Ledger, call: Call<'postEntry'>): Promise<Answer> {
  const { body } = call;
  if (body.adjusting === true)
    requireScope(call.caller, 'admin', 'an adjusting entry needs a key with the scope admin');
  return submit(ledger, call, { command: { kind: 'post_entry', body }, bodyKey: body.idempotencyKey });
}

async function reverseEntry(ledger: Ledger, call: Call<'reverseEntry'>): Promise<Answer> {
  requireAdminToForce(call, call.body.force);
  return submit(ledger, call, {
    command: { kind: 'reverse_entry', entry: call.params.id, body: call.body },
  });
}
