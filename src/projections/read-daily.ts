import type { ClientBase } from 'pg';

type Database = Pick<ClientBase, 'query'>;

/** Which periods: days as `2026-03-01`, both included. */
export interface DailyRequest {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly by: 'recorded' | 'effective';
  readonly period: 'day' | 'month';
}

/** What was moved in a period. */
export interface Volumes {
  /** `2026-03-01`, or `2026-03`. */
  readonly period: string;
  readonly debits: bigint;
  readonly credits: bigint;
  readonly debitCount: number;
  readonly creditCount: number;
}

interface VolumesRow {
  readonly period: string;
  readonly debits: string;
  readonly credits: string;
  readonly debit_count: string;
  readonly credit_count: string;
}

function toVolumes(row: VolumesRow): Volumes {
  return {
    period: row.period,
    debits: BigInt(row.debits),
    credits: BigInt(row.credits),
    debitCount: Number(row.debit_count),
    creditCount: Number(row.credit_count),
  };
}

const formats = { day: 'YYYY-MM-DD', month: 'YYYY-MM' } as const;

const sums = (by: DailyRequest['by'], period: DailyRequest['period']) =>
  `to_char(day, '${formats[period]}') as period, sum(${by}_debits_minor)::numeric as debits,
    sum(${by}_credits_minor)::numeric as credits, sum(${by}_debit_count) as debit_count,
    sum(${by}_credit_count) as credit_count`;
const hasSome = (by: DailyRequest['by']) => `sum(${by}_debit_count) + sum(${by}_credit_count) > 0`;

/** What an account moved in each period in which it moved anything, and its net before the first day. */
export async function readAccountDays(
  db: Database,
  account: string,
  { from, to, by, period }: DailyRequest,
): Promise<{ before: bigint; periods: Volumes[] }> {
  const { rows } = await db.query<VolumesRow>(
    `select ${sums(by, period)} from read_models.daily_balances
      where account_id = $1 and day between coalesce($2::date, '-infinity') and coalesce($3::date, 'infinity')
      group by 1 having ${hasSome(by)} order by 1`,
    [account, from ?? null, to ?? null],
  );
  const before = await db.query<{ net: string }>(
    `select coalesce(sum(${by}_credits_minor) - sum(${by}_debits_minor), 0)::text as net
      from read_models.daily_balances where account_id = $1 and day < $2::date`,
    [account, from ?? null],
  );
  return { before: BigInt(before.rows[0]?.net ?? 0), periods: rows.map(toVolumes) };
}

/** What a ledger moved in each period, by currency. */
export async function readLedgerDays(
  db: Database,
  ledger: string,
  { from, to, by, period }: DailyRequest,
): Promise<(Volumes & { readonly currency: string })[]> {
  const { rows } = await db.query<VolumesRow & { currency: string }>(
    `select currency, ${sums(by, period)} from read_models.daily_totals
      where ledger = $1 and day between coalesce($2::date, '-infinity') and coalesce($3::date, 'infinity')
      group by 1, 2 having ${hasSome(by)} order by 2, 1`,
    [ledger, from ?? null, to ?? null],
  );
  return rows.map((row) => ({ currency: row.currency, ...toVolumes(row) }));
}
