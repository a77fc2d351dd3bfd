import type { Pool } from 'pg';
import { inTransaction } from '../postgres/transaction.ts';

/**
 * Makes the trial balance of every close that has none: sums of the lines up to its position that count before its
 * end. What they are of never changes, so it does not matter when they are made.
 * @returns how many closes
 */
export async function makePeriodBalances(db: Pool): Promise<number> {
  const { rows } = await db.query<{ ledger_id: number; number: number }>(
    `select c.ledger_id, c.number from ledger.period_closes c where not exists (
        select from ledger.period_balances_made m where m.ledger_id = c.ledger_id and m.number = c.number)
      order by c.ledger_id, c.number`,
  );
  for (const { ledger_id: ledger, number } of rows)
    await inTransaction(db, async (client) => {
      await client.query('set local statement_timeout = 0');
      const made = await client.query(
        'insert into ledger.period_balances_made (ledger_id, number) values ($1, $2) on conflict do nothing',
        [ledger, number],
      );
      if (made.rowCount === 1) await client.query(balancesText, [ledger, number]);
    });
  return rows.length;
}

const balancesText = `insert into ledger.period_balances
  select c.ledger_id, c.number, a.currency, a.type, count(distinct a.id),
    coalesce(sum(l.amount_minor) filter (where l.side = 'DEBIT'), 0),
    coalesce(sum(l.amount_minor) filter (where l.side = 'CREDIT'), 0)
  from ledger.period_closes c join ledger.lines l on l.position <= c.position and l.effective_at < c.ends_at
    join ledger.accounts a on a.id = l.account_id and a.ledger_id = c.ledger_id
  where c.ledger_id = $1 and c.number = $2 group by c.ledger_id, c.number, a.currency, a.type`;
