import type { Side } from '@credit-ledger/contract/accounts.ts';
import { fitsAmount } from '@credit-ledger/contract/money.ts';
import type { ConditionsIn } from '@credit-ledger/contract/transfers.ts';
import { refuse, type Refusal } from './refusal.ts';
import { availableOf, balanceOf, type Account } from './state.ts';

/** One side of a movement before it is judged. `name` says which one it is in the words of the request. */
export interface Leg {
  readonly name: string;
  readonly account: Account;
  readonly side: Side;
  readonly amount: bigint;
  readonly require: ConditionsIn | null | undefined;
}

/** Whether a line on this side makes the account's balance smaller. */
export function isOutflow(account: Account, side: Side): boolean {
  return account.settings.normalSide !== side;
}

/** `account_closed`, then `account_suspended`, each over the legs in their order. */
export function judgeStatus(legs: readonly Leg[]): Refusal | undefined {
  const closed = legs.find((leg) => leg.account.settings.status === 'CLOSED');
  if (closed !== undefined) return refuseStatus('account_closed', closed);
  const suspended = legs.find((leg) => leg.account.settings.status === 'SUSPENDED');
  return suspended === undefined ? undefined : refuseStatus('account_suspended', suspended);
}

function refuseStatus(code: 'account_closed' | 'account_suspended', { name, account }: Leg): Refusal {
  const { id, status } = account.settings;
  return refuse(code, `the account ${id} (${name}) is ${status}`, { account_id: id });
}

/** `currency_mismatch`: every leg's account has to hold the transfer's currency. */
export function judgeCurrency(legs: readonly Leg[], currency: string): Refusal | undefined {
  const other = legs.find((leg) => leg.account.settings.currency !== currency);
  if (other === undefined) return undefined;
  const { id, currency: own } = other.account.settings;
  return refuse('currency_mismatch', `the account ${id} (${other.name}) holds ${own}, not ${currency}`, {
    account_id: id,
    account_currency: own,
    currency,
  });
}

/** `condition_failed`: what the request requires of the accounts as they are before it. */
export function judgeConditions(legs: readonly Leg[]): Refusal | undefined {
  for (const leg of legs) {
    if (leg.require !== null && leg.require !== undefined && !holds(leg.require, leg.account)) {
      return refuseCondition(leg, leg.require);
    }
  }
  return undefined;
}

function holds(require: ConditionsIn, account: Account): boolean {
  const available = availableOf(account);
  const least = require.available_min_minor ?? available;
  const most = require.available_max_minor ?? available;
  return (
    available >= least && available <= most && (require.version ?? account.version) === account.version
  );
}

function refuseCondition({ name, account }: Leg, require: ConditionsIn): Refusal {
  const { id } = account.settings;
  const available = availableOf(account);
  const detail = `the account ${id} (${name}) has ${available} available at version ${account.version}`;
  return refuse('condition_failed', detail, {
    account_id: id,
    available_minor: available,
    version: account.version,
    required_available_min_minor: require.available_min_minor ?? undefined,
    required_available_max_minor: require.available_max_minor ?? undefined,
    required_version: require.version ?? undefined,
  });
}

/** `amount_overflow`: no sum of the account may leave 64 bits. */
export function judgeOverflow(after: readonly Account[]): Refusal | undefined {
  const over = after.find((account) => !fits(account));
  if (over === undefined) return undefined;
  const { id } = over.settings;
  return refuse('amount_overflow', `a sum of the account ${id} would leave 64 bits`, { account_id: id });
}

function fits(account: Account): boolean {
  const { debits, credits, held, incoming } = account;
  return (
    fitsAmount(debits) &&
    fitsAmount(credits) &&
    fitsAmount(held) &&
    fitsAmount(incoming) &&
    fitsAmount(availableOf(account))
  );
}

/**
 * `insufficient_funds`: where the net effect makes less available, `available` may not go below minus the
 * limit. Exactly at the limit is allowed; an account in breach may still take in.
 */
export function judgeFunds(before: readonly Account[], after: readonly Account[]): Refusal | undefined {
  for (const [index, next] of after.entries()) {
    const last = before[index];
    const limit = next.settings.creditLimit;
    if (last === undefined || limit === null) continue;
    const available = availableOf(next);
    if (available < availableOf(last) && available < -limit) return refuseFunds(last, next, limit);
  }
  return undefined;
}

function refuseFunds(last: Account, next: Account, limit: bigint): Refusal {
  const { id, currency } = last.settings;
  const available = availableOf(last);
  const amount = available - availableOf(next);
  const has = `the account ${id} has ${available} available and a credit limit of ${limit}`;
  const detail = `${has}; ${amount} is too much (in minor units of ${currency})`;
  return refuse('insufficient_funds', detail, {
    account_id: id,
    available_minor: available,
    balance_minor: balanceOf(last),
    held_minor: last.held,
    credit_limit_minor: limit,
    requested_minor: amount,
  });
}
