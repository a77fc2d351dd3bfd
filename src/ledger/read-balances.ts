import type { BalanceOut, Side } from '@credit-ledger/contract/accounts.ts';
import { readId } from '@credit-ledger/contract/ids.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { matchAccount, unknownAccount, type AccountMatch } from './account-match.ts';
import { found, noAnswer, type Answer, type Queryable } from './read-answer.ts';
import { ledgerSource, type ReadSource } from './read-source.ts';
import { accountColumns, toAccount, type AccountRow } from './rows.ts';
import { availableOf, balanceOf, type Account } from './state.ts';

/** Which moment a balance is asked for; all times are milliseconds since 1970. */
export interface Moment {
  /** The caller's clock. */
  readonly now: number;
  /** As it was recorded up to this time. */
  readonly at?: number | undefined;
  /** By the lines that count up to this time; together with `at`, those that were recorded by then. */
  readonly effectiveAt?: number | undefined;
}

interface HeadRow {
  readonly head_position: string;
  readonly head_time: Date;
}

const headColumns = 'h.position as head_position, h.time as head_time';

/**
 * The balance of an account now, or at a past moment by recorded or by effective time.
 * Refused with 404 `account_not_found`, 422 `at_before_account` and, for `at`, 422 `at_in_future`.
 * @param ref a UUID or `ext:<external_id>`
 */
export async function readBalance(
  db: Queryable,
  ledger: string,
  ref: string,
  moment: Moment,
  source = ledgerSource,
): Promise<Answer<BalanceOut>> {
  const match = matchAccount(ref);
  if (match === undefined) return unknownAccount(ref, 404);
  const { now, at, effectiveAt } = moment;
  if (effectiveAt !== undefined)
    return readEffectiveBalance({ db, ledger, ref, match, source }, { now, at, effectiveAt });
  if (at !== undefined) return readRecordedBalance({ db, ledger, ref, match, source }, { now, at });
  const { rows } = await db.query<AccountRow & HeadRow>({
    name: `${source.name}-read-balance-by-${match.by}`,
    text: `select ${accountColumns}, ${headColumns} from ${source.accounts} where ${match.where}`,
    values: [ledger, match.value],
  });
  const [row] = rows;
  return row === undefined ? unknownAccount(ref, 404) : found(viewBalance(toAccount(row), row, now));
}

/**
 * The balances of up to 1,000 accounts in one snapshot, in the order asked for.
 * Refused with 422 `account_not_found` for the first that is unknown.
 * @param refs UUIDs or `ext:<external_id>`
 */
export async function readBalances(
  db: Queryable,
  ledger: string,
  refs: readonly string[],
  now: number,
  source = ledgerSource,
): Promise<Answer<readonly BalanceOut[]>> {
  const matches = refs.map(matchAccount).filter((match) => match !== undefined);
  const valuesBy = (by: AccountMatch['by']) =>
    matches.filter((match) => match.by === by).map(({ value }) => value);
  const select = `select ${accountColumns}, ${headColumns} from ${source.accounts} where g.name = $1`;
  const { rows } = await db.query<AccountRow & HeadRow>({
    name: `${source.name}-read-balances`,
    text: `${select} and a.id = any($2::uuid[]) union all ${select} and a.external_id = any($3::text[])`,
    values: [ledger, valuesBy('id'), valuesBy('external_id')],
  });
  const byRef = new Map<string, BalanceOut>();
  for (const row of rows) {
    const balance = viewBalance(toAccount(row), row, now);
    byRef.set(row.id, balance);
    if (row.external_id !== null) byRef.set(`ext:${row.external_id}`, balance);
  }
  const balances: BalanceOut[] = [];
  for (const ref of refs) {
    const balance = byRef.get(readId(ref) ?? ref);
    if (balance === undefined) return unknownAccount(ref);
    balances.push(balance);
  }
  return found(balances);
}

/** The ledger's clock may be ahead of the caller's: what is committed is never in the future. */
function latestTime(head: HeadRow, now: number): number {
  return Math.max(now, head.head_time.getTime());
}

function viewBalance(account: Account, head: HeadRow, now: number): BalanceOut {
  return {
    account_id: account.settings.id,
    currency: account.settings.currency,
    balance_minor: balanceOf(account),
    held_minor: account.held,
    incoming_minor: account.incoming,
    available_minor: availableOf(account),
    credit_limit_minor: account.settings.creditLimit,
    debits_minor: account.debits,
    credits_minor: account.credits,
    version: account.version,
    as_of_position: Number(head.head_position),
    as_of: formatTime(latestTime(head, now)),
  };
}

interface RecordedRow extends HeadRow {
  readonly id: string;
  readonly currency: string;
  readonly normal_side: Side;
  readonly created_at: Date;
  /** Null before the account was opened. */
  readonly debits_minor: string | null;
  readonly credits_minor: string;
  readonly held_minor: string;
  readonly incoming_minor: string;
  readonly version: string;
  readonly credit_limit_minor: string | null;
}

/**
 * The state after the last change up to $3: the last line or the last row of the history, whichever has
 * the later version. Both are one step from the end of an index. The limit is no part of a line, so it
 * is the history's.
 */
const recordedColumns = `a.id, a.currency, a.normal_side, a.created_at, ${headColumns},
  case when l.version > s.version then l.debits_after_minor else s.debits_minor end as debits_minor,
  case when l.version > s.version
    then l.debits_after_minor
      + case a.normal_side when 'CREDIT' then l.balance_after_minor else -l.balance_after_minor end
    else s.credits_minor end as credits_minor,
  case when l.version > s.version then l.held_after_minor else s.held_minor end as held_minor,
  case when l.version > s.version then l.incoming_after_minor else s.incoming_minor end as incoming_minor,
  greatest(l.version, s.version) as version, s.credit_limit_minor`;
const recordedFrom = (source: ReadSource) => `from ${source.accounts}
  left join lateral (select * from ${source.history} s where s.account_id = a.id and s.recorded_at <= $3
    order by s.recorded_at desc, s.version desc limit 1) s on true
  left join lateral (select * from ${source.lines} l where l.account_id = a.id and l.posted_at <= $3
    order by l.posted_at desc, l.position desc, l.line_number desc limit 1) l on true`;

interface Question {
  readonly db: Queryable;
  readonly ledger: string;
  readonly ref: string;
  readonly match: AccountMatch;
  readonly source: ReadSource;
}

async function readRecordedBalance(
  { db, ledger, ref, match, source }: Question,
  { now, at }: { now: number; at: number },
): Promise<Answer<BalanceOut>> {
  const { rows } = await db.query<RecordedRow>({
    name: `${source.name}-read-balance-at-by-${match.by}`,
    text: `select ${recordedColumns} ${recordedFrom(source)} where ${match.where}`,
    values: [ledger, match.value, formatTime(at)],
  });
  const [row] = rows;
  if (row === undefined) return unknownAccount(ref, 404);
  if (at > latestTime(row, now)) return refuseFuture(at);
  return row.debits_minor === null
    ? refuseBefore(ref, at, row.created_at)
    : found(viewRecorded(row, at));
}

function viewRecorded(row: RecordedRow, at: number): BalanceOut {
  const debits = BigInt(row.debits_minor ?? 0);
  const credits = BigInt(row.credits_minor);
  const balance = row.normal_side === 'CREDIT' ? credits - debits : debits - credits;
  const held = BigInt(row.held_minor);
  return {
    account_id: row.id,
    currency: row.currency,
    balance_minor: balance,
    held_minor: held,
    incoming_minor: BigInt(row.incoming_minor),
    available_minor: balance - held,
    credit_limit_minor: row.credit_limit_minor === null ? null : BigInt(row.credit_limit_minor),
    debits_minor: debits,
    credits_minor: credits,
    version: Number(row.version),
    as_of_position: Number(row.head_position),
    as_of: formatTime(at),
  };
}

interface EffectiveRow extends HeadRow {
  readonly id: string;
  readonly currency: string;
  readonly normal_side: Side;
  readonly debits_minor: string;
  readonly credits_minor: string;
  /** When the account begins by effective time: its opening, or an earlier effective time of a line. */
  readonly begins_at: Date;
}

/** Reads every line of the account: there is no index by effective time. */
const effectiveText = (source: ReadSource) => `select a.id, a.currency, a.normal_side, ${headColumns},
    s.debits_minor, s.credits_minor, s.begins_at
  from ${source.accounts} cross join lateral (
    select least(a.created_at, min(l.effective_at)) as begins_at,
      coalesce(sum(l.amount_minor)
        filter (where l.side = 'DEBIT' and l.effective_at <= $3), 0) as debits_minor,
      coalesce(sum(l.amount_minor)
        filter (where l.side = 'CREDIT' and l.effective_at <= $3), 0) as credits_minor
    from ${source.lines} l where l.account_id = a.id and l.position <= h.position
      and l.posted_at <= coalesce($4::timestamptz, 'infinity')) s`;

async function readEffectiveBalance(
  { db, ledger, ref, match, source }: Question,
  { now, at, effectiveAt }: { now: number; at: number | undefined; effectiveAt: number },
): Promise<Answer<BalanceOut>> {
  const { rows } = await db.query<EffectiveRow>({
    name: `${source.name}-read-balance-effective-by-${match.by}`,
    text: `${effectiveText(source)} where ${match.where}`,
    values: [ledger, match.value, formatTime(effectiveAt), at === undefined ? null : formatTime(at)],
  });
  const [row] = rows;
  if (row === undefined) return unknownAccount(ref, 404);
  if (at !== undefined && at > latestTime(row, now)) return refuseFuture(at);
  const isBefore = effectiveAt < row.begins_at.getTime();
  return isBefore
    ? refuseBefore(ref, effectiveAt, row.begins_at)
    : found(viewEffective(row, effectiveAt));
}

function viewEffective(row: EffectiveRow, effectiveAt: number): BalanceOut {
  const debits = BigInt(row.debits_minor);
  const credits = BigInt(row.credits_minor);
  return {
    account_id: row.id,
    currency: row.currency,
    balance_minor: row.normal_side === 'CREDIT' ? credits - debits : debits - credits,
    held_minor: null,
    incoming_minor: null,
    available_minor: null,
    credit_limit_minor: null,
    debits_minor: debits,
    credits_minor: credits,
    version: null,
    as_of_position: Number(row.head_position),
    as_of: formatTime(effectiveAt),
  };
}

function refuseFuture(at: number) {
  return noAnswer('at_in_future', `${formatTime(at)} has not come`, { at: formatTime(at) });
}

function refuseBefore(ref: string, at: number, beginsAt: Date) {
  const begins = beginsAt.toISOString();
  const detail = `The account ${ref} did not exist at ${formatTime(at)}: it begins at ${begins}`;
  return noAnswer('at_before_account', detail, { at: formatTime(at), begins_at: begins });
}
