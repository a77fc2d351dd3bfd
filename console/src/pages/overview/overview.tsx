import type { Activity } from '@credit-ledger/sdk';
import { Redirect } from 'wouter';
import { useRead } from '../../api/queries.ts';
import { useMay, useSession } from '../../api/session.tsx';
import { useFreshened } from '../../api/use-live.ts';
import { formatCount, formatMs } from '../../format/times.ts';
import { Amount } from '../../parts/amount.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Link } from '../../parts/link.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { OperatorTiles } from './operator-tiles.tsx';
import { groupsFor } from '../../shell/views.ts';
import { Sparkline } from './sparkline.tsx';
import { Tile } from './tile.tsx';

const everyMs = 5000;
const stateWords = { open: 'live', waiting: 'connecting again', closed: 'not connected' } as const;

/** What happens now, and whether all is well; who may see nothing of it is led to what it may. */
export function Overview() {
  const { scopes } = useSession();
  const mayRead = useMay('read');
  const first = groupsFor(scopes)[0]?.views[0];
  if (mayRead) return <OverviewTiles />;
  return first === undefined ? (
    <Empty title="This key may do nothing here." />
  ) : (
    <Redirect to={first.path} replace />
  );
}

/** Each tile leads to where one would look next. */
function OverviewTiles() {
  const isAdmin = useMay('admin');
  const activity = useRead(['activity'], (client) => client.readActivity(), { everyMs });
  const feed = useFreshened(['activity', 'totals'], () => true, 1000);
  return (
    <>
      <PageHead
        title="Overview"
        heading={
          <>
            Overview{' '}
            <Badge state={feed} tone={feed === 'open' ? 'good' : 'warn'} text={stateWords[feed]} />
          </>
        }
      />
      <div className="stack">
        <Loaded query={activity} rows={5}>
          {(found) => <ActivityTiles activity={found} />}
        </Loaded>
        <div className="halves">
          <Volumes />
          <Failures activity={activity.data} />
        </div>
        {isAdmin && <OperatorTiles />}
      </div>
    </>
  );
}

const rateSeconds = 10;

function ActivityTiles({ activity: { per_second: perSecond, latency, holds } }: { activity: Activity }) {
  const recent = perSecond.slice(-rateSeconds);
  const rate = recent.reduce((sum, count) => sum + count, 0) / recent.length;
  const held = holds.reduce((sum, { count }) => sum + count, 0);
  return (
    <div className="tiles">
      <Tile
        name="Transfers per second"
        to="/transfers"
        value={rate < 10 ? rate.toFixed(1) : formatCount(Math.round(rate))}
        note="over the last 10 seconds"
      >
        <Sparkline values={perSecond} label="Transfers in each of the last 60 seconds" />
      </Tile>
      <Tile
        name="Latency, median"
        to="/events"
        value={latency === null ? '–' : formatMs(latency.p50_ms)}
        note={
          latency === null
            ? 'nothing moved in the last minute'
            : `of ${formatCount(latency.count)} requests`
        }
      />
      <Tile
        name="Latency, 99 of 100"
        to="/events"
        value={latency === null ? '–' : formatMs(latency.p99_ms)}
        note="requests that move money, last minute"
      />
      <Tile name="Open holds" to="/transfers?status=HELD" value={formatCount(held)}>
        <ul className="tile-list">
          {holds.slice(0, 3).map(({ currency, held_minor: minor }) => (
            <li key={currency}>
              <Amount minor={minor} currency={currency} withCurrency isShort />
            </li>
          ))}
        </ul>
      </Tile>
    </div>
  );
}

/** What was moved today, by currency. */
function Volumes() {
  const today = new Date().toISOString().slice(0, 10);
  const totals = useRead(
    ['totals', today],
    (client) => client.readDailyTotals({ from: today, to: today }),
    { everyMs: 15_000 },
  );
  return (
    <section className="card" aria-label="Volume today">
      <div className="card-head">
        <h2>Volume today</h2>
        <Link to="/journal/trial-balance">Trial balance</Link>
      </div>
      <Loaded query={totals} rows={3}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="Nothing moved today." />
          ) : (
            <table className="table">
              <caption className="sr-only">Volume today, by currency</caption>
              <tbody>
                {data.map((row) => (
                  <tr key={row.currency}>
                    <th scope="row">{row.currency}</th>
                    <td className="dim">{formatCount(row.debit_count)} lines</td>
                    <td className="num">
                      <Amount minor={row.debits_minor} currency={row.currency} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Loaded>
    </section>
  );
}

function Failures({ activity }: { activity: Activity | undefined }) {
  const failures = activity?.failures ?? [];
  return (
    <section className="card" aria-label="Failures">
      <div className="card-head">
        <h2>Failures of the last day</h2>
        <Link to="/transfers?status=FAILED">Failed transfers</Link>
      </div>
      {failures.length === 0 ? (
        <Empty title="Nothing failed." />
      ) : (
        <table className="table">
          <caption className="sr-only">Failures by code</caption>
          <tbody>
            {failures.map(({ code, count }) => (
              <tr key={code}>
                <th scope="row">
                  <Link to="/transfers?status=FAILED">
                    <code>{code}</code>
                  </Link>
                </th>
                <td className="num">{formatCount(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
