import type { Queryable } from './read-answer.ts';

/**
 * Positions of the next events that show an account, in the order of the log: its opening and settings, its entries, the
 * life of its holds. At most `limit`.
 */
export async function readAccountPositions(
  db: Queryable,
  account: string,
  after: number,
  limit: number,
): Promise<number[]> {
  const { rows } = await db.query<{ position: string }>({
    name: 'read-account-positions',
    text: `select distinct position from (
        (select position from ledger.lines where account_id = $1 and position > $2)
        union all (select position from ledger.account_history where account_id = $1 and position > $2)) p
      order by position limit $3`,
    values: [account, after, limit],
  });
  return rows.map((row) => Number(row.position));
}
