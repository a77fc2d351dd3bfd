import { formatTime } from '@credit-ledger/contract/times.ts';
import type { DepositBody, TransferBody } from '@credit-ledger/contract/transfers.ts';
import {
  judgeConditions,
  judgeCurrency,
  judgeFunds,
  judgeOverflow,
  judgeStatus,
  type Leg,
} from './account-rules.ts';
import {
  externalAccount,
  judgeCurrencyKnown,
  openMissing,
  refreshed,
  resolveAccount,
} from './account-refs.ts';
import { deferTransfer, judgeOwner } from './deferrals.ts';
import { currentLedger, refused, type Context, type Decided } from './decided.ts';
import { placeHold } from './holds.ts';
import { answerTransfer, failTransfer, recordTransfer, type Movement } from './movement.ts';
import { appendEntry, applyLegs, judgeEffective, type EntryText } from './posting.ts';
import { judgePeriod } from './periods.ts';
import { refuse, refusePath, type Refusal } from './refusal.ts';
import { timeIn } from './sandboxes.ts';
import type { Account, Transfer } from './state.ts';

/** Moves an amount from one account to another, now or as a hold. */
export function postTransfer(context: Context, body: TransferBody, respondAsync = false): Decided {
  const taken = judgeIdentity(context, body.id);
  if (taken !== undefined) return taken;
  const movement: Movement = {
    id: body.id ?? context.draft.inputs.mintId(),
    from: resolveAccount(context, body.from, 'from'),
    to: resolveAccount(context, body.to, 'to'),
    amount: body.amount_minor,
    currency: body.currency,
    body,
    reverses: null,
    forced: false,
    isToItself: body.from === body.to,
  };
  const executeAt = body.execute_at ?? null;
  if (!respondAsync && executeAt === null) return move(context, movement);
  return accept(context, { ...movement, executeAt });
}

/**
 * Accepts a transfer to be run later. What is judged now can't heal until then: its ids, its times, and
 * that its accounts exist. The rest is judged when it is run.
 */
function accept(context: Context, movement: Movement): Decided {
  const { from, to } = movement;
  const refusal =
    judgeRequest(context, movement) ??
    ('code' in from ? from : undefined) ??
    ('code' in to ? to : undefined);
  return refusal === undefined
    ? deferTransfer(context, movement)
    : failTransfer(context, movement, refusal);
}

/** A deposit to or a withdrawal from the account in the path, against the world outside. */
export function postExternal(
  context: Context,
  kind: 'deposit' | 'withdraw',
  ref: string,
  body: DepositBody,
): Decided {
  const taken = judgeIdentity(context, body.id);
  if (taken !== undefined) return taken;
  const account = pathAccount(resolveAccount(context, ref, 'account'));
  const currency = body.currency ?? ('code' in account ? noCurrency : account.settings.currency);
  const outside = 'code' in account ? account : externalAccount(context, currency);
  return move(context, {
    id: body.id ?? context.draft.inputs.mintId(),
    from: kind === 'deposit' ? outside : account,
    to: kind === 'deposit' ? account : outside,
    amount: body.amount_minor,
    currency,
    body,
    reverses: null,
    forced: false,
    judge: (from, to) => judgeCreditAccount(kind === 'deposit' ? to : from),
  });
}

/** ISO 4217's code for "no currency": that of a deposit which names none, to an account there is not. */
const noCurrency = 'XXX';

function pathAccount(account: Account | Refusal): Account | Refusal {
  return 'code' in account ? refusePath(account) : account;
}

function judgeCreditAccount({ settings }: Account): Refusal | undefined {
  if (settings.normalSide === 'CREDIT') return undefined;
  return refuse('not_a_credit_account', `the account ${settings.id} is a DEBIT account`, {
    account_id: settings.id,
  });
}

/** `transfer_id_taken`, which leaves no transfer, or the replay of the transfer that has this id. */
function judgeIdentity(context: Context, id: string | null | undefined): Decided | undefined {
  if (id === null || id === undefined) return undefined;
  const found = context.draft.transfer(id);
  if (found === undefined) return undefined;
  if (found.fingerprint === context.fingerprint && found.ledger === context.ledger.name) {
    return replayTransfer(found);
  }
  return refused(refuse('transfer_id_taken', `the transfer id ${id} is taken`));
}

function replayTransfer(transfer: Transfer): Decided {
  return { outcome: answerTransfer(transfer), replayed: true };
}

/** Judges a movement and carries it out: a COMPLETED, HELD or FAILED transfer comes of it. */
export function move(context: Context, movement: Movement): Decided {
  const judged = judgeMovement(context, movement);
  if ('code' in judged) return failTransfer(context, movement, judged);
  if (movement.body.hold !== undefined && movement.body.hold !== null && movement.body.hold !== false) {
    return placeHold(context, movement, judged);
  }
  return completeTransfer(context, movement, judged);
}

/** What can be judged before the accounts are looked at. */
function judgeRequest(context: Context, movement: Movement): Refusal | undefined {
  return (
    judgeExternalId(context, movement) ??
    judgeMovementCurrency(context, movement) ??
    judgeExecution(context, movement) ??
    judgeEffective(movement.body.effective_at, movement.executeAt ?? timeIn(context)) ??
    judgePeriod(currentLedger(context), movement.body.effective_at) ??
    judgeExpiry(context, movement) ??
    judgeDiffer(movement)
  );
}

function judgeDiffer({ from, to, isToItself }: Movement): Refusal | undefined {
  if (isToItself !== true && (from !== to || 'code' in from)) return undefined;
  return refuse('accounts_must_differ', 'from and to are the same account');
}

function judgeMovement(context: Context, movement: Movement): readonly Leg[] | Refusal {
  const { from, to } = movement;
  const early = judgeRequest(context, movement);
  if (early !== undefined) return early;
  if ('code' in from) return from;
  if ('code' in to) return to;
  const { amount, body } = movement;
  const legs: readonly Leg[] = [
    { name: 'from', account: from, side: 'DEBIT', amount, require: body.require?.from },
    { name: 'to', account: to, side: 'CREDIT', amount, require: body.require?.to },
  ];
  return (
    judgeStatus(legs) ??
    movement.judge?.(from, to) ??
    judgeCurrency(legs, movement.currency) ??
    judgeConditions(legs) ??
    legs
  );
}

/** A deposit that names no currency, to an account there is not, has none to be judged. */
function judgeMovementCurrency({ draft }: Context, { currency, from }: Movement): Refusal | undefined {
  return currency === noCurrency && 'code' in from ? undefined : judgeCurrencyKnown(draft, currency);
}

function judgeExternalId(context: Context, { id, body }: Movement): Refusal | undefined {
  return judgeOwner(context, id, body.external_id);
}

/** `execute_at_not_in_future`. */
function judgeExecution(context: Context, { executeAt }: Movement): Refusal | undefined {
  if (executeAt === null || executeAt === undefined || executeAt > timeIn(context)) return undefined;
  const execute_at = formatTime(executeAt);
  return refuse('execute_at_not_in_future', `${execute_at} is not later than now`, { execute_at });
}

/** `expiry_not_in_future`. */
function judgeExpiry(context: Context, { body, executeAt }: Movement): Refusal | undefined {
  const { hold } = body;
  const expiry = typeof hold === 'object' && hold !== null ? hold.expires_at : undefined;
  const begin = executeAt ?? timeIn(context);
  if (expiry === undefined || expiry === null || expiry > begin) return undefined;
  const expires_at = formatTime(expiry);
  return refuse(
    'expiry_not_in_future',
    `the hold would end at ${expires_at}, which is not later than it begins`,
    { expires_at },
  );
}

function completeTransfer(context: Context, movement: Movement, legs: readonly Leg[]): Decided {
  const { draft } = context;
  const trial = applyLegs(draft, legs);
  const refusal =
    judgeOverflow(trial.after) ?? (movement.forced ? undefined : judgeFunds(trial.before, trial.after));
  if (refusal !== undefined) return failTransfer(context, movement, refusal);
  const effect = openMissing(context, legs) ? applyLegs(draft, refreshed(draft, legs)) : trial;
  const entry = appendEntry(
    draft,
    currentLedger(context),
    effect,
    entryText(context, movement),
    context.trace,
  );
  const position = draft.position + (movement.reverses === null ? 1 : 2);
  const { transfer, decided } = recordTransfer(
    context,
    movement,
    {
      status: 'COMPLETED',
      entryId: entry.id,
      entryNumber: entry.number,
      completedAt: draft.inputs.time,
    },
    position,
  );
  if (movement.reverses !== null) markReversed(context, movement.reverses, movement.amount);
  draft.appendEvent({ type: 'TransferCompleted', transfer, accounts: [], trace: context.trace });
  return decided;
}

function markReversed({ draft, trace }: Context, original: Transfer, amount: bigint): void {
  const transfer = { ...original, reversed: original.reversed + amount, position: draft.position + 1 };
  draft.updateTransfer(transfer);
  draft.appendEvent({ type: 'TransferReversed', transfer, accounts: [], trace });
}

function entryText({ draft }: Context, movement: Movement): EntryText {
  return {
    transferId: movement.id,
    batchId: null,
    reverses: movement.reverses?.entryId ?? null,
    forced: movement.forced,
    description: movement.body.description ?? null,
    metadata: movement.body.metadata?.text ?? '{}',
    effectiveAt: movement.body.effective_at ?? draft.inputs.time,
  };
}
