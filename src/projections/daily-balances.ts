import { Side } from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import { plainColumn, textColumn } from '../postgres/array-parameters.ts';
import type { DecodedEvent } from './decoded-event.ts';
import type { Effect, Projection, ProjectionTable, Suffix } from './projection.ts';

/** Sums of one UTC day: debits, credits and their counts, by time of recording and by effective time. */
interface Day {
  readonly account: string;
  readonly ledger: string;
  readonly currency: string;
  readonly day: string;
  readonly recorded: Sums;
  readonly effective: Sums;
  position: number;
}

interface Sums {
  debits: bigint;
  credits: bigint;
  debitCount: number;
  creditCount: number;
}

const sumColumns = ['recorded', 'effective'].flatMap((by) => [
  `${by}_debits_minor`,
  `${by}_credits_minor`,
  `${by}_debit_count`,
  `${by}_credit_count`,
]);

const sumsOfTable: Pick<ProjectionTable, 'compared' | 'sums'> = {
  compared: sumColumns,
  sums: sumColumns,
};

/** What was moved on each day. Adds up, so an event counts by its checkpoint and never twice. */
export const dailyBalances: Projection = {
  name: 'daily_balances',
  version: 1,
  isIdempotent: false,
  deleteAccount: undefined,
  tables: [
    { name: 'daily_balances', keys: ['account_id', 'day'], ...sumsOfTable },
    { name: 'daily_totals', keys: ['ledger', 'currency', 'day'], ...sumsOfTable },
  ],
  fold: (events, suffix) => {
    const accounts = new Map<string, Day>();
    const totals = new Map<string, Day>();
    for (const event of events) addEntry(event, accounts, totals);
    if (accounts.size === 0) return [];
    return [upsertAccounts(sorted(accounts), suffix), upsertTotals(sorted(totals), suffix)];
  },
};

function addEntry(
  { entry, message }: DecodedEvent,
  accounts: Map<string, Day>,
  totals: Map<string, Day>,
): void {
  if (entry === undefined) return;
  const recordedDay = dayOf(entry.tsUnixMs);
  const effectiveDay = dayOf(entry.effectiveUnixMs);
  for (const { accountId, amount, side } of entry.lines) {
    const { units = 0n, currency = '' } = amount ?? {};
    const at = (day: string, account: string, key: string, days: Map<string, Day>): Day =>
      open(days, `${key}/${day}`, { account, ledger: entry.ledger, currency, day }, message.position);
    const ofLedger = `${entry.ledger}/${currency}`;
    add(at(recordedDay, accountId, accountId, accounts).recorded, side, units);
    add(at(effectiveDay, accountId, accountId, accounts).effective, side, units);
    add(at(recordedDay, '', ofLedger, totals).recorded, side, units);
    add(at(effectiveDay, '', ofLedger, totals).effective, side, units);
  }
}

const dayMs = 86_400_000n;
let lastDay = -1n;
let lastText = '';

/** The UTC day, as `2026-03-01`; most lines of a batch are of the same day. */
function dayOf(ms: bigint): string {
  const day = ms >= 0n ? ms / dayMs : (ms + 1n) / dayMs - 1n;
  if (day !== lastDay) {
    lastText = new Date(Number(ms)).toISOString().slice(0, 10);
    lastDay = day;
  }
  return lastText;
}

function open(
  days: Map<string, Day>,
  key: string,
  names: Pick<Day, 'account' | 'ledger' | 'currency' | 'day'>,
  position: number,
): Day {
  let day = days.get(key);
  if (day === undefined) {
    day = { ...names, recorded: zero(), effective: zero(), position };
    days.set(key, day);
  }
  day.position = Math.max(day.position, position);
  return day;
}

function zero(): Sums {
  return { debits: 0n, credits: 0n, debitCount: 0, creditCount: 0 };
}

function add(sums: Sums, side: Side, units: bigint): void {
  if (side === Side.DEBIT) {
    sums.debits += units;
    sums.debitCount += 1;
  } else {
    sums.credits += units;
    sums.creditCount += 1;
  }
}

function sorted(days: ReadonlyMap<string, Day>): Day[] {
  return [...days].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, day]) => day);
}

function columnsOf(rows: readonly Day[]): string[] {
  return [
    plainColumn(rows, (row) => row.day),
    textColumn(rows, (row) => row.ledger),
    textColumn(rows, (row) => row.currency),
    plainColumn(rows, ({ recorded }) => recorded.debits),
    plainColumn(rows, ({ recorded }) => recorded.credits),
    plainColumn(rows, ({ recorded }) => recorded.debitCount),
    plainColumn(rows, ({ recorded }) => recorded.creditCount),
    plainColumn(rows, ({ effective }) => effective.debits),
    plainColumn(rows, ({ effective }) => effective.credits),
    plainColumn(rows, ({ effective }) => effective.debitCount),
    plainColumn(rows, ({ effective }) => effective.creditCount),
    plainColumn(rows, (row) => row.position),
  ];
}

const insertedColumns = `day, ledger, currency, ${sumColumns.join(', ')}, position`;
const updates = [
  ...sumColumns.map((column) => `${column} = d.${column} + excluded.${column}`),
  'position = greatest(d.position, excluded.position)',
].join(', ');

function upsertAccounts(rows: readonly Day[], suffix: Suffix): Effect {
  return {
    name: `project-daily-balances${suffix}`,
    text: `insert into read_models.daily_balances${suffix} as d (${insertedColumns}, account_id)
      select * from unnest($1::date[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[],
        $13::uuid[])
      on conflict (account_id, day) do update set ${updates}`,
    values: [...columnsOf(rows), plainColumn(rows, (row) => row.account)],
  };
}

function upsertTotals(rows: readonly Day[], suffix: Suffix): Effect {
  return {
    name: `project-daily-totals${suffix}`,
    text: `insert into read_models.daily_totals${suffix} as d (${insertedColumns})
      select * from unnest($1::date[], $2::text[], $3::text[], $4::numeric[], $5::numeric[],
        $6::bigint[], $7::bigint[], $8::numeric[], $9::numeric[], $10::bigint[], $11::bigint[],
        $12::bigint[])
      on conflict (ledger, currency, day) do update set ${updates}`,
    values: columnsOf(rows),
  };
}
