import { LateJson } from '@credit-ledger/contract/json.ts';
import type { DepositBody } from '@credit-ledger/contract/transfers.ts';
import type { Context, Decided } from './decided.ts';
import type { Refusal } from './refusal.ts';
import type { Account, Transfer } from './state.ts';
import { asCreated, isDeferred, viewTransfer } from './views.ts';

/**
 * A movement from one account to another before it is judged: what transfers, deposits and reversals share.
 */
export interface Movement {
  readonly id: string;
  readonly from: Account | Refusal;
  readonly to: Account | Refusal;
  readonly amount: bigint;
  readonly currency: string;
  readonly body: Omit<DepositBody, 'amount_minor' | 'currency'>;
  readonly reverses: Transfer | null;
  readonly forced: boolean;
  /** When it is to be run; null as soon as possible, absent at once. */
  readonly executeAt?: number | null;
  /** The transfer that was accepted before and is run now. */
  readonly accepted?: Transfer;
  /** The request names one account twice, whether it is known or not. */
  readonly isToItself?: boolean;
  /** A rule of the request's own kind, judged after the status of the accounts. */
  readonly judge?: (from: Account, to: Account) => Refusal | undefined;
}

/** The answer to the creation of a transfer, then or on a replay. */
export function answerTransfer(transfer: Transfer): Decided['outcome'] {
  if (transfer.failure !== null && transfer.createdAs === 'FAILED') {
    const { failure: refusal, id: transferId, createdPosition: position } = transfer;
    return { kind: 'refused', refusal, transferId, position };
  }
  const body = new LateJson(() => viewTransfer(asCreated(transfer)));
  const status = isDeferred(transfer) ? 202 : 201;
  return { kind: 'done', status, body, transfer, location: `/v1/transfers/${transfer.id}` };
}

/** A transfer with what has become of it, its answer, and what its key is answered from. */
export interface Recorded {
  readonly transfer: Transfer;
  readonly decided: Decided;
}

/** Creates the transfer of a movement, or changes the one that was accepted before, at its next event. */
export function recordTransfer(
  context: Context,
  movement: Movement,
  made: Pick<Transfer, 'status' | 'completedAt'> & Partial<Transfer>,
  position: number,
): Recorded {
  const { accepted } = movement;
  const fresh = newTransfer(context, movement);
  const transfer: Transfer =
    accepted === undefined
      ? { ...fresh, ...made, createdAs: made.status, createdPosition: position, position }
      : { ...accepted, effectiveAt: fresh.effectiveAt, ...made, position };
  if (accepted === undefined) context.draft.createTransfer(transfer);
  else context.draft.updateTransfer(transfer);
  const subject = { kind: 'transfer', id: transfer.id } as const;
  return { transfer, decided: { outcome: answerTransfer(transfer), subject } };
}

/** A refusal under the ledger's order leaves a FAILED transfer with its reason. */
export function failTransfer(context: Context, movement: Movement, failure: Refusal): Decided {
  const { draft } = context;
  const made = { status: 'FAILED', failure, completedAt: draft.inputs.time } as const;
  const { transfer, decided } = recordTransfer(context, movement, made, draft.position + 1);
  draft.appendEvent({ type: 'TransferFailed', transfer, accounts: [], trace: context.trace });
  return decided;
}

/** The transfer that a movement makes, before its status is known. */
function newTransfer({ draft, ledger, fingerprint }: Context, movement: Movement) {
  const { body, from, to } = movement;
  const { time } = draft.inputs;
  return {
    id: movement.id,
    ledger: ledger.name,
    externalId: body.external_id ?? null,
    from: 'settings' in from ? from.settings.id : null,
    to: 'settings' in to ? to.settings.id : null,
    amount: movement.amount,
    currency: movement.currency,
    held: 0n,
    settled: 0n,
    reversed: 0n,
    reverses: movement.reverses?.id ?? null,
    endedBy: null,
    entryId: null,
    entryNumber: null,
    failure: null,
    description: body.description ?? null,
    metadata: body.metadata?.text ?? '{}',
    fingerprint: body.id === null || body.id === undefined ? null : fingerprint,
    effectiveAt: body.effective_at ?? movement.executeAt ?? time,
    executeAt: movement.executeAt ?? null,
    expiresAt: null,
    createdAt: time,
    completedAt: null,
    deferred: null,
  };
}
