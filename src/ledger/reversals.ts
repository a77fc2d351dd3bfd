import type { ReverseEntryBody } from '@credit-ledger/contract/entries.ts';
import type { ReverseBody } from '@credit-ledger/contract/transfers.ts';
import { resolveAccount } from './account-refs.ts';
import type { Leg } from './account-rules.ts';
import { refused, type Context, type Decided } from './decided.ts';
import { postLegs } from './entries.ts';
import { refuse, type Refusal } from './refusal.ts';
import { isHold, type Entry, type Transfer } from './state.ts';
import { failTransfer, type Movement } from './movement.ts';
import { move } from './transfers.ts';

/** Undoes a completed transfer, wholly or in part, by a new transfer that names it. */
export function reverseTransfer(context: Context, id: string, body: ReverseBody): Decided {
  const { draft, ledger } = context;
  const original = draft.transfer(id);
  if (original === undefined || original.ledger !== ledger.name) {
    return refused(refuse('transfer_not_found', `there is no transfer ${id}`, { transfer_id: id }));
  }
  const moved = movedBy(original);
  const left = moved - original.reversed;
  const amount = body.amount_minor ?? (left > 0n ? left : original.amount);
  const movement = reversalOf(context, original, amount, body);
  const refusal = judgeReversible(original, left, amount);
  return refusal === undefined ? move(context, movement) : failTransfer(context, movement, refusal);
}

/** What a transfer moved: its amount, or of a hold what was settled. */
function movedBy(transfer: Transfer): bigint {
  return isHold(transfer) ? transfer.settled : transfer.amount;
}

function reversalOf(context: Context, original: Transfer, amount: bigint, body: ReverseBody): Movement {
  return {
    id: context.draft.inputs.mintId(),
    from: resolveAccount(context, original.to ?? '', 'to'),
    to: resolveAccount(context, original.from ?? '', 'from'),
    amount,
    currency: original.currency,
    body: { description: body.reason },
    reverses: original,
    forced: body.force === true,
  };
}

function judgeReversible(original: Transfer, left: bigint, amount: bigint): Refusal | undefined {
  const { id, status } = original;
  if (original.reverses !== null)
    return refuse('not_reversible', `the transfer ${id} is itself a reversal`);
  if (status !== 'COMPLETED')
    return refuse('not_reversible', `the transfer ${id} is ${status}, not COMPLETED`);
  if (left === 0n) return refuse('already_reversed', `the transfer ${id} is reversed in full`);
  if (amount <= left) return undefined;
  return refuse(
    'exceeds_reversible_amount',
    `${amount} is more than the ${left} that is left to reverse`,
    {
      reversible_minor: left,
      requested_minor: amount,
    },
  );
}

/** Undoes an entry that stands by itself, whole, once: the same lines on the other sides. */
export function reverseEntry(context: Context, id: string, body: ReverseEntryBody): Decided {
  const { draft, ledger } = context;
  const entry = draft.entry(id);
  if (entry === undefined || entry.ledger !== ledger.name) {
    return refused(refuse('entry_not_found', `there is no entry ${id}`, { entry_id: id }));
  }
  const refusal = judgeEntryReversible(entry, draft.entryReversedBy(id));
  if (refusal !== undefined) return refused(refusal);
  const legs = entry.lines.map((line, index) => reversedLeg(context, line, index));
  return postLegs(context, legs, {
    batchId: entry.batchId,
    reverses: id,
    forced: body.force === true,
    description: body.reason ?? null,
    metadata: '{}',
    effectiveAt: draft.inputs.time,
  });
}

function reversedLeg(context: Context, line: Entry['lines'][number], index: number): Leg {
  const account = context.draft.account(line.account);
  if (account === undefined) throw new Error(`the account ${line.account} of a line was not loaded`);
  const side = line.side === 'DEBIT' ? 'CREDIT' : 'DEBIT';
  return { name: `line ${index + 1}`, account, side, amount: line.amount, require: undefined };
}

function judgeEntryReversible(entry: Entry, reversedBy: string | undefined): Refusal | undefined {
  const { id } = entry;
  if (entry.reverses !== null) return refuse('not_reversible', `the entry ${id} is itself a reversal`);
  if (entry.transferId !== null) {
    const transfer_id = entry.transferId;
    return refuse('not_reversible', `the entry ${id} belongs to transfer ${transfer_id}: reverse that`, {
      transfer_id,
    });
  }
  if (reversedBy === undefined) return undefined;
  return refuse('already_reversed', `the entry ${id} is reversed by ${reversedBy}`, {
    reversed_by: reversedBy,
  });
}
