import type { BankRow } from './bank-rows.ts';

/** What is known of a bank's year before it is imported; amounts in minor units. */
export interface BankFacts {
  readonly rows: number;
  readonly accounts: number;
  readonly credits: bigint;
  readonly debits: bigint;
  readonly net: bigint;
  /** One account, and its balance at the end. */
  readonly account: string;
  readonly ends: bigint;
  /** Pairs of an account and a date with at least one transaction. */
  readonly accountDays: number;
}

/** By the SHA-256 of the file: the year 1993 of the data set of PKDD'99, with the figures stated with it. */
const published = new Map<string, BankFacts>([
  [
    '2f6c4be20dd455dc6952e83c85e5b82cd2cbd4dc100891117c45df13e5a3bb79',
    {
      rows: 28_205,
      accounts: 1139,
      credits: 12_044_223_740n,
      debits: 8_386_629_130n,
      net: 3_657_594_610n,
      account: '2378',
      ends: 6_204_200n,
      accountDays: 23_440,
    },
  ],
]);

/** The figures that were stated with a well-known file; undefined for any other. */
export function publishedFacts(sha256: string): BankFacts | undefined {
  return published.get(sha256);
}

/** Counts the same figures in the rows themselves. The account is that of the first row. */
export function countFacts(rows: readonly BankRow[]): BankFacts {
  const account = rows[0]?.account ?? '';
  const credits = rows.filter((row) => row.isCredit);
  const debits = rows.filter((row) => !row.isCredit);
  const ofAccount = (row: BankRow): boolean => row.account === account;
  return {
    rows: rows.length,
    accounts: new Set(rows.map((row) => row.account)).size,
    credits: sum(credits),
    debits: sum(debits),
    net: sum(credits) - sum(debits),
    account,
    ends: sum(credits.filter(ofAccount)) - sum(debits.filter(ofAccount)),
    accountDays: new Set(rows.map((row) => `${row.account} ${row.date}`)).size,
  };
}

function sum(rows: readonly BankRow[]): bigint {
  return rows.reduce((total, row) => total + row.amount, 0n);
}
