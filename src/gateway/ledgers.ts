import type { Ledger } from '../ledger/commands.ts';
import { listLedgers, readLedger } from '../ledger/read-ledgers.ts';
import { viewLedger } from '../ledger/ledgers.ts';
import type { Answer } from './answer.ts';
import { ledgerNotFound, mayUse } from './auth.ts';
import type { AnyCall, Call, Handlers } from './call.ts';
import { readOne, readPage, type Reading } from './reading.ts';
import { submit } from './submission.ts';

type Operations = 'createLedger' | 'listLedgers' | 'readLedger' | 'updateLedger';

/** Ledgers: each key sees its own. */
export function ledgerHandlers(ledger: Ledger, reading: Reading): Handlers<Operations> {
  const { db } = reading;
  return {
    createLedger: (call) =>
      submit(ledger, call, { command: { kind: 'create_ledger', body: call.body } }),
    updateLedger: (call) => updateLedger(ledger, call),
    readLedger: async (call) => {
      requireLedger(call, call.params.name);
      return readOne(reading, call, () => readLedger(db, call.params.name), viewLedger);
    },
    listLedgers: (call) => {
      const names = mayUse(call.caller, '*') ? undefined : call.caller.ledgers;
      return readPage(reading, call, (page) => listLedgers(db, names, page), viewLedger);
    },
  };
}

function requireLedger(call: AnyCall, name: string): void {
  if (!mayUse(call.caller, name)) throw ledgerNotFound(name);
}

async function updateLedger(ledger: Ledger, call: Call<'updateLedger'>): Promise<Answer> {
  requireLedger(call, call.params.name);
  return submit(ledger, call, {
    command: { kind: 'update_ledger', name: call.params.name, body: call.body },
  });
}
