import type { PoolClient } from 'pg';
import { Findings, type SourceReport } from './report.ts';
import type { Snapshots } from './snapshots.ts';

interface DriftRow {
  readonly id: string;
  readonly expected: Readonly<Record<string, string>>;
  readonly actual: Readonly<Record<string, string>>;
}

/**
 * Compares the balances in use with the journal: debits and credits with the sum of the lines after a position and
 * what stood there before, held, incoming and version with the last state that was recorded.
 */
export async function checkAccounts({ ledger, head }: Snapshots, from: number): Promise<SourceReport> {
  const findings = new Findings();
  findings.count(await countAccounts(ledger, from));
  const { rows } = await ledger.query<DriftRow>(driftText, [from]);
  for (const { id, expected, actual } of rows)
    for (const [field, value] of Object.entries(expected))
      if (actual[field] !== value)
        findings.add({ subject: id, field, expected: value, actual: actual[field] });
  return findings.report('accounts', head);
}

async function countAccounts(db: PoolClient, from: number): Promise<number> {
  const { rows } = await db.query<{ count: string }>(
    'select count(*) as count from ledger.accounts where position > $1',
    [from],
  );
  return Number(rows[0]?.count ?? 0);
}

const signed = (
  alias: string,
) => `case a.normal_side when 'DEBIT' then ${alias}.debits_after_minor - ${alias}.balance_after_minor
  else ${alias}.debits_after_minor + ${alias}.balance_after_minor end`;

const lastLine = (upTo: string) => `left join lateral (select * from ledger.lines l
    where l.account_id = a.id ${upTo} order by l.posted_at desc, l.position desc, l.line_number desc limit 1)`;

const fields = (debits: string, credits: string, held: string, incoming: string, version: string) =>
  `jsonb_build_object('debits_minor', (${debits})::text, 'credits_minor', (${credits})::text,
    'held_minor', (${held})::text, 'incoming_minor', (${incoming})::text, 'version', (${version})::text)`;

const driftText = `with since as (
    select account_id, coalesce(sum(amount_minor) filter (where side = 'DEBIT'), 0) as debits,
      coalesce(sum(amount_minor) filter (where side = 'CREDIT'), 0) as credits
    from ledger.lines where position > $1 group by account_id),
  compared as (
    select a.id, ${fields(
      'coalesce(b.debits_after_minor, 0) + coalesce(s.debits, 0)',
      `coalesce(${signed('b')}, 0) + coalesce(s.credits, 0)`,
      'r.held',
      'r.incoming',
      'r.version',
    )} as expected,
      ${fields('a.debits_minor', 'a.credits_minor', 'a.held_minor', 'a.incoming_minor', 'a.version')} as actual
    from ledger.accounts a left join since s on s.account_id = a.id
    ${lastLine('and $1::bigint > 0 and l.position <= $1')} b on true
    ${lastLine('')} n on true
    left join lateral (select * from ledger.account_history h where h.account_id = a.id
      order by h.recorded_at desc, h.version desc limit 1) h on true
    cross join lateral (select
      case when n.version > h.version or h.version is null then n.held_after_minor else h.held_minor end as held,
      case when n.version > h.version or h.version is null then n.incoming_after_minor else h.incoming_minor end as incoming,
      greatest(n.version, h.version) as version) r
    where a.position > $1)
  select * from compared where expected <> actual order by id`;
