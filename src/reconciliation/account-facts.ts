import type { Queryable } from '../ledger/read-answer.ts';
import type { ProjectionName } from '../projections/projection.ts';

/** What a side says about an account. */
export interface Facts {
  readonly fields: ReadonlyMap<string, string>;
  /** How far it goes, where that differs from account to account. */
  readonly upTo: number | undefined;
}

export type FactsByAccount = ReadonlyMap<string, Facts>;

interface FactRow {
  readonly account_id: string;
  /** Before the name of each field; empty where an account has one row. */
  readonly prefix: string;
  readonly up_to: string | null;
  readonly fields: Readonly<Record<string, string>>;
}

/** How a read model and the journal are asked for the same facts about accounts. */
export interface AccountCheck {
  readonly projection: ProjectionName;
  /** $1 account ids, $2 the checkpoint. */
  readonly actual: string;
  /** $1 account ids, $2 for each the position up to which it counts. */
  readonly expected: string;
  /** $1 after this account, $2 up to this one: those that the read model has. */
  readonly accounts: string;
  /** Whether rows say up to where they go; else all go up to the checkpoint, which then has to be one position. */
  readonly isSum: boolean;
}

/** The state of an account after the last change up to a position: a line, or what left none. */
const stateUpTo = `left join lateral (select l.version, l.position, l.debits_after_minor as debits,
      case a.normal_side when 'DEBIT' then l.debits_after_minor - l.balance_after_minor
        else l.debits_after_minor + l.balance_after_minor end as credits,
      l.held_after_minor as held, l.incoming_after_minor as incoming
    from ledger.lines l where l.account_id = w.id and l.position <= w.up_to
    order by l.posted_at desc, l.position desc, l.line_number desc limit 1) l on true
  left join lateral (select h.version, h.position, h.debits_minor as debits, h.credits_minor as credits,
      h.held_minor as held, h.incoming_minor as incoming
    from ledger.account_history h where h.account_id = w.id and h.position <= w.up_to
    order by h.recorded_at desc, h.version desc limit 1) h on true
  cross join lateral (select (case when l.version > h.version or h.version is null then l.debits else h.debits end) as debits,
      (case when l.version > h.version or h.version is null then l.credits else h.credits end) as credits,
      (case when l.version > h.version or h.version is null then l.held else h.held end) as held,
      (case when l.version > h.version or h.version is null then l.incoming else h.incoming end) as incoming,
      greatest(l.version, h.version) as version) s`;

const wanted = 'unnest($1::uuid[], $2::bigint[]) as w (id, up_to) join ledger.accounts a on a.id = w.id';

const stateFields = (debits: string, credits: string, held: string, incoming: string, version: string) =>
  `jsonb_build_object('debits_minor', (${debits})::text, 'credits_minor', (${credits})::text,
    'held_minor', (${held})::text, 'incoming_minor', (${incoming})::text, 'version', (${version})::text)`;

const balances: AccountCheck = {
  projection: 'balances',
  isSum: false,
  accounts: `select account_id from read_models.balances where account_id > $1 and account_id <= $2`,
  actual: `select account_id, '' as prefix, greatest(position, $2::bigint) as up_to,
      ${stateFields('debits_minor', 'credits_minor', 'held_minor', 'incoming_minor', 'version')}
      || jsonb_build_object('balance_minor', balance_minor::text) as fields
    from read_models.balances where account_id = any($1)`,
  expected: `select a.id as account_id, '' as prefix, null as up_to,
      ${stateFields('s.debits', 's.credits', 's.held', 's.incoming', 's.version')}
      || jsonb_build_object('balance_minor',
        (case a.normal_side when 'DEBIT' then s.debits - s.credits else s.credits - s.debits end)::text) as fields
    from ${wanted} ${stateUpTo} where s.version is not null`,
};

const digest = (alias: string) =>
  `sum(('x' || substr(md5(concat_ws('|', ${alias}.position, ${alias}.line_number, ${alias}.side, ${alias}.amount_minor,
    ${alias}.balance_after_minor, ${alias}.version, extract(epoch from ${alias}.effective_at))), 1, 15))::bit(60)::bigint)`;

const linesFields = (alias: string) =>
  `jsonb_build_object('lines', count(*)::text,
    'debits_minor', coalesce(sum(${alias}.amount_minor) filter (where ${alias}.side = 'DEBIT'), 0)::text,
    'credits_minor', coalesce(sum(${alias}.amount_minor) filter (where ${alias}.side = 'CREDIT'), 0)::text,
    'checksum', ${digest(alias)}::text)`;

const statements: AccountCheck = {
  projection: 'statements',
  isSum: false,
  accounts: `select distinct account_id from read_models.statement_lines
    where account_id > $1 and account_id <= $2`,
  actual: `select s.account_id, '' as prefix, null as up_to, ${linesFields('s')} as fields
    from read_models.statement_lines s where s.account_id = any($1) and s.position <= $2 group by s.account_id`,
  expected: `select l.account_id, '' as prefix, null as up_to, ${linesFields('l')} as fields
    from unnest($1::uuid[], $2::bigint[]) as w (id, up_to) join ledger.lines l on l.account_id = w.id
      and l.position <= w.up_to group by l.account_id`,
};

const daySums = (by: 'recorded' | 'effective', time: string) => `select l.account_id,
    (l.${time} at time zone 'UTC')::date as day, '${by}' as kind,
    coalesce(sum(l.amount_minor) filter (where l.side = 'DEBIT'), 0) as debits,
    coalesce(sum(l.amount_minor) filter (where l.side = 'CREDIT'), 0) as credits
  from unnest($1::uuid[], $2::bigint[]) as w (id, up_to) join ledger.lines l on l.account_id = w.id
    and l.position <= w.up_to group by 1, 2`;

const dailyBalances: AccountCheck = {
  projection: 'daily_balances',
  isSum: true,
  accounts: `select distinct account_id from read_models.daily_balances
    where account_id > $1 and account_id <= $2`,
  actual: `select account_id, day || ' ' as prefix, null as up_to, jsonb_build_object(
      'recorded_debits_minor', recorded_debits_minor::text, 'recorded_credits_minor', recorded_credits_minor::text,
      'effective_debits_minor', effective_debits_minor::text, 'effective_credits_minor', effective_credits_minor::text)
      as fields
    from read_models.daily_balances where account_id = any($1) and $2::bigint is not null`,
  expected: `select account_id, day || ' ' as prefix, null as up_to, jsonb_build_object(
      'recorded_debits_minor', (coalesce(sum(debits) filter (where kind = 'recorded'), 0))::text,
      'recorded_credits_minor', (coalesce(sum(credits) filter (where kind = 'recorded'), 0))::text,
      'effective_debits_minor', (coalesce(sum(debits) filter (where kind = 'effective'), 0))::text,
      'effective_credits_minor', (coalesce(sum(credits) filter (where kind = 'effective'), 0))::text) as fields
    from (${daySums('recorded', 'posted_at')} union all ${daySums('effective', 'effective_at')}) d
    group by account_id, day`,
};

/** The read models whose rows belong to accounts. */
export const accountChecks: readonly AccountCheck[] = [balances, statements, dailyBalances];

/** Asks one side; rows of an account are put together. */
export async function readFacts(
  db: Queryable,
  text: string,
  values: readonly unknown[],
): Promise<FactsByAccount> {
  const { rows } = await db.query<FactRow>(text, [...values]);
  const found = new Map<string, { fields: Map<string, string>; upTo: number | undefined }>();
  for (const { account_id: account, prefix, up_to: upTo, fields } of rows) {
    const facts = found.get(account) ?? {
      fields: new Map<string, string>(),
      upTo: upTo === null ? undefined : Number(upTo),
    };
    for (const [field, value] of Object.entries(fields)) facts.fields.set(prefix + field, value);
    found.set(account, facts);
  }
  return found;
}
