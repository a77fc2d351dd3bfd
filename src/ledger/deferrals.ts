import type { Context, Decided } from './decided.ts';
import { writeDeferred } from './deferred-request.ts';
import { recordTransfer, type Movement } from './movement.ts';
import { refuse, type Refusal } from './refusal.ts';

/** Keeps an accepted transfer until the worker runs it: as soon as possible, or at its time. */
export function deferTransfer(context: Context, movement: Movement): Decided {
  const { draft, trace } = context;
  const isScheduled = typeof movement.executeAt === 'number';
  const { transfer, decided } = recordTransfer(
    context,
    movement,
    {
      status: isScheduled ? 'SCHEDULED' : 'INITIATED',
      completedAt: null,
      deferred: writeDeferred(movement.body),
    },
    draft.position + 1,
  );
  if (isScheduled) draft.appendEvent({ type: 'TransferScheduled', transfer, accounts: [], trace });
  else draft.appendEvent({ type: 'TransferInitiated', transfer, key: context.key, trace });
  return decided;
}

/** `external_id_taken`, by another transfer than this one. */
export function judgeOwner(
  { draft, ledger }: Context,
  id: string,
  externalId: string | null | undefined,
): Refusal | undefined {
  if (externalId === null || externalId === undefined) return undefined;
  const owner = draft.transferIdByExternalId(ledger.name, externalId);
  if (owner === undefined || owner === id) return undefined;
  return refuse('external_id_taken', 'another transfer has this external id', { owner_id: owner });
}
