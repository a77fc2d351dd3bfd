import type { ListTransfersQuery, Transfer } from '@credit-ledger/sdk';
import { useMay } from '../../api/session.tsx';
import { useFreshened } from '../../api/use-live.ts';
import { parseAmount } from '../../format/amounts.ts';
import { formatSecond } from '../../format/times.ts';
import { AccountLink } from '../../parts/account-link.tsx';
import { Amount } from '../../parts/amount.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Filters } from '../../parts/filters.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Link } from '../../parts/link.tsx';
import { PagedTable, Th, usePages } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty } from '../../parts/states.tsx';
import { useFilters, useTyped } from '../../parts/use-filters.ts';

const statuses = [
  'COMPLETED',
  'FAILED',
  'HELD',
  'VOIDED',
  'EXPIRED',
  'INITIATED',
  'SCHEDULED',
  'CANCELLED',
] as const;
const filterNames = ['status', 'account', 'external_id', 'after', 'before', 'min', 'max'] as const;

/** What the address says, as the API is asked. Limits of amounts are typed with decimals of two digits. */
function queryOf(get: (name: string) => string): ListTransfersQuery {
  const text = (name: string): string | undefined => (get(name) === '' ? undefined : get(name));
  const amount = (name: string): bigint | undefined => {
    const read = get(name) === '' ? undefined : parseAmount(get(name), 2, '');
    return typeof read === 'bigint' ? read : undefined;
  };
  return {
    order: 'desc',
    limit: 50,
    status: statuses.find((known) => known === get('status')),
    account_id: text('account'),
    external_id: text('external_id'),
    created_after: get('after') === '' ? undefined : `${get('after')}T00:00:00Z`,
    created_before: get('before') === '' ? undefined : `${get('before')}T23:59:59.999Z`,
    min_amount_minor: amount('min'),
    max_amount_minor: amount('max'),
  };
}

const keyOf = (query: ListTransfersQuery): string =>
  JSON.stringify(query, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

export function TransferList() {
  const { get, set } = useFilters();
  const mayWrite = useMay('write');
  const query = queryOf(get);
  const pages = usePages<Transfer>(['transfers', keyOf(query)], (client, from) =>
    client.listTransfers({ ...query, ...from }),
  );
  useFreshened(['transfers'], ({ aggregate }) => aggregate === 'transfer', 3000);
  const isFiltered = filterNames.some((name) => get(name) !== '');
  const clear = (): void => set(Object.fromEntries(filterNames.map((name) => [name, ''])));
  return (
    <>
      <PageHead title="Transfers">
        {mayWrite && (
          <Link to="/transfers/new" className="button primary">
            <Icon name="plus" />
            New transfer
          </Link>
        )}
      </PageHead>
      <section className="card">
        <TransferFilters isFiltered={isFiltered} onClear={clear} />
        <PagedTable
          pages={pages}
          caption="Transfers"
          head={
            <>
              <Th>Created</Th>
              <Th>From</Th>
              <Th>To</Th>
              <Th>Description</Th>
              <Th>Status</Th>
              <Th isNumber>Amount</Th>
              <Th>Currency</Th>
            </>
          }
          row={(transfer) => <TransferRow key={transfer.id} transfer={transfer} />}
          empty={
            <Empty title={isFiltered ? 'No transfer is like that.' : 'There are no transfers yet.'}>
              {isFiltered ? (
                <button type="button" className="button" onClick={clear}>
                  Clear the filters
                </button>
              ) : (
                <p>A transfer moves an amount from one account to another, at once or in two steps.</p>
              )}
            </Empty>
          }
        />
      </section>
    </>
  );
}

function TransferRow({ transfer }: { transfer: Transfer }) {
  const {
    id,
    created_at: createdAt,
    from,
    to,
    description,
    status,
    amount_minor: minor,
    currency,
  } = transfer;
  return (
    <tr>
      <td className="nowrap">
        <Link to={`/transfers/${id}`} className="row-link">
          {formatSecond(createdAt)}
        </Link>
      </td>
      <td className="text">
        <AccountLink id={from} />
      </td>
      <td className="text fold-to">
        <AccountLink id={to} />
      </td>
      <td className="text dim">{description ?? '–'}</td>
      <td>
        <Badge state={status} />
      </td>
      <td className="num fold-top">
        <Amount minor={minor} currency={currency} />
      </td>
      <td className="dim fold-top">{currency}</td>
    </tr>
  );
}

function TransferFilters({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const { get, set } = useFilters();
  const [account, setAccount] = useTyped(get('account'), (text) => set({ account: text }));
  const [externalId, setExternalId] = useTyped(get('external_id'), (text) => set({ external_id: text }));
  const [min, setMin] = useTyped(get('min'), (text) => set({ min: text }));
  const [max, setMax] = useTyped(get('max'), (text) => set({ max: text }));
  const status = (
    <select
      className="input"
      aria-label="Status"
      value={get('status')}
      onChange={(event) => set({ status: event.target.value })}
    >
      <option value="">Any status</option>
      {statuses.map((known) => (
        <option key={known} value={known}>
          {known.toLowerCase()}
        </option>
      ))}
    </select>
  );
  const setCount = filterNames.filter((name) => name !== 'status' && get(name) !== '').length;
  return (
    <Filters first={status} setCount={setCount}>
      <input
        className="input search"
        aria-label="Account id"
        placeholder="Account: its id, or ext:…"
        value={account}
        onChange={(event) => setAccount(event.target.value)}
      />
      <input
        className="input middle"
        aria-label="External id"
        placeholder="External id"
        value={externalId}
        onChange={(event) => setExternalId(event.target.value)}
      />
      <input
        className="input short num"
        aria-label="Least amount"
        placeholder="From 0.00"
        inputMode="decimal"
        value={min}
        onChange={(event) => setMin(event.target.value)}
      />
      <input
        className="input short num"
        aria-label="Greatest amount"
        placeholder="to any"
        inputMode="decimal"
        value={max}
        onChange={(event) => setMax(event.target.value)}
      />
      <input
        className="input middle"
        type="date"
        aria-label="Created from"
        value={get('after')}
        onChange={(event) => set({ after: event.target.value })}
      />
      <input
        className="input middle"
        type="date"
        aria-label="Created to"
        value={get('before')}
        onChange={(event) => set({ before: event.target.value })}
      />
      {isFiltered && (
        <button type="button" className="button quiet" onClick={onClear}>
          Clear
        </button>
      )}
    </Filters>
  );
}
