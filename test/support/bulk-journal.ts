import type { Client } from 'pg';

/** A journal made by the set: transfers of 1 from the one hot account to many others in turn. */
export interface BulkJournal {
  readonly hot: string;
  /** One of the others, with a line for every `otherCount` transfers. */
  readonly other: string;
  /** A transfer in the middle, and its entry. */
  readonly transfer: string;
  readonly entry: string;
  readonly transferCount: number;
  readonly start: number;
}

const otherCount = 2000;
const transferCount = 100_000;
/** Transfers stand this many positions apart, so that they fill three partitions. */
const stride = 500;
const start = Date.parse('2026-03-01T00:00:00.000Z');

const idOf = (kind: string, n: string) => `(${kind}::text || lpad((${n})::text, 11, '0'))::uuid`;
const accountId = (n: string) => idOf(`'0a000000-0000-7000-8000-0'`, n);
const transferId = (n: string) => idOf(`'0b000000-0000-7000-8000-0'`, n);
const entryId = (n: string) => idOf(`'0c000000-0000-7000-8000-0'`, n);
const hotId = accountId('0');
const timeOf = (n: string) => `'2026-03-01Z'::timestamptz + (${n}) * interval '1 millisecond'`;
const transfers = `generate_series(1, ${transferCount}) n`;
const turn = `1 + n % ${otherCount}`;
const round = `(1 + (n - 1) / ${otherCount})`;

/**
 * Makes 100,000 transfers (200,000 lines) in three partitions, analyzed. Each 1 ms apart, the first at
 * `start` + 1.
 */
export async function makeBulkJournal(client: Client): Promise<BulkJournal> {
  const sql = `
    select ledger.ensure_partitions(${transferCount * stride});
    insert into ledger.accounts select ${accountId('n')}, 1, 'acct-' || n, 'LIABILITY', 'CREDIT', 'USD', false, null,
        'ACTIVE', null, '[]', null, '{}', case n when 0 then ${transferCount} else 0 end, 0, 0, 0, 2, 1,
        ${timeOf('0')}, ${timeOf('0')}, n, n
      from generate_series(0, ${otherCount}) n;
    insert into ledger.account_history select id, 1, created_position, created_at, 'ACTIVE', null, 0, 0, 0, 0
      from ledger.accounts;
    insert into ledger.transfers (id, ledger_id, from_id, to_id, amount_minor, currency, status, created_as, held_minor,
        settled_minor, reversed_minor, entry_id, entry_number, metadata, effective_at, created_at, completed_at,
        created_position, position)
      select ${transferId('n')}, 1, ${hotId}, ${accountId(turn)}, 1, 'USD', 'COMPLETED', 'COMPLETED', 0, 0, 0,
        ${entryId('n')}, n, '{}', ${timeOf('n')}, ${timeOf('n')}, ${timeOf('n')}, n * ${stride}, n * ${stride}
      from ${transfers};
    insert into ledger.transfers (id, ledger_id, from_id, to_id, amount_minor, currency, status, created_as, held_minor,
        settled_minor, reversed_minor, metadata, effective_at, created_at, created_position, position)
      select ${transferId(`n + ${transferCount}`)}, 1, ${hotId}, ${accountId(turn)}, 1, 'USD', 'FAILED', 'FAILED', 0, 0,
        0, '{}', ${timeOf('n * 10')}, ${timeOf('n * 10')}, n * ${stride} * 10 + 2, n * ${stride} * 10 + 2
      from generate_series(1, ${transferCount / 10}) n;
    insert into ledger.entries select 1, n, n * ${stride} + 1, ${entryId('n')}, ${transferId('n')}, null, null, false,
        '=1+"' || n || '"', '{}', ${timeOf('n')}, ${timeOf('n')}, sha256(n::text::bytea)
      from ${transfers};
    insert into ledger.lines select n * ${stride} + 1, 1, ${hotId}, n, 'DEBIT', 1, -n, n, 0, 0, n + 1, ${timeOf('n')},
        ${timeOf('n')} from ${transfers};
    insert into ledger.lines select n * ${stride} + 1, 2, ${accountId(turn)}, n, 'CREDIT', 1, ${round}, 0, 0, 0,
        ${round} + 1, ${timeOf('n')}, ${timeOf('n')} from ${transfers};
    update ledger.head set position = ${transferCount * stride + 2}, time = ${timeOf(`${transferCount}`)};
    analyze;`;
  await client.query(sql);
  const { rows } = await client.query<Omit<BulkJournal, 'transferCount' | 'start'>>(
    `select ${hotId} as hot, ${accountId('7')} as other, ${transferId('50000')} as transfer, ${entryId('50000')} as entry`,
  );
  const [ids] = rows;
  if (ids === undefined) throw new Error('a select without a table gives one row');
  return { ...ids, transferCount, start };
}
