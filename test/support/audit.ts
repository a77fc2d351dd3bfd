import type { Client } from 'pg';

/** What must always be true, asked of the tables by an auditor of their own; each query finds violations. */
const truths: Readonly<Record<string, string>> = {
  'an entry balances in every currency': `
    select l.position from ledger.lines l join ledger.accounts a on a.id = l.account_id
      group by l.position, a.currency
      having sum(case l.side when 'DEBIT' then l.amount_minor else -l.amount_minor end) <> 0`,
  'an account is the sum of its lines': `
    select a.id from ledger.accounts a left join (
        select account_id, sum(amount_minor) filter (where side = 'DEBIT') as debits,
          sum(amount_minor) filter (where side = 'CREDIT') as credits from ledger.lines group by 1) l
      on l.account_id = a.id
      where a.debits_minor <> coalesce(l.debits, 0) or a.credits_minor <> coalesce(l.credits, 0)`,
  'a line tells the balance and the debits after it': `
    select * from (
      select l.account_id, l.position, l.balance_after_minor, l.debits_after_minor, a.normal_side,
        sum(case l.side when 'DEBIT' then l.amount_minor else 0 end) over before as debits,
        sum(case l.side when 'CREDIT' then l.amount_minor else 0 end) over before as credits
        from ledger.lines l join ledger.accounts a on a.id = l.account_id
        window before as (partition by l.account_id order by l.version)) as v
      where v.debits_after_minor <> v.debits or v.balance_after_minor <>
        case v.normal_side when 'DEBIT' then v.debits - v.credits else v.credits - v.debits end`,
  'held and incoming are the sums of open holds': `
    select a.id from ledger.accounts a left join (
        select id, sum(held) as held, sum(incoming) as incoming from (
          select b.id, case b.normal_side when 'CREDIT' then t.held_minor else 0 end as held,
            case b.normal_side when 'CREDIT' then 0 else t.held_minor end as incoming
            from ledger.transfers t join ledger.accounts b on b.id = t.from_id
          union all
          select b.id, case b.normal_side when 'CREDIT' then 0 else t.held_minor end,
            case b.normal_side when 'CREDIT' then t.held_minor else 0 end
            from ledger.transfers t join ledger.accounts b on b.id = t.to_id) as sides group by id) h on h.id = a.id
      where a.held_minor <> coalesce(h.held, 0) or a.incoming_minor <> coalesce(h.incoming, 0)`,
  'entry numbers are dense': `
    select g.id from ledger.ledgers g left join ledger.entries e on e.ledger_id = g.id
      group by g.id having count(e.id) <> g.entry_count or coalesce(max(e.entry_number), 0) <> g.entry_count`,
  'positions are dense up to the head': `
    select h.position from ledger.head h, (select count(*) as n, max(position) as last from ledger.events) e
      where h.position <> e.n or h.position <> coalesce(e.last, 0)`,
  'versions are dense': `
    select a.id from ledger.accounts a join (
        select account_id, count(*) as n, max(version) as last, count(distinct version) as different from (
          select account_id, version from ledger.lines
          union all select account_id, version from ledger.account_history) as v group by 1) c on c.account_id = a.id
      where c.n <> a.version or c.last <> a.version or c.different <> a.version`,
  'an external id counts once': `
    select external_id from ledger.transfers where external_id is not null and status <> 'FAILED'
      group by ledger_id, external_id having count(*) > 1`,
  'each completed plain transfer has its one entry': `
    select t.id from ledger.transfers t left join ledger.entries e on e.transfer_id = t.id
      where t.status = 'COMPLETED' and t.ended_by is null group by t.id having count(e.id) <> 1`,
};

/** The names of the truths that the database breaks, with the first offenders. Empty is what it should be. */
export async function audit(client: Client): Promise<string[]> {
  const broken: string[] = [];
  // After a crash there are no statistics, and a join planned for few rows would take for ever on many.
  await client.query('set enable_nestloop = off');
  for (const [name, query] of Object.entries(truths)) {
    const { rows } = await client.query<Record<string, unknown>>(
      `select * from (${query}) as v limit 3`,
    );
    if (rows.length > 0) broken.push(`${name}: ${JSON.stringify(rows)}`);
  }
  return broken;
}
