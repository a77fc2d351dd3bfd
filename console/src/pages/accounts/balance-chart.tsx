import type { Account } from '@credit-ledger/sdk';
import { useRead } from '../../api/queries.ts';
import { Brush } from '../../chart/brush.tsx';
import { LineChart } from '../../chart/line-chart.tsx';
import type { Step } from '../../chart/scale.ts';
import { useWidth } from '../../chart/use-width.ts';
import { formatShort } from '../../format/amounts.ts';
import { formatDay, formatTime } from '../../format/times.ts';
import { useScales } from '../../parts/amount.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useFilters } from '../../parts/use-filters.ts';

const dayMs = 86_400_000;
const spans = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', '1 year'],
] as const;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Days are too coarse for an account that is younger than this: then its lines are drawn. */
const fewDays = 3;
const linesMax = 500;

type By = 'effective' | 'recorded';

/** The balance at the end of each day; of a young account, after each line. */
function useSteps({ id }: Account, by: By) {
  const days = useRead(['daily-balances', id, by], (client) => client.readDailyBalances(id, { by }));
  const isYoung = by === 'recorded' && days.data !== undefined && days.data.data.length <= fewDays;
  const { data: recent } = useRead(
    ['daily-balances', id, 'lines'],
    (client) => client.readStatement(id, { order: 'desc', limit: linesMax }),
    { when: isYoung },
  );
  const ofDays = days.data?.data.map(({ period, closing_balance_minor: minor }): Step => ({
    at: Date.parse(period),
    value: Number(minor),
  }));
  const ofLines = recent?.lines
    .toReversed()
    .map(({ posted_at: at, balance_after_minor: minor }): Step => ({
      at: Date.parse(at),
      value: Number(minor),
    }));
  const isWhole = isYoung && recent !== undefined && recent.next_cursor === null;
  return { ...days, data: isWhole ? ofLines : ofDays };
}

/** All that there is, with some room before its beginning. */
function wholeOf(steps: readonly Step[], by: By): { from: number; to: number } {
  const now = Date.now();
  const [first = now, last = now] = [steps[0]?.at, steps.at(-1)?.at];
  const to = by === 'effective' ? last + dayMs : now;
  return { from: first - Math.max((to - first) * 0.03, 1000), to };
}

/** What the account was worth, the part that is chosen, and the whole to choose from. */
export function BalanceChart({ account }: { account: Account }) {
  const { get, set } = useFilters();
  const by = get('by') === 'effective' ? 'effective' : 'recorded';
  const query = useSteps(account, by);
  const [box, width] = useWidth<HTMLDivElement>();
  const { scaleOf } = useScales();
  const scale = scaleOf(account.currency);
  const choose = (from: number, to: number): void => set({ from: dayOf(from), to: dayOf(to), at: '' });
  return (
    <section className="card" aria-label="Balance over time">
      <div className="card-head">
        <h2>Balance over time</h2>
        <RangeFields choose={choose} />
      </div>
      <div className="card-body chart-box" ref={box}>
        <Loaded query={query} rows={7}>
          {(steps) => {
            const whole = wholeOf(steps, by);
            const chosen = {
              from: get('from') === '' ? whole.from : Date.parse(get('from')),
              to: get('to') === '' ? whole.to : Date.parse(get('to')) + dayMs,
            };
            const isShort = chosen.to - chosen.from < fewDays * dayMs;
            const format = isShort ? formatTime : formatDay;
            if (width === 0) return null;
            return (
              <>
                <LineChart
                  steps={steps}
                  range={chosen}
                  width={width}
                  height={190}
                  formatValue={(value) => formatShort(BigInt(Math.round(value)), scale)}
                  formatTime={(at) => format(new Date(at).toISOString())}
                  label={`Balance from ${dayOf(chosen.from)} to ${dayOf(chosen.to)}, in ${account.currency}`}
                />
                <Brush
                  steps={steps}
                  whole={whole}
                  chosen={chosen}
                  width={width}
                  onChoose={({ from, to }) => choose(from, to)}
                />
              </>
            );
          }}
        </Loaded>
      </div>
    </section>
  );
}

function RangeFields({ choose }: { choose: (from: number, to: number) => void }) {
  const { get, set } = useFilters();
  const isChosen = get('from') !== '' || get('to') !== '';
  return (
    <div className="range">
      <select
        className="input"
        aria-label="Days by"
        value={get('by')}
        onChange={(event) => set({ by: event.target.value, from: '', to: '' })}
      >
        <option value="">By day of posting</option>
        <option value="effective">By effective day</option>
      </select>
      {spans.map(([days, text]) => (
        <button
          key={days}
          type="button"
          className="button small quiet"
          onClick={() => choose(Date.now() - Number(days) * dayMs, Date.now())}
        >
          {text}
        </button>
      ))}
      {isChosen && (
        <button type="button" className="button small quiet" onClick={() => set({ from: '', to: '' })}>
          All
        </button>
      )}
      <input
        type="date"
        className="input"
        aria-label="From day"
        value={get('from')}
        onChange={(event) => set({ from: event.target.value })}
      />
      <input
        type="date"
        className="input"
        aria-label="To day"
        value={get('to')}
        onChange={(event) => set({ to: event.target.value })}
      />
    </div>
  );
}
