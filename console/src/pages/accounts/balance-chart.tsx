import type { Account } from '@credit-ledger/sdk';
import { useRead } from '../../api/queries.ts';
import { Brush } from '../../chart/brush.tsx';
import { LineChart } from '../../chart/line-chart.tsx';
import type { Step } from '../../chart/scale.ts';
import { useWidth } from '../../chart/use-width.ts';
import { formatShort } from '../../format/amounts.ts';
import { formatDay } from '../../format/times.ts';
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

/** The balance at the end of each day, the part that is chosen, and the whole to choose from. */
export function BalanceChart({ account }: { account: Account }) {
  const { get, set } = useFilters();
  const by = get('by') === 'effective' ? 'effective' : 'recorded';
  const days = useRead(['daily-balances', account.id, by], (client) =>
    client.readDailyBalances(account.id, { by }),
  );
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
        <Loaded query={days} rows={7}>
          {({ data }) => {
            const steps = data.map(({ period, closing_balance_minor: minor }): Step => ({
              at: Date.parse(period),
              value: Number(minor),
            }));
            const whole = {
              from: (steps[0]?.at ?? Date.now()) - dayMs,
              to: by === 'effective' ? (steps.at(-1)?.at ?? 0) + dayMs : Date.now(),
            };
            const chosen = {
              from: get('from') === '' ? whole.from : Date.parse(get('from')),
              to: get('to') === '' ? whole.to : Date.parse(get('to')) + dayMs,
            };
            if (width === 0) return null;
            return (
              <>
                <LineChart
                  steps={steps}
                  range={chosen}
                  width={width}
                  height={190}
                  formatValue={(value) => formatShort(BigInt(Math.round(value)), scale)}
                  formatTime={(at) => formatDay(new Date(at).toISOString())}
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
