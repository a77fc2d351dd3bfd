import { isKeepable, readId } from '@credit-ledger/contract/ids.ts';
import { noAnswer, type ReadRefusal } from './read-answer.ts';

/**
 * How to find the account that a caller names, within the ledger named by $1. `where` holds for
 * `ledger.accounts a join ledger.ledgers g` with `value` as $2; `by` goes into names of prepared
 * statements.
 */
export interface AccountMatch {
  readonly by: 'id' | 'external_id';
  readonly where: string;
  readonly value: string;
}

/** @param ref a UUID or `ext:<external_id>`; undefined for anything else, which no account is called. */
export function matchAccount(ref: string): AccountMatch | undefined {
  if (ref.startsWith('ext:') && isKeepable(ref)) {
    return { by: 'external_id', where: 'g.name = $1 and a.external_id = $2', value: ref.slice(4) };
  }
  const id = readId(ref);
  return id === undefined ? undefined : { by: 'id', where: 'g.name = $1 and a.id = $2', value: id };
}

/** The answer for an account that isn't in the ledger, also where it is in another one. */
export function unknownAccount(ref: string, status?: number): { kind: 'refused'; refusal: ReadRefusal } {
  return noAnswer('account_not_found', `There is no account ${ref}`, { account: ref }, status);
}
