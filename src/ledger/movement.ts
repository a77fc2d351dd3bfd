import type { DepositBody } from '@credit-ledger/contract/transfers.ts';
import type { Context, Decided } from './decided.ts';
import type { Refusal } from './refusal.ts';
import type { Account, Transfer } from './state.ts';
import { asCreated, viewTransfer } from './views.ts';

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
  /** The request names one account twice, whether it is known or not. */
  readonly isToItself?: boolean;
  /** A rule of the request's own kind, judged after the status of the accounts. */
  readonly judge?: (from: Account, to: Account) => Refusal | undefined;
}

/** The answer to the creation of a transfer, then or on a replay. */
export function answerTransfer(transfer: Transfer): Decided['outcome'] {
  if (transfer.failure !== null) {
    const { failure: refusal, id: transferId, createdPosition: position } = transfer;
    return { kind: 'refused', refusal, transferId, position };
  }
  const body = viewTransfer(asCreated(transfer));
  return { kind: 'done', status: 201, body, location: `/v1/transfers/${transfer.id}` };
}

/** A refusal under the ledger's order leaves a FAILED transfer with its reason. */
export function failTransfer(context: Context, movement: Movement, failure: Refusal): Decided {
  const { draft } = context;
  const position = draft.position + 1;
  const transfer: Transfer = {
    ...newTransfer(context, movement),
    status: 'FAILED',
    createdAs: 'FAILED',
    failure,
    completedAt: draft.inputs.time,
    createdPosition: position,
    position,
  };
  draft.createTransfer(transfer);
  draft.appendEvent({ type: 'TransferFailed', transfer, accounts: [], trace: context.trace });
  return { outcome: answerTransfer(transfer), subject: { kind: 'transfer', id: transfer.id } };
}

/** The transfer that a movement makes, before its status is known. */
export function newTransfer({ draft, ledger, fingerprint }: Context, movement: Movement) {
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
    effectiveAt: body.effective_at ?? time,
    expiresAt: null,
    createdAt: time,
    completedAt: null,
  };
}
