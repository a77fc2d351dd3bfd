import { readId } from '@credit-ledger/contract/ids.ts';
import type { Leg } from './account-rules.ts';
import type { Context } from './decided.ts';
import type { Draft } from './draft.ts';
import { externalAccountId, newExternalAccount } from './external-account.ts';
import { refuse, type Refusal } from './refusal.ts';
import type { Account } from './state.ts';
import type { View } from './view.ts';

/**
 * The account of this ledger that a UUID or `ext:<external_id>` names; one of another ledger is not found.
 */
export function findAccount(view: View, ledger: string, ref: string): Account | undefined {
  const id = ref.startsWith('ext:') ? view.accountIdByExternalId(ledger, ref.slice(4)) : ref;
  const account = id === undefined ? undefined : view.account(id);
  return account?.settings.ledger === ledger ? account : undefined;
}

/** The account, or the refusal `account_not_found` in the words of the request (`name`). */
export function resolveAccount(
  { draft, ledger }: Context,
  ref: string,
  name: string,
): Account | Refusal {
  const account = findAccount(draft, ledger.name, ref);
  if (account !== undefined) return account;
  return refuse('account_not_found', `there is no account ${ref} (${name})`, {
    account_id: readId(ref) ?? ref,
  });
}

/**
 * The ledger's account for the world outside; where it was never needed before, a fresh one not yet opened.
 */
export function externalAccount({ draft, ledger }: Context, currency: string): Account | Refusal {
  const found = draft.account(externalAccountId(ledger.name, currency));
  if (found === undefined) return newExternalAccount(ledger.name, currency, draft.inputs.time, 0);
  if (found.settings.external && found.settings.ledger === ledger.name) return found;
  const { id } = found.settings;
  return refuse('account_id_taken', `the id ${id} of the account for the world outside is taken`, {
    account_id: id,
  });
}

/** Opens the accounts of legs that are not open yet (external ones). Says whether there were any. */
export function openMissing({ draft, trace }: Context, legs: readonly Leg[]): boolean {
  const missing = legs.filter(({ account }) => account.position === 0);
  for (const { account } of missing) {
    const position = draft.position + 1;
    const opened = {
      ...account,
      settings: { ...account.settings, createdPosition: position },
      position,
    };
    draft.openAccount(opened);
    draft.appendEvent({ type: 'AccountCreated', account: opened, trace });
  }
  return missing.length > 0;
}

/** The legs with their accounts as the draft has them now. */
export function refreshed(draft: Draft, legs: readonly Leg[]): readonly Leg[] {
  return legs.map((leg) => ({ ...leg, account: draft.account(leg.account.settings.id) ?? leg.account }));
}

/** `currency_unknown`. */
export function judgeCurrencyKnown(view: View, currency: string): Refusal | undefined {
  if (view.currencyScale(currency) !== undefined) return undefined;
  return refuse('currency_unknown', `${currency} is not a registered currency`, { currency });
}
