/** What a refusal means to whoever asked, and what would help; the server's own sentence has the numbers. */
const advice: Readonly<Record<string, string>> = {
  insufficient_funds: 'Put money in first, lower the amount, or raise the account’s credit limit.',
  account_suspended: 'Nothing moves on a suspended account. Set it to active to go on.',
  account_closed: 'A closed account stays closed. Use another one.',
  currency_mismatch: 'Both accounts have to be in the currency of the transfer.',
  accounts_must_differ: 'Choose two accounts.',
  exceeds_held_amount: 'Settle at most what is still held.',
  exceeds_reversible_amount: 'Reverse at most what was not reversed yet.',
  hold_expired: 'It ended by its time; place a new hold.',
  period_closed: 'The books are closed for that time. Choose a later effective time.',
  condition_failed: 'The request asked for something to hold that does not.',
  version_mismatch: 'Somebody changed it meanwhile. Load it again and repeat your change.',
  external_id_taken: 'Choose another external id.',
  account_not_empty: 'Move what it holds elsewhere first.',
  limit_below_use: 'The limit has to cover what is used already.',
  processing_exhausted:
    'The ledger could not be reached in all attempts. Redrive it from the dead letters.',
};

/** What would help whoever got this refusal; empty where nothing is known to. */
export function adviceFor(code: string): string {
  return advice[code] ?? '';
}
