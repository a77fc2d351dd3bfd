import type { JsonObject } from '@credit-ledger/contract/json.ts';

/** Every kind of check, with what it holds a book to. */
export const checks = {
  entry_hash: 'Each entry is what its hash was made of, after the hash before it',
  entry_number: 'Entry numbers are dense',
  entry_balance: 'Each entry balances in every currency',
  entry_lines: 'Lines belong to their entries, and say the same time',
  line_account: 'Each line is of an account of its ledger',
  line_balance: 'Each line tells the balance and the debits after it',
  account_version: "Each account's versions are dense",
  account_balance: "Each account's balance is the sum of its lines",
  account_holds: 'Held and incoming are the sums of open holds',
  ledger_end: 'Each ledger knows the end of its chain',
  position: 'Positions of events are dense up to the head',
  entry_event: 'Each entry has its event, and the event says the same',
  transfer_entry: 'Each completed transfer has its entry',
  key_effect: 'Each idempotency key has its effect',
  sealed_root: 'The journal is the one that was signed',
  period_close: 'Each close is the one that was made, with the sums of its entries',
  audit_log: 'The audit log is the one that was written',
} as const;

export type Check = keyof typeof checks;

const checkNames = Object.keys(checks).filter((name): name is Check => name in checks);

/** The first bad record of a kind: where it is, and what is wrong with it. */
export interface Finding {
  readonly where: JsonObject;
  readonly what: string;
}

/** What one check found. */
export interface CheckResult {
  readonly check: Check;
  /** How many bad records there are, as far as they were counted. */
  readonly count: number;
  readonly first: Finding | null;
}

/** Collects what is wrong: the first of each kind, and how many there are. */
export class Findings {
  readonly #found = new Map<Check, { count: number; readonly first: Finding }>();

  add(check: Check, where: JsonObject, what: string, count = 1): void {
    const known = this.#found.get(check);
    if (known === undefined) this.#found.set(check, { count, first: { where, what } });
    else known.count += count;
  }

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  /** Every check that was made, in the order of the table. */
  results(made: readonly Check[] = checkNames): CheckResult[] {
    return made.map((check) => {
      const { count, first } = this.#found.get(check) ?? { count: 0, first: null };
      return { check, count, first };
    });
  }

  /** Goes on from results. */
  load(results: readonly CheckResult[]): void {
    for (const { check, count, first } of results)
      if (first !== null) this.#found.set(check, { count, first });
  }
}
