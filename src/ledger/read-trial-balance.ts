import type { AccountType } from '@credit-ledger/contract/accounts.ts';
import type { TrialBalanceOut } from '@credit-ledger/contract/reports.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { found, noAnswer, type Answer, type Queryable } from './read-answer.ts';
import { unknownLedger } from './read-ledgers.ts';

interface TrialBalanceRow {
  readonly head_position: string;
  readonly head_time: Date;
  /** Null in the one row of a ledger without accounts. */
  readonly currency: string | null;
  readonly type: AccountType;
  readonly accounts: string;
  readonly debits_minor: string;
  readonly credits_minor: string;
}

const nowSource = `select a.currency, a.type, count(*) as accounts,
    sum(a.debits_minor) as debits_minor, sum(a.credits_minor) as credits_minor
  from ledger.accounts a where a.ledger_id = g.id group by a.currency, a.type`;

/** Of each account the last line up to $2, one step from the end of its index. */
const pastSource = `select a.currency, a.type, count(*) as accounts,
    coalesce(sum(l.debits_after_minor), 0) as debits_minor,
    coalesce(sum(l.debits_after_minor
      + case a.normal_side when 'CREDIT' then l.balance_after_minor else -l.balance_after_minor end), 0)
      as credits_minor
  from ledger.accounts a
  left join lateral (select l.debits_after_minor, l.balance_after_minor from ledger.lines l
    where l.account_id = a.id and l.posted_at <= $2
    order by l.posted_at desc, l.position desc, l.line_number desc limit 1) l on true
  where a.ledger_id = g.id and a.created_at <= $2 group by a.currency, a.type`;

const select = (source: string) => `select h.position as head_position, h.time as head_time, s.*
  from ledger.head h cross join ledger.ledgers g left join lateral (${source}) s on true
  where g.name = $1 order by s.currency, s.type`;

/**
 * Debits, credits and balance per currency and account type, now or as recorded up to a past time, in
 * one snapshot. A row's balance is on the usual side of its type. Reads every account of the ledger.
 * Refused with 404 `ledger_not_found`, 422 `at_in_future`.
 * @param moment milliseconds since 1970; `now` is the caller's clock
 */
export async function readTrialBalance(
  db: Queryable,
  ledger: string,
  { now, at }: { now: number; at?: number | undefined },
): Promise<Answer<TrialBalanceOut>> {
  const { rows } =
    at === undefined
      ? await db.query<TrialBalanceRow>({ text: select(nowSource), values: [ledger] })
      : await db.query<TrialBalanceRow>({ text: select(pastSource), values: [ledger, formatTime(at)] });
  const [first] = rows;
  if (first === undefined) return unknownLedger(ledger);
  const latest = Math.max(now, first.head_time.getTime());
  if (at !== undefined && at > latest) {
    return noAnswer('at_in_future', `${formatTime(at)} has not come`, { at: formatTime(at) });
  }
  return found(viewTrialBalance(ledger, first, rows, at ?? latest));
}

function viewTrialBalance(
  ledger: string,
  first: TrialBalanceRow,
  rows: readonly TrialBalanceRow[],
  at: number,
): TrialBalanceOut {
  const totals = new Map<string, { debits: bigint; credits: bigint }>();
  const out: TrialBalanceOut['rows'] = [];
  for (const row of rows) {
    if (row.currency === null) continue;
    const debits = BigInt(row.debits_minor);
    const credits = BigInt(row.credits_minor);
    const total = totals.get(row.currency) ?? { debits: 0n, credits: 0n };
    totals.set(row.currency, { debits: total.debits + debits, credits: total.credits + credits });
    out.push({
      currency: row.currency,
      type: row.type,
      accounts: Number(row.accounts),
      debits_minor: debits,
      credits_minor: credits,
      balance_minor:
        row.type === 'ASSET' || row.type === 'EXPENSE' ? debits - credits : credits - debits,
    });
  }
  const sums = [...totals].map(([currency, { debits, credits }]) => ({
    currency,
    debits_minor: debits,
    credits_minor: credits,
    balanced: debits === credits,
  }));
  return {
    ledger,
    as_of: formatTime(at),
    as_of_position: Number(first.head_position),
    balanced: sums.every((sum) => sum.balanced),
    rows: out,
    totals: sums,
  };
}
