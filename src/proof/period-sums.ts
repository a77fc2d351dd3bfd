import type { Queryable } from '../ledger/read-answer.ts';
import type { Findings } from './findings.ts';

/** A row of a trial balance. */
interface SumRow {
  readonly number: number;
  readonly currency: string;
  readonly type: string;
  readonly accounts: string;
  readonly debits: string;
  readonly credits: string;
}

interface Sum {
  accounts: bigint;
  debits: bigint;
  credits: bigint;
}

/** The trial balance that is kept of every close of a ledger is the sum of the lines that count in it. */
export async function checkPeriodSums(
  db: Queryable,
  ledger: { readonly id: number; readonly name: string },
  findings: Findings,
): Promise<void> {
  const { rows: made } = await db.query<{ number: number }>(
    'select number from ledger.period_balances_made where ledger_id = $1 order by number',
    [ledger.id],
  );
  const kept = Map.groupBy(await readKept(db, ledger.id), (row) => row.number);
  const added = Map.groupBy(await readAdded(db, ledger.id), (row) => row.number);
  const sums = new Map<string, Sum>();
  let upTo = 0;
  for (const { number } of made) {
    for (; upTo < number; upTo += 1) addAll(sums, added.get(upTo + 1) ?? []);
    const is = (kept.get(number) ?? []).map(textOf).toSorted().join('; ');
    const shouldBe = [...sums]
      .map(([name, sum]) => textOfSum(name, sum))
      .toSorted()
      .join('; ');
    if (is === shouldBe) continue;
    const where = { ledger: ledger.name, period: number };
    findings.add('period_close', where, `its trial balance is ${is}, its entries add up to ${shouldBe}`);
  }
}

async function readKept(db: Queryable, ledger: number): Promise<SumRow[]> {
  const { rows } = await db.query<SumRow>(
    `select number, currency, type, accounts, debits_minor as debits, credits_minor as credits
      from ledger.period_balances where ledger_id = $1`,
    [ledger],
  );
  return rows;
}

/**
 * What each close counts that the one before did not, in one pass over the lines: a line counts from the first close
 * on that came after it and ends after its time.
 */
async function readAdded(db: Queryable, ledger: number): Promise<SumRow[]> {
  const { rows } = await db.query<SumRow>(
    `with closes as (
        select array_agg(position order by number) as positions, array_agg(ends_at order by number) as ends,
          max(position) as last
        from ledger.period_closes where ledger_id = $1),
      of_account as (
        select l.account_id, 1 + greatest(width_bucket(l.position - 1, c.positions),
            width_bucket(l.effective_at, c.ends)) as number,
          coalesce(sum(l.amount_minor) filter (where l.side = 'DEBIT'), 0) as debits,
          coalesce(sum(l.amount_minor) filter (where l.side = 'CREDIT'), 0) as credits
        from closes c join ledger.lines l on l.position <= c.last group by 1, 2),
      from_first as (
        select o.*, min(number) over (partition by account_id) as first from of_account o)
      select f.number, a.currency, a.type, count(*) filter (where f.number = f.first) as accounts,
        sum(f.debits) as debits, sum(f.credits) as credits
      from from_first f join ledger.accounts a on a.id = f.account_id
      where a.ledger_id = $1 group by f.number, a.currency, a.type`,
    [ledger],
  );
  return rows;
}

function addAll(sums: Map<string, Sum>, rows: readonly SumRow[]): void {
  for (const { currency, type, accounts, debits, credits } of rows) {
    const name = `${currency} ${type}`;
    const sum = sums.get(name) ?? { accounts: 0n, debits: 0n, credits: 0n };
    sum.accounts += BigInt(accounts);
    sum.debits += BigInt(debits);
    sum.credits += BigInt(credits);
    sums.set(name, sum);
  }
}

function textOf({ currency, type, accounts, debits, credits }: SumRow): string {
  const sum = { accounts: BigInt(accounts), debits: BigInt(debits), credits: BigInt(credits) };
  return textOfSum(`${currency} ${type}`, sum);
}

function textOfSum(name: string, { accounts, debits, credits }: Sum): string {
  return `${name} of ${accounts} accounts ${debits}/${credits}`;
}
