import type { AccountType } from '@credit-ledger/contract/accounts.ts';
import type { Queryable } from './read-answer.ts';
import type { PeriodClose } from './periods.ts';

/** Sums of a close by currency and class of account. */
export interface PeriodRow {
  readonly currency: string;
  readonly type: AccountType;
  readonly accounts: number;
  readonly debits: bigint;
  readonly credits: bigint;
}

export interface ReadPeriod extends PeriodClose {
  /** Undefined until it is made. */
  readonly balances: readonly PeriodRow[] | undefined;
}

interface CloseRow {
  readonly ledger: string;
  readonly number: number;
  readonly ends_at: Date;
  readonly closed_at: Date;
  readonly position: string;
  readonly entry_count: string;
  readonly head_hash: string;
  readonly description: string | null;
  readonly previous_hash: string;
  readonly hash: string;
  readonly is_made: boolean;
  readonly rows:
    | {
        currency: string;
        type: AccountType;
        accounts: string;
        debits_minor: string;
        credits_minor: string;
      }[]
    | null;
}

/** Closes of a ledger, the newest first. @param before the close with this number and later ones are left out */
export async function readPeriods(
  db: Queryable,
  ledger: string,
  limit: number,
  before: number | undefined,
): Promise<ReadPeriod[]> {
  const { rows } = await db.query<CloseRow>(
    `select g.name as ledger, c.number, c.ends_at, c.closed_at, c.position, c.entry_count,
        encode(c.head_hash, 'hex') as head_hash, c.description, encode(c.hash, 'hex') as hash,
        coalesce((select encode(p.hash, 'hex') from ledger.period_closes p
          where p.ledger_id = c.ledger_id and p.number = c.number - 1), repeat('00', 32)) as previous_hash,
        exists (select from ledger.period_balances_made m
          where m.ledger_id = c.ledger_id and m.number = c.number) as is_made,
        (select jsonb_agg(jsonb_build_object('currency', b.currency, 'type', b.type, 'accounts', b.accounts::text,
            'debits_minor', b.debits_minor::text, 'credits_minor', b.credits_minor::text) order by b.currency, b.type)
          from ledger.period_balances b where b.ledger_id = c.ledger_id and b.number = c.number) as rows
      from ledger.period_closes c join ledger.ledgers g on g.id = c.ledger_id
      where g.name = $1 and ($3::int is null or c.number < $3) order by c.number desc limit $2`,
    [ledger, limit, before ?? null],
  );
  return rows.map(toPeriod);
}

function toPeriod(row: CloseRow): ReadPeriod {
  const balances = (row.rows ?? []).map((sum) => ({
    currency: sum.currency,
    type: sum.type,
    accounts: Number(sum.accounts),
    debits: BigInt(sum.debits_minor),
    credits: BigInt(sum.credits_minor),
  }));
  return {
    ledger: row.ledger,
    number: row.number,
    endsAt: row.ends_at.getTime(),
    closedAt: row.closed_at.getTime(),
    position: Number(row.position),
    entryCount: Number(row.entry_count),
    headHash: row.head_hash,
    description: row.description,
    previousHash: row.previous_hash,
    hash: row.hash,
    balances: row.is_made ? balances : undefined,
  };
}
