import type { TrialBalance } from '@credit-ledger/sdk';
import { useRead } from '../../api/queries.ts';
import { formatCount, formatSecond, toLocalInput } from '../../format/times.ts';
import { Amount } from '../../parts/amount.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Th } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useFilters } from '../../parts/use-filters.ts';

/** Debits and credits of every class and currency, now or as they were. */
export function TrialBalancePage() {
  const { get, set } = useFilters();
  const at = get('at');
  const balance = useRead(
    ['trial-balance', at],
    (client) => client.readTrialBalance(at === '' ? {} : { at }),
    {
      everyMs: at === '' ? 10_000 : undefined,
    },
  );
  return (
    <>
      <PageHead
        title="Trial balance"
        lead={balance.data === undefined ? undefined : `As of ${formatSecond(balance.data.as_of)}.`}
      >
        <input
          className="input auto"
          type="datetime-local"
          aria-label="As recorded at"
          value={at === '' ? '' : toLocalInput(at)}
          onChange={(event) =>
            set({ at: event.target.value === '' ? '' : new Date(event.target.value).toISOString() })
          }
        />
        {at !== '' && (
          <button type="button" className="button" onClick={() => set({ at: '' })}>
            Now
          </button>
        )}
      </PageHead>
      <section className="card">
        <Loaded query={balance}>
          {(found) => <BalanceTable rows={found.rows} totals={found.totals} />}
        </Loaded>
      </section>
    </>
  );
}

type Rows = TrialBalance['rows'];

export function BalanceTable({ rows, totals }: { rows: Rows; totals?: TrialBalance['totals'] }) {
  if (rows.length === 0)
    return (
      <Empty title="There is nothing to balance.">
        <p>No account had moved anything by then.</p>
      </Empty>
    );
  return (
    <div className="table-wrap" tabIndex={0} role="region" aria-label="Trial balance">
      <table className="table">
        <caption className="sr-only">Trial balance</caption>
        <thead>
          <tr>
            <Th>Currency</Th>
            <Th>Class</Th>
            <Th isNumber>Accounts</Th>
            <Th isNumber>Debits</Th>
            <Th isNumber>Credits</Th>
            <Th isNumber>Balance</Th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.currency + row.type}>
              <td>{row.currency}</td>
              <td className="dim">{row.type.toLowerCase()}</td>
              <td className="num">{formatCount(row.accounts)}</td>
              <td className="num">
                <Amount minor={row.debits_minor} currency={row.currency} />
              </td>
              <td className="num">
                <Amount minor={row.credits_minor} currency={row.currency} />
              </td>
              <td className="num">
                <Amount minor={row.balance_minor} currency={row.currency} />
              </td>
            </tr>
          ))}
        </tbody>
        {totals !== undefined && (
          <tfoot>
            {totals.map((total) => (
              <tr key={total.currency} className="total">
                <td>{total.currency}</td>
                <td>
                  <Badge
                    state={total.balanced ? 'ok' : 'differs'}
                    text={total.balanced ? 'debits equal credits' : 'does not balance'}
                  />
                </td>
                <td />
                <td className="num">
                  <Amount minor={total.debits_minor} currency={total.currency} />
                </td>
                <td className="num">
                  <Amount minor={total.credits_minor} currency={total.currency} />
                </td>
                <td />
              </tr>
            ))}
          </tfoot>
        )}
      </table>
    </div>
  );
}
