import {
  activitySampleMax,
  activitySeconds,
  type ActivityOut,
} from '@credit-ledger/contract/activity.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import type { Queryable } from './read-answer.ts';

const dayMs = 86_400_000;

interface ActivityRow {
  readonly sampled: string;
  /** `[seconds ago, transfers]`. */
  readonly rates: readonly (readonly [number, number])[];
  readonly failures: readonly { readonly code: string; readonly count: number }[];
  readonly holds: readonly {
    readonly currency: string;
    readonly count: number;
    readonly held: string;
  }[];
}

/** The newest transfers of a day are few steps in the index by time; holds have an index of their own. */
const text = `with own as (select id from ledger.ledgers where name = $1),
  sample as materialized (
    select t.created_at, t.status, t.failure from ledger.transfers t
      where t.ledger_id = (select id from own) and t.created_at > $2 and t.created_at <= $3
      order by t.created_at desc, t.created_position desc limit ${activitySampleMax})
  select (select count(*) from sample) as sampled,
    (select coalesce(json_agg(json_build_array(ago, made)), '[]') from (
      select floor(extract(epoch from $3::timestamptz - created_at))::int as ago, count(*) as made from sample
        where created_at > $3::timestamptz - interval '${activitySeconds} seconds' group by 1) r) as rates,
    (select coalesce(json_agg(f order by f.count desc, f.code), '[]') from (
      select failure::jsonb ->> 'code' as code, count(*) as count from sample
        where status = 'FAILED' group by 1) f) as failures,
    (select coalesce(json_agg(h order by h.currency), '[]') from (
      select currency, count(*) as count, sum(held_minor)::text as held from ledger.transfers
        where ledger_id = (select id from own) and status = 'HELD' group by 1) h) as holds`;

/** What happened in a ledger just now, what failed in a day, and what is held. @param now milliseconds since 1970 */
export async function readActivity(
  db: Queryable,
  ledger: string,
  now: number,
): Promise<Omit<ActivityOut, 'latency'>> {
  const times = [now - dayMs, now].map(formatTime);
  const { rows } = await db.query<ActivityRow>({ text, values: [ledger, ...times] });
  const [row] = rows;
  if (row === undefined) throw new Error('a select without a from clause has one row');
  const perSecond = Array.from({ length: activitySeconds }, () => 0);
  for (const [ago, made] of row.rates) perSecond[activitySeconds - 1 - ago] = made;
  return {
    as_of: formatTime(now),
    per_second: perSecond,
    holds: row.holds.map(({ currency, count, held }) => ({ currency, count, held_minor: BigInt(held) })),
    failures: [...row.failures],
    sampled: Number(row.sampled),
  };
}
