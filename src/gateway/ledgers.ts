import type { Ledger } from '../ledger/commands.ts';
import { listLedgers, readLedger } from '../ledger/read-ledgers.ts';
import { viewLedger } from '../ledger/ledger-state.ts';
import type { Answer } from './answer.ts';
import { ledgerNotFound, mayUse } from './auth.ts';
import type { AnyCall, Call, Handlers } from './call.ts';
import { readOne, readPage, type Reading } from './reading.ts';
import type { Sandboxes } from './sandboxes.ts';
import { submit } from './submission.ts';

type Operations =
  | 'createLedger'
  | 'listLedgers'
  | 'readLedger'
  | 'updateLedger'
  | 'resetLedger'
  | 'moveLedgerClock';

/** Ledgers: each key sees its own. */
export function ledgerHandlers(
  ledger: Ledger,
  reading: Reading,
  sandboxes: Sandboxes,
): Handlers<Operations> {
  const { db, primary } = reading;
  return {
    createLedger: async (call) => {
      const command = { kind: 'create_ledger', body: call.body } as const;
      const answer = await submit(ledger, call, { command });
      if (call.body.sandbox === true) await sandboxes.load(primary);
      return answer;
    },
    updateLedger: (call) => updateLedger(ledger, call),
    resetLedger: async (call) => {
      const name = ledgerOf(call);
      // Asked again with the same key after the reset, it is answered and not done again.
      const lasting = { ...call, ledger: sandboxes.firstOf(call.params.name) };
      const answer = await submit(ledger, lasting, { command: { kind: 'reset_ledger', name } });
      await sandboxes.load(primary);
      return answer;
    },
    moveLedgerClock: (call) => {
      const name = ledgerOf(call);
      const command = { kind: 'move_clock', name, body: call.body } as const;
      return submit(ledger, { ...call, ledger: name }, { command });
    },
    readLedger: async (call) => {
      const name = ledgerOf(call);
      return readOne(reading, call, () => readLedger(db, name), viewLedger);
    },
    listLedgers: (call) => {
      const names = mayUse(call.caller, '*') ? undefined : call.caller.ledgers;
      return readPage(reading, call, (page) => listLedgers(db, names, page), viewLedger);
    },
  };
}

/** The ledger that the path names. @throws {RequestError} ledger_not_found where it is not the caller's */
export function ledgerOf(call: AnyCall & { readonly params: { readonly name: string } }): string {
  const { name } = call.params;
  if (!mayUse(call.caller, name)) throw ledgerNotFound(name);
  return call.named(name);
}

async function updateLedger(ledger: Ledger, call: Call<'updateLedger'>): Promise<Answer> {
  const name = ledgerOf(call);
  return submit(ledger, call, { command: { kind: 'update_ledger', name, body: call.body } });
}
