import type { ProcessingOut, TransferBody } from '@credit-ledger/contract/transfers.ts';
import type { Command, Item, Ledger } from '../ledger/commands.ts';
import { readTransfer } from '../ledger/read-transfers.ts';
import type { Answer as Found } from '../ledger/read-answer.ts';
import type { Transfer } from '../ledger/state.ts';
import { isDeferred, viewTransfer } from '../ledger/views.ts';
import { prefersAsync, type Answer } from './answer.ts';
import { requireScope } from './auth.ts';
import { answerBatch } from './batch-answer.ts';
import type { AnyCall, Call, Handlers } from './call.ts';
import { answerTransfers } from './found-transfers.ts';
import { readOne, type Reading } from './reading.ts';
import { canonicalItem } from './idempotency.ts';
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
  | 'cancelTransfer'
  | 'reverseTransfer';

/** Transfers, holds and their ends. */
export function transferHandlers(ledger: Ledger, reading: Reading): Handlers<Operations> {
  return {
    postTransfer: (call) => postTransfer(ledger, call),
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
    cancelTransfer: (call) =>
      submit(ledger, call, { command: { kind: 'cancel_transfer', transfer: call.params.id } }),
    reverseTransfer: (call) => reverseTransfer(ledger, call),
    readTransfer: (call) => readOne(reading, call, () => readDetail(reading, call), viewDetail),
    listTransfers: (call) => answerTransfers(reading, call),
  };
}

/** A transfer with what the worker knows of it. */
interface Detail {
  readonly transfer: Transfer;
  readonly processing: ProcessingOut | null;
}

async function readDetail(
  { db, readProcessing }: Reading,
  call: Call<'readTransfer'>,
): Promise<Found<Detail>> {
  const answer = await readTransfer(db, call.ledger, call.params.id);
  if (answer.kind === 'refused') return answer;
  const transfer = answer.value;
  const processing = isDeferred(transfer) ? shownOf(transfer, await readProcessing(transfer.id)) : null;
  return { kind: 'found', value: { transfer, processing } };
}

function viewDetail({ transfer, processing }: Detail) {
  return { ...viewTransfer(transfer), processing };
}

/** With `Prefer: respond-async` the transfer is accepted, and run by the worker. */
async function postTransfer(ledger: Ledger, call: Call<'postTransfer'>): Promise<Answer> {
  const respondAsync = prefersAsync(call.headers['prefer']);
  const command = { kind: 'post_transfer', body: call.body, respondAsync } as const;
  const answer = await submitNamed(ledger, call, command);
  if (answer.status !== 202 || !respondAsync) return answer;
  return { ...answer, headers: { ...answer.headers, 'preference-applied': 'respond-async' } };
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

/** A transfer of a batch, with the fingerprint it would have alone. */
export function toItem(
  call: AnyCall,
  body: TransferBody,
  text = canonicalItem(body),
): Item<TransferBody> {
  return { body, fingerprint: fingerprintItem(call, 'postTransfer', text) };
}

async function postTransfers(ledger: Ledger, call: Call<'postTransfers'>): Promise<Answer> {
  const { mode, transfers } = call.body;
  const needsNoKey = transfers.every((body) => isGiven(body.id) || isGiven(body.idempotencyKey));
  const texts = transfers.map(canonicalItem);
  const items = transfers.map((body, index) => toItem(call, body, texts[index]));
  const command = { kind: 'post_transfers', mode, items } as const;
  const canonical = { mode, transfers: texts };
  return answerBatch(call, await submit(ledger, call, { command, needsNoKey, canonical }));
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

/** The worker notes the end of a job a moment after the transfer has ended: nothing more is tried by then. */
function shownOf({ status }: Transfer, processing: ProcessingOut | null): ProcessingOut | null {
  if (processing === null || status === 'INITIATED' || status === 'SCHEDULED') return processing;
  return processing.last_error === null ? null : { ...processing, next_attempt_at: null };
}
