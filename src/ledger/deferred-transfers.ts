import { JsonText } from '@credit-ledger/contract/json.ts';
import type { DeferredCommand } from './commands.ts';
import { refused, type Context, type Decided } from './decided.ts';
import { judgeOwner } from './deferrals.ts';
import { readDeferred } from './deferred-request.ts';
import type { Movement } from './movement.ts';
import { refuse, type Refusal } from './refusal.ts';
import { timeIn } from './sandboxes.ts';
import type { Account, Transfer } from './state.ts';
import { move } from './transfers.ts';
import { viewTransfer } from './views.ts';

/*
 * The life of a transfer that is run later:
 *
 *   SCHEDULED ─▶ (cancelled) CANCELLED
 *       └─▶ at its time, like INITIATED ─▶ run ─▶ COMPLETED, HELD, or FAILED by a rule: final
 *                                └─▶ given up ─▶ FAILED processing_exhausted ─▶ redriven ─▶ INITIATED
 *
 * Whatever is asked twice, or too late, changes nothing and is answered with the transfer as it is.
 */

/** Runs an accepted transfer through all rules under its own id. */
export function runTransfer(context: Context, id: string): Decided {
  const transfer = findTransfer(context, id);
  if ('code' in transfer) return refused(transfer);
  if (isRunnable(transfer, timeIn(context))) move(context, movementOf(context, transfer));
  return answerNow(context, transfer);
}

function isRunnable({ status, executeAt }: Transfer, time: number): boolean {
  return status === 'INITIATED' || (status === 'SCHEDULED' && (executeAt ?? time) <= time);
}

function movementOf(context: Context, accepted: Transfer): Movement {
  const { id, amount, currency, externalId, description, metadata } = accepted;
  return {
    id,
    from: accountOf(context, accepted.from),
    to: accountOf(context, accepted.to),
    amount,
    currency,
    body: {
      ...readDeferred(accepted.deferred),
      external_id: externalId,
      description,
      metadata: new JsonText(metadata),
    },
    reverses: null,
    forced: false,
    accepted,
  };
}

function accountOf({ draft }: Context, id: string | null): Account {
  const account = draft.account(id ?? '');
  if (account === undefined) throw new Error(`the account ${id} of a transfer was not loaded`);
  return account;
}

/** Calls a scheduled transfer off, as long as it was not run. */
export function cancelTransfer(context: Context, id: string): Decided {
  const transfer = findTransfer(context, id);
  if ('code' in transfer) return refused(transfer);
  if (transfer.status !== 'SCHEDULED') {
    const detail = `the transfer ${id} is ${transfer.status}, not SCHEDULED`;
    return refused(refuse('not_cancellable', detail));
  }
  const { draft, trace } = context;
  const completedAt = draft.inputs.time;
  const cancelled: Transfer = {
    ...transfer,
    status: 'CANCELLED',
    completedAt,
    position: draft.position + 1,
  };
  draft.updateTransfer(cancelled);
  draft.appendEvent({ type: 'TransferCancelled', transfer: cancelled, accounts: [], trace });
  return answerNow(context, transfer, 201);
}

/** Fails a transfer that could not be run in all its attempts, through no fault of its own. */
export function giveUpTransfer(
  context: Context,
  { transfer: id, attempts, lastError }: DeferredCommand & { kind: 'give_up_transfer' },
): Decided {
  const transfer = findTransfer(context, id);
  if ('code' in transfer) return refused(transfer);
  if (transfer.status !== 'INITIATED' && transfer.status !== 'SCHEDULED')
    return answerNow(context, transfer);
  const { draft, trace } = context;
  const detail = `the transfer could not be run in ${attempts} attempts`;
  const failed: Transfer = {
    ...transfer,
    status: 'FAILED',
    failure: refuse('processing_exhausted', detail, { attempts, last_error: lastError }),
    completedAt: draft.inputs.time,
    position: draft.position + 1,
  };
  draft.updateTransfer(failed);
  draft.appendEvent({ type: 'TransferFailed', transfer: failed, accounts: [], trace });
  return answerNow(context, transfer);
}

/** Takes a transfer that was given up back to INITIATED, so that it is run under the same id. */
export function redriveTransfer(context: Context, id: string): Decided {
  const transfer = findTransfer(context, id);
  if ('code' in transfer) return refused(transfer);
  if (transfer.status === 'INITIATED') return answerNow(context, transfer);
  const refusal = judgeRedrivable(transfer) ?? judgeOwner(context, id, transfer.externalId);
  if (refusal !== undefined) return refused(refusal);
  const { draft, trace, key } = context;
  const again: Transfer = {
    ...transfer,
    status: 'INITIATED',
    failure: null,
    completedAt: null,
    position: draft.position + 1,
  };
  draft.updateTransfer(again);
  draft.appendEvent({ type: 'TransferInitiated', transfer: again, key, trace });
  return answerNow(context, transfer);
}

function judgeRedrivable({ id, status, failure }: Transfer): Refusal | undefined {
  if (status === 'FAILED' && failure?.code === 'processing_exhausted') return undefined;
  const detail = `the transfer ${id} is ${status}, and was not given up`;
  return refuse('not_redrivable', detail);
}

function findTransfer({ draft, ledger }: Context, id: string): Transfer | Refusal {
  const transfer = draft.transfer(id);
  if (transfer !== undefined && transfer.ledger === ledger.name) return transfer;
  return refuse('transfer_not_found', `there is no transfer ${id}`, { transfer_id: id });
}

/** The transfer as it is after this decision. */
function answerNow({ draft }: Context, transfer: Transfer, status: 200 | 201 = 200): Decided {
  const body = viewTransfer(draft.transfer(transfer.id) ?? transfer);
  return { outcome: { kind: 'done', status, body } };
}
