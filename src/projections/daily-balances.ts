import { Side } from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import { appendRows, free, insertRows, plain, type Column } from './columns.ts';
import type { DecodedEvent } from './decoded-event.ts';
import type { Line } from './event-messages.ts';
import type { Effect, Projection, ProjectionTable, Target } from './projection.ts';

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

const summed = sumColumns.map((column) => `sum(${column})::bigint as ${column}`).join(', ');

const sumsOfTable: Pick<ProjectionTable, 'compared' | 'sums'> = {
  compared: sumColumns,
  sums: sumColumns,
};

/** What was moved on each day. Adds up, so an event counts by its checkpoint and never twice. */
export const dailyBalances: Projection = {
  name: 'daily_balances',
  version: 1,
  isIdempotent: false,
  account: {
    from: 'account',
    delete: ['delete from read_models.daily_balances where account_id = $1'],
    fold: (events, account) => {
      const { accounts } = sumUp(events);
      const own = sorted(accounts).filter((day) => day.account === account);
      return own.length === 0 ? [] : [upsertAccounts(own, 'in use')];
    },
  },
  tables: [
    { name: 'daily_balances', keys: ['account_id', 'day'], isAppended: true, ...sumsOfTable },
    { name: 'daily_totals', keys: ['ledger', 'currency', 'day'], ...sumsOfTable },
  ],
  // Each page has its own sums of a day, until here.
  beforeKeys: `create temporary table daily_sums on commit drop as
      select account_id, day, ledger, currency, ${summed}, max(position) as position
      from read_models.daily_balances_next group by account_id, day, ledger, currency;
    truncate read_models.daily_balances_next;
    insert into read_models.daily_balances_next (account_id, day, ledger, currency, ${sumColumns.join(', ')}, position)
      select * from daily_sums`,
  fold: (events, target) => {
    const { accounts, totals } = sumUp(events);
    if (accounts.size === 0) return [];
    return [
      upsertAccounts(sorted(accounts), target),
      insertRows('daily_totals', totalColumns, sorted(totals), {
        target,
        onConflict: `(ledger, currency, day) do update set ${updates}`,
      }),
    ];
  },
};

/** Sums by day, and on it by account, or by ledger and currency. */
type Days = Map<string, Map<string, Day>>;

function sumUp(events: readonly DecodedEvent[]) {
  const accounts: Days = new Map();
  const totals: Days = new Map();
  for (const event of events) addEntry(event, accounts, totals);
  return { accounts, totals };
}

function upsertAccounts(rows: readonly Day[], target: Target): Effect {
  if (target === 'bulk') return appendRows('daily_balances', accountColumns, rows, target);
  return insertRows('daily_balances', accountColumns, rows, {
    target,
    onConflict: `(account_id, day) do update set ${updates}`,
  });
}

function addEntry({ entry, message }: DecodedEvent, accounts: Days, totals: Days): void {
  if (entry === undefined) return;
  const { ledger } = entry;
  const recordedDay = dayOf(entry.tsUnixMs);
  const effectiveDay = dayOf(entry.effectiveUnixMs);
  for (const { accountId: account, amount, side } of entry.lines) {
    const { units, currency } = amount;
    const ofLedger = `${ledger}/${currency}`;
    const place = { ledger, currency, position: message.position };
    const recorded = open(accounts, recordedDay, account, { account, ...place });
    const recordedTotal = open(totals, recordedDay, ofLedger, { account: '', ...place });
    const isSame = effectiveDay === recordedDay;
    const effective = isSame ? recorded : open(accounts, effectiveDay, account, { account, ...place });
    const effectiveTotal = isSame
      ? recordedTotal
      : open(totals, effectiveDay, ofLedger, { account: '', ...place });
    add(recorded.recorded, side, units);
    add(effective.effective, side, units);
    add(recordedTotal.recorded, side, units);
    add(effectiveTotal.effective, side, units);
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
  days: Days,
  day: string,
  key: string,
  names: Pick<Day, 'account' | 'ledger' | 'currency' | 'position'>,
): Day {
  const ofDay = days.get(day) ?? new Map<string, Day>();
  if (ofDay.size === 0) days.set(day, ofDay);
  let found = ofDay.get(key);
  if (found === undefined) {
    found = { ...names, day, recorded: zero(), effective: zero() };
    ofDay.set(key, found);
  }
  found.position = Math.max(found.position, names.position);
  return found;
}

function zero(): Sums {
  return { debits: 0n, credits: 0n, debitCount: 0, creditCount: 0 };
}

function add(sums: Sums, side: Line['side'], units: bigint): void {
  if (side === Side.DEBIT) {
    sums.debits += units;
    sums.debitCount += 1;
  } else {
    sums.credits += units;
    sums.creditCount += 1;
  }
}

/** In one order, so that two processes never wait for each other in a circle. */
function sorted(days: Days): Day[] {
  const byKey = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);
  return [...days]
    .toSorted(byKey)
    .flatMap(([, ofDay]) => [...ofDay].toSorted(byKey).map(([, day]) => day));
}

/** Sums over all accounts of a ledger may need more than 64 bits. */
const columnsOf = (sum: 'bigint' | 'numeric'): readonly Column<Day>[] => [
  plain('day', 'date', (row) => row.day),
  free('ledger', (row) => row.ledger),
  free('currency', (row) => row.currency),
  plain('recorded_debits_minor', sum, ({ recorded }) => recorded.debits),
  plain('recorded_credits_minor', sum, ({ recorded }) => recorded.credits),
  plain('recorded_debit_count', 'bigint', ({ recorded }) => recorded.debitCount),
  plain('recorded_credit_count', 'bigint', ({ recorded }) => recorded.creditCount),
  plain('effective_debits_minor', sum, ({ effective }) => effective.debits),
  plain('effective_credits_minor', sum, ({ effective }) => effective.credits),
  plain('effective_debit_count', 'bigint', ({ effective }) => effective.debitCount),
  plain('effective_credit_count', 'bigint', ({ effective }) => effective.creditCount),
  plain('position', 'bigint', (row) => row.position),
];
const accountColumns = [...columnsOf('bigint'), plain<Day>('account_id', 'uuid', (row) => row.account)];
const totalColumns = columnsOf('numeric');

const updates = [
  ...sumColumns.map((column) => `${column} = t.${column} + excluded.${column}`),
  'position = greatest(t.position, excluded.position)',
].join(', ');
