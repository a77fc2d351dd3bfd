import type { Side } from '@credit-ledger/contract/accounts.ts';
import { JsonText } from '@credit-ledger/contract/json.ts';
import type { StatementLineOut, StatementOut } from '@credit-ledger/contract/statements.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { z } from 'zod';
import { matchAccount, unknownAccount, type AccountMatch } from './account-match.ts';
import {
  positionPlace,
  readCursor,
  smallPlace,
  timePlace,
  writeCursor,
  type CursorScope,
} from './cursor.ts';
import { found, type Answer, type PageRequest, type Queryable } from './read-answer.ts';
import { ledgerSource, type ReadSource } from './read-source.ts';

/** Which lines, in which order. Times are milliseconds since 1970. */
export interface StatementRequest extends PageRequest {
  /**
   * The first moment; by default all lines of the account (its opening, or by effective time an earlier
   * line).
   */
  readonly from?: number | undefined;
  /**
   * The first moment after; by default now, or just after the ledger's last commit where that is later.
   */
  readonly to?: number | undefined;
  /** By time of recording (default) or by effective time, with the running balance of that order. */
  readonly by?: 'recorded' | 'effective' | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
  /** The caller's clock. */
  readonly now: number;
}

/** The last line of the page before, and what its first page had settled: range and position. */
type Place = z.infer<typeof placeShape>;
const placeShape = z.tuple([timePlace, positionPlace, smallPlace, timePlace, timePlace, positionPlace]);

interface AccountColumns {
  readonly id: string;
  readonly currency: string;
  readonly normal_side: Side;
  readonly from_at: Date;
  readonly to_at: Date;
  readonly frozen: string;
  /**
   * The balance where the page begins: before its earliest line, or in descending order after its
   * latest.
   */
  readonly anchor_minor: string;
}
interface LineColumns {
  readonly position: string;
  readonly line_number: number;
  readonly entry_id: string;
  readonly entry_number: string;
  readonly transfer_id: string | null;
  readonly side: Side;
  readonly amount_minor: string;
  readonly version: string;
  readonly posted_at: Date;
  readonly effective_at: Date;
  readonly description: string | null;
  readonly counterparty_account_id: string | null;
  readonly metadata: string;
}
/** One row for each line; one without a line where there is none. */
type StatementRow = AccountColumns & (LineColumns | { readonly position: null });

/**
 * A page of an account's statement: the lines recorded (or effective) in [from, to), up to the position
 * that was the head when the first page was read. A range that begins before the account opens at 0.
 *
 * The page's totals are of its lines, opening + net = closing. Ascending, the closing balance of a page
 * is the opening balance of the next; descending, the opening balance is the closing of the next (older)
 * page. Lines of a page stand in its order. By effective time each page reads all the account's lines:
 * there is no index for it.
 * Refused with 404 `account_not_found`, 400 `invalid_cursor`.
 * @param ref a UUID or `ext:<external_id>`
 */
export async function readStatement(
  db: Queryable,
  ledger: string,
  ref: string,
  request: StatementRequest,
  source = ledgerSource,
): Promise<Answer<StatementOut>> {
  const { by = 'recorded', order = 'asc', from, to } = request;
  const match = matchAccount(ref);
  if (match === undefined) return unknownAccount(ref, 404);
  const scope: CursorScope = ['statement', ledger, match.value, by, order, from, to];
  const cursor = readCursor(scope, request.cursor, placeShape);
  if (cursor.kind === 'refused') return cursor;
  const { rows } = await db.query<StatementRow>(
    selectStatement(source, match, ledger, request, cursor.value),
  );
  const [first] = rows;
  if (first === undefined) return unknownAccount(ref, 404);
  const lines = rows.filter((row) => row.position !== null);
  return found(viewPage(first, lines, request, (place) => writeCursor(scope, place)));
}

function selectStatement(
  source: ReadSource,
  match: AccountMatch,
  ledger: string,
  { by = 'recorded', order = 'asc', from, to, now, limit }: StatementRequest,
  place: Place | undefined,
): { name: string; text: string; values: unknown[] } {
  const [keyTime, keyPosition, keyLine, fromAt = from, toAt = to, frozen] = place ?? [];
  const times = [fromAt, toAt, now, keyTime].map((time) =>
    time === undefined ? null : formatTime(time),
  );
  return {
    name: `${source.name}-statement-${by}-${order}-by-${match.by}`,
    text: statementText(shapesOf(source)[by][order], source, match.where),
    values: [ledger, match.value, ...times, keyPosition ?? 0, keyLine ?? 0, frozen ?? null, limit + 1],
  };
}

/*
 * $3 from, $4 to, $5 now, ($6, $7, $8) the key of the last line of the page before, $9 the frozen
 * position, $10 rows. Before the first page the key is the edge of the range: (from, 0, 0) ascending and
 * (to, 0, 0) descending, since no line has position 0. So the row comparison alone is the bound at which
 * the walk of the index begins.
 * The offsets keep `coalesce` out of that comparison: PostgreSQL takes it for leaky, and compares what is leaky only
 * after a row has passed the wall, line by line.
 */
const columns = `a.id, a.currency, a.normal_side, b.from_at, b.to_at, b.frozen, s.anchor_minor,
  p.position, p.line_number, e.id as entry_id, p.entry_number, e.transfer_id, p.side, p.amount_minor,
  p.version, p.posted_at, p.effective_at, e.description, e.metadata, o.counterparty_account_id`;

interface Shape {
  readonly time: 'posted_at' | 'effective_at';
  readonly firstFrom: string;
  readonly order: 'asc' | 'desc';
  /** The balance at the key. */
  readonly anchor: string;
}

function statementText(
  { time, firstFrom, order, anchor }: Shape,
  source: ReadSource,
  where: string,
): string {
  const edge = order === 'asc' ? 'b.from_at' : 'b.to_at';
  const other = order === 'asc' ? `l.${time} < b.to_at` : `l.${time} >= b.from_at`;
  const ordered = `p.${time} ${order}, p.position ${order}, p.line_number ${order}`;
  return `select ${columns}
    from ${source.accounts}
    cross join lateral (select coalesce($9::bigint, h.position) as frozen,
      coalesce($3::timestamptz, ${firstFrom}) as from_at,
      coalesce($4::timestamptz, greatest($5::timestamptz, h.time + interval '1 millisecond')) as to_at
      offset 0) b
    cross join lateral (select coalesce($6::timestamptz, ${edge}) as key_time offset 0) k
    cross join lateral (select ${anchor} as anchor_minor) s
    left join lateral (select * from ${source.lines} l where l.account_id = a.id and l.position <= b.frozen
        and (l.${time}, l.position, l.line_number)
          ${order === 'asc' ? '>' : '<'} (k.key_time, $7::bigint, $8::smallint)
        and ${other} order by ${ordered.replaceAll('p.', 'l.')} limit $10) p on true
    ${source.entryOfLine}
    ${source.counterpartyOfLine}
    where ${where} order by ${ordered}`;
}

/** The line before the key knows its balance; ascending, the key itself is a line of the page before. */
const recordedAnchor = (
  lines: string,
  comparison: '<=' | '<',
) => `coalesce((select l.balance_after_minor from ${lines} l
  where l.account_id = a.id and l.position <= b.frozen
    and (l.posted_at, l.position, l.line_number) ${comparison} (k.key_time, $7::bigint, $8::smallint)
  order by l.posted_at desc, l.position desc, l.line_number desc limit 1), 0)`;

const effectiveAnchor = (lines: string, comparison: '<=' | '<') => `coalesce((
  select sum(case when l.side = a.normal_side then l.amount_minor else -l.amount_minor end)
  from ${lines} l
  where l.account_id = a.id and l.position <= b.frozen
    and (l.effective_at, l.position, l.line_number)
      ${comparison} (k.key_time, $7::bigint, $8::smallint)), 0)`;

function shapesOf({
  lines,
}: ReadSource): Record<'recorded' | 'effective', Record<'asc' | 'desc', Shape>> {
  const recorded = { time: 'posted_at', firstFrom: 'a.created_at' } as const;
  const effective = {
    time: 'effective_at',
    firstFrom: `least(a.created_at, (select min(l.effective_at) from ${lines} l
      where l.account_id = a.id and l.position <= coalesce($9::bigint, h.position)))`,
  } as const;
  return {
    recorded: {
      asc: { ...recorded, order: 'asc', anchor: recordedAnchor(lines, '<=') },
      desc: { ...recorded, order: 'desc', anchor: recordedAnchor(lines, '<') },
    },
    effective: {
      asc: { ...effective, order: 'asc', anchor: effectiveAnchor(lines, '<=') },
      desc: { ...effective, order: 'desc', anchor: effectiveAnchor(lines, '<') },
    },
  };
}

function viewPage(
  account: AccountColumns,
  rows: readonly LineColumns[],
  { by = 'recorded', order = 'asc', limit }: StatementRequest,
  cursorOf: (place: Place) => string,
): StatementOut {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const sign = (row: LineColumns) => (row.side === account.normal_side ? 1n : -1n);
  const anchor = BigInt(account.anchor_minor);
  let balance = anchor;
  const lines: StatementLineOut[] = [];
  for (const row of page) {
    const change = sign(row) * BigInt(row.amount_minor);
    const after = order === 'asc' ? balance + change : balance;
    lines.push(viewLine(row, after));
    balance = order === 'asc' ? after : balance - change;
  }
  const [opening, closing] = order === 'asc' ? [anchor, balance] : [balance, anchor];
  const range: [number, number] = [account.from_at.getTime(), account.to_at.getTime()];
  const hasMore = rows.length > limit && last !== undefined;
  return {
    account_id: account.id,
    currency: account.currency,
    from: formatTime(range[0]),
    to: formatTime(range[1]),
    opening_balance_minor: opening,
    closing_balance_minor: closing,
    total_debits_minor: sumOf(lines, 'DEBIT'),
    total_credits_minor: sumOf(lines, 'CREDIT'),
    lines,
    next_cursor: hasMore ? cursorOf([...keyOf(last, by), ...range, Number(account.frozen)]) : null,
    as_of_position: Number(account.frozen),
  };
}

function keyOf(row: LineColumns, by: 'recorded' | 'effective'): [number, number, number] {
  const time = by === 'recorded' ? row.posted_at : row.effective_at;
  return [time.getTime(), Number(row.position), row.line_number];
}

function sumOf(lines: readonly StatementLineOut[], side: Side): bigint {
  return lines.reduce((sum, line) => (line.side === side ? sum + line.amount_minor : sum), 0n);
}

function viewLine(row: LineColumns, balanceAfter: bigint): StatementLineOut {
  return {
    entry_id: row.entry_id,
    entry_number: Number(row.entry_number),
    transfer_id: row.transfer_id,
    side: row.side,
    amount_minor: BigInt(row.amount_minor),
    balance_after_minor: balanceAfter,
    version: Number(row.version),
    posted_at: formatTime(row.posted_at.getTime()),
    effective_at: formatTime(row.effective_at.getTime()),
    description: row.description,
    counterparty_account_id: row.counterparty_account_id,
    metadata: new JsonText(row.metadata),
  };
}
