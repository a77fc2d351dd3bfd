import type { HoldIn, SettleBody } from '@credit-ledger/contract/transfers.ts';
import { failTransfer, recordTransfer, type Movement } from './movement.ts';
import { isOutflow, judgeFunds, judgeOverflow, judgeStatus, type Leg } from './account-rules.ts';
import { openMissing, refreshed } from './account-refs.ts';
import { currentLedger, refused, type Context, type Decided } from './decided.ts';
import type { TransferEventType } from './events.ts';
import { appendEntry, applyLegs } from './posting.ts';
import { judgePeriod } from './periods.ts';
import { refuse, type Refusal } from './refusal.ts';
import { timeIn } from './sandboxes.ts';
import { isHold, type Account, type Transfer } from './state.ts';
import { viewTransfer } from './views.ts';

/**
 * The account with a hold's share placed (amount > 0) or let go (amount < 0); the version is the caller's.
 */
function reserve(account: Account, side: Leg['side'], amount: bigint): Account {
  return isOutflow(account, side)
    ? { ...account, held: account.held + amount }
    : { ...account, incoming: account.incoming + amount };
}

/** Reserves on both sides: `held` where it will flow out, `incoming` where it will flow in. */
export function placeHold(context: Context, movement: Movement, legs: readonly Leg[]): Decided {
  const { draft } = context;
  const before = legs.map((leg) => leg.account);
  const trial = legs.map((leg) => reserve(leg.account, leg.side, leg.amount));
  const refusal = judgeOverflow(trial) ?? judgeFunds(before, trial);
  if (refusal !== undefined) return failTransfer(context, movement, refusal);
  openMissing(context, legs);
  const accounts = refreshed(draft, legs).map((leg) =>
    change(context, reserve(leg.account, leg.side, leg.amount)),
  );
  const expiresAt = expiryOf(movement.body.hold, timeIn(context));
  const made = { status: 'HELD', held: movement.amount, expiresAt, completedAt: null } as const;
  const { transfer, decided } = recordTransfer(context, movement, made, draft.position + 1);
  draft.appendEvent({ type: 'TransferHeld', transfer, accounts, trace: context.trace });
  return decided;
}

function expiryOf(hold: HoldIn | null | undefined, time: number): number | null {
  if (hold === null || hold === undefined || typeof hold === 'boolean') return null;
  const seconds = hold.expires_in_seconds;
  if (seconds !== null && seconds !== undefined) return time + seconds * 1000;
  return hold.expires_at ?? null;
}

/** One change of an account without a line, recorded at the event that comes next. */
function change({ draft }: Context, account: Account): Account {
  const next: Account = {
    ...account,
    version: account.version + 1,
    updatedAt: draft.inputs.time,
    position: draft.position + 1,
  };
  draft.recordAccount(next);
  return next;
}

/** Moves the held amount or a part of it; the rest is let go unless `keep_remaining`. */
export function settleHold(context: Context, id: string, body: SettleBody): Decided {
  const hold = findHold(context, id);
  if ('code' in hold) return refused(hold);
  const amount = body.amount_minor ?? hold.held;
  if (amount > hold.held) return refused(refuseExcess(hold, amount));
  const remaining = body.keep_remaining === true ? hold.held - amount : 0n;
  const legs = holdLegs(context, hold, amount);
  const letGo = hold.held - remaining;
  const effect = applyLegs(context.draft, legs, (account) =>
    reserve(account, account.settings.id === hold.from ? 'DEBIT' : 'CREDIT', -letGo),
  );
  const refusal =
    judgePeriod(currentLedger(context), settledAt(context, hold)) ??
    judgeStatus(legs) ??
    judgeOverflow(effect.after);
  if (refusal !== undefined) return refused(refusal);
  return settled(
    context,
    hold,
    appendSettlement(context, hold, effect),
    amount,
    remaining,
    effect.after,
  );
}

/** When a settlement counts: where the hold was to count at a time of its own, then; else now. */
function settledAt({ draft }: Context, { effectiveAt, createdAt }: Transfer): number {
  return effectiveAt === createdAt ? draft.inputs.time : effectiveAt;
}

function appendSettlement(context: Context, hold: Transfer, effect: ReturnType<typeof applyLegs>) {
  const text = {
    transferId: hold.id,
    batchId: null,
    reverses: null,
    forced: false,
    description: hold.description,
    metadata: hold.metadata,
    effectiveAt: settledAt(context, hold),
  };
  return appendEntry(context.draft, currentLedger(context), effect, text, context.trace);
}

function settled(
  context: Context,
  hold: Transfer,
  entry: { readonly id: string; readonly number: number },
  amount: bigint,
  remaining: bigint,
  accounts: readonly Account[],
): Decided {
  const { draft } = context;
  const ended = remaining === 0n;
  const transfer: Transfer = {
    ...hold,
    status: ended ? 'COMPLETED' : 'HELD',
    held: remaining,
    settled: hold.settled + amount,
    endedBy: ended ? 'SETTLED' : null,
    entryId: entry.id,
    entryNumber: entry.number,
    completedAt: ended ? draft.inputs.time : null,
    position: draft.position + 1,
  };
  return endWith(context, 'TransferSettled', transfer, accounts);
}

/** Lets the whole hold go. */
export function voidHold(context: Context, id: string): Decided {
  const hold = findHold(context, id);
  return 'code' in hold ? refused(hold) : release(context, hold, 'VOIDED');
}

/** Lets a hold go because its time has come; the caller knows that it is due. */
export function expireHold(context: Context, hold: Transfer): Decided {
  return release(context, hold, 'EXPIRED');
}

/** Lets a hold go where it is open past its time; anything else is answered as it is. */
export function expireIfDue(context: Context, id: string): Decided {
  const hold = context.draft.transfer(id);
  if (hold === undefined || hold.ledger !== context.ledger.name)
    return refused(refuse('transfer_not_found', `there is no transfer ${id}`, { transfer_id: id }));
  const isDue = hold.status === 'HELD' && isPast(hold, timeIn(context));
  if (isDue) return expireHold(context, hold);
  return { outcome: { kind: 'done', status: 200, body: viewTransfer(hold) } };
}

function release(context: Context, hold: Transfer, how: 'VOIDED' | 'EXPIRED'): Decided {
  const { draft } = context;
  const accounts = holdLegs(context, hold, hold.held).map((leg) =>
    change(context, reserve(leg.account, leg.side, -hold.held)),
  );
  const transfer: Transfer = {
    ...hold,
    status: hold.settled > 0n ? 'COMPLETED' : how,
    held: 0n,
    endedBy: how,
    completedAt: draft.inputs.time,
    position: draft.position + 1,
  };
  return endWith(context, how === 'VOIDED' ? 'TransferVoided' : 'TransferExpired', transfer, accounts);
}

function endWith(
  { draft, trace }: Context,
  type: TransferEventType,
  transfer: Transfer,
  accounts: readonly Account[],
): Decided {
  draft.updateTransfer(transfer);
  draft.appendEvent({ type, transfer, accounts, trace });
  return { outcome: { kind: 'done', status: 200, body: viewTransfer(transfer) } };
}

function holdLegs({ draft }: Context, hold: Transfer, amount: bigint): readonly Leg[] {
  const from = draft.account(hold.from ?? '');
  const to = draft.account(hold.to ?? '');
  if (from === undefined || to === undefined)
    throw new Error(`the accounts of hold ${hold.id} were not loaded`);
  return [
    { name: 'from', account: from, side: 'DEBIT', amount, require: undefined },
    { name: 'to', account: to, side: 'CREDIT', amount, require: undefined },
  ];
}

/** The open hold, or why there is none: `transfer_not_found`, `not_a_hold`, or how it ended. */
function findHold(context: Context, id: string): Transfer | Refusal {
  const { draft, ledger } = context;
  const transfer = draft.transfer(id);
  if (transfer === undefined || transfer.ledger !== ledger.name) {
    return refuse('transfer_not_found', `there is no transfer ${id}`, { transfer_id: id });
  }
  if (!isHold(transfer))
    return refuse('not_a_hold', `the transfer ${id} is ${transfer.status}, not a hold`);
  switch (transfer.endedBy) {
    case null:
      return isPast(transfer, timeIn(context))
        ? refuse('hold_expired', `the hold ${id} has expired`)
        : transfer;
    case 'SETTLED':
      return refuse('hold_already_settled', `the hold ${id} was settled`);
    case 'VOIDED':
      return refuse('hold_already_voided', `the hold ${id} was voided`);
    case 'EXPIRED':
      return refuse('hold_expired', `the hold ${id} has expired`);
  }
}

/** At its time a hold is expired, even where its release comes after this command in the same batch. */
function isPast({ expiresAt }: Transfer, time: number): boolean {
  return expiresAt !== null && expiresAt <= time;
}

function refuseExcess(hold: Transfer, amount: bigint): Refusal {
  return refuse('exceeds_held_amount', `${amount} is more than the ${hold.held} that is held`, {
    held_minor: hold.held,
    requested_minor: amount,
  });
}
