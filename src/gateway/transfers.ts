import type { TransferBody } from '@credit-ledger/contract/transfers.ts';
import type { Command, Item, Ledger } from '../ledger/commands.ts';
import { listTransfers, readTransfer } from '../ledger/read-transfers.ts';
import { viewTransfer } from '../ledger/views.ts';
import type { Answer } from './answer.ts';
import { requireScope } from './auth.ts';
import type { AnyCall, Call, Handlers } from './call.ts';
import { readOne, readPage, type Reading } from './reading.ts';
import { fingerprintItem, isGiven, submit } from './submission.ts';

type Operations =
  | 'postTransfer'
  | 'postTransfers'
  | 'deposit'
  | 'withdraw'
  | 'listTransfers'
  | 'readTransfer'
  | 'settleHold'
  | 'voidHold'
  | 'reverseTransfer';

/** Transfers, holds and their ends. */
export function transferHandlers(ledger: Ledger, reading: Reading): Handlers<Operations> {
  const { db } = reading;
  return {
    postTransfer: (call) => submitNamed(ledger, call, { kind: 'post_transfer', body: call.body }),
    postTransfers: (call) => postTransfers(ledger, call),
    deposit: (call) =>
      submitNamed(ledger, call, { kind: 'deposit', account: call.params.id, body: call.body }),
    withdraw: (call) =>
      submitNamed(ledger, call, { kind: 'withdraw', account: call.params.id, body: call.body }),
    settleHold: (call) =>
      submit(ledger, call, {
        command: { kind: 'settle_hold', transfer: call.params.id, body: call.body },
      }),
    voidHold: (call) =>
      submit(ledger, call, { command: { kind: 'void_hold', transfer: call.params.id } }),
    reverseTransfer: (call) => reverseTransfer(ledger, call),
    readTransfer: (call) =>
      readOne(reading, call, () => readTransfer(db, call.ledger, call.params.id), viewTransfer),
    listTransfers: (call) => {
      const { account_id: accountId, status, external_id: externalId, order } = call.query;
      const { created_after: createdAfter, created_before: createdBefore } = call.query;
      const filters = { accountId, status, externalId, createdAfter, createdBefore, order };
      return readPage(
        reading,
        call,
        (page) => listTransfers(db, call.ledger, filters, page),
        viewTransfer,
      );
    },
  };
}

/** A body that may carry its own key and id. */
interface Named {
  readonly id?: string | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
}

/** Submits a command whose body may carry its own key, and needs none where the caller chose the id. */
export function submitNamed(
  ledger: Ledger,
  call: AnyCall & { body: Named },
  command: Command,
): Promise<Answer> {
  const { id, idempotencyKey } = call.body;
  return submit(ledger, call, { command, bodyKey: idempotencyKey, needsNoKey: isGiven(id) });
}

/** A batch with its items, each with the fingerprint it would have alone. */
export function toItems(call: AnyCall, transfers: readonly TransferBody[]): Item<TransferBody>[] {
  return transfers.map((body) => ({ body, fingerprint: fingerprintItem(call, 'postTransfer', body) }));
}

function postTransfers(ledger: Ledger, call: Call<'postTransfers'>): Promise<Answer> {
  const { mode, transfers } = call.body;
  const needsNoKey = transfers.every((body) => isGiven(body.id) || isGiven(body.idempotencyKey));
  const command = { kind: 'post_transfers', mode, items: toItems(call, transfers) } as const;
  return submit(ledger, call, { command, needsNoKey });
}

/** Whoever passes over limits has to be an administrator. */
export function requireAdminToForce(call: AnyCall, force: boolean | null | undefined): void {
  if (force === true)
    requireScope(call.caller, 'admin', 'force passes over limits, and needs a key with the scope admin');
}

async function reverseTransfer(ledger: Ledger, call: Call<'reverseTransfer'>): Promise<Answer> {
  requireAdminToForce(call, call.body.force);
  return submit(ledger, call, {
    command: { kind: 'reverse_transfer', transfer: call.params.id, body: call.body },
  });
}
