/**
 * Where balances and statements are read from: the ledger itself, or read models of the same shape. Parts of
 * `from` clauses, all of them constants.
 */
export interface ReadSource {
  /** Goes into the names of prepared statements. */
  readonly name: string;
  /** `h` (position, time), `a` (accountColumns) and `g` (name) of each account. */
  readonly accounts: string;
  /** States at versions that `lines` does not show, in the shape of ledger.account_history. */
  readonly history: string;
  /** In the shape of ledger.lines. */
  readonly lines: string;
  /** Joins `e` (id, transfer_id, description, metadata) to a line `p` of an account `a`. */
  readonly entryOfLine: string;
  /** Joins `o` (counterparty_account_id) to a line `p`. */
  readonly counterpartyOfLine: string;
}

/**
 * More than one other line means a counterparty that is not one account; no more than two need to be
 * looked at.
 */
const counterparty = `left join lateral (
  select case when count(*) = 1 then (array_agg(o.account_id))[1] end as counterparty_account_id
  from (select account_id from ledger.lines
    where position = p.position and line_number <> p.line_number limit 2) o) o on true`;

/** The ledger itself: each read is a snapshot of it with the head's position. */
export const ledgerSource: ReadSource = {
  name: 'ledger',
  accounts: `ledger.head h cross join ledger.accounts a join ledger.ledgers g on g.id = a.ledger_id`,
  history: 'ledger.account_history',
  lines: 'ledger.lines',
  // The limit keeps the lookup to one index entry a line: joined, the wall's condition makes the planner hash every
  // entry of the ledger.
  entryOfLine: `left join lateral (select id, transfer_id, description, metadata from ledger.entries
    where ledger_id = a.ledger_id and entry_number = p.entry_number and position = p.position limit 1) e on true`,
  counterpartyOfLine: counterparty,
};
