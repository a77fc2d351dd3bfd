import type { Account } from '@credit-ledger/sdk';
import { useFreshened } from '../../api/use-live.ts';
import { useMay } from '../../api/session.tsx';
import { Amount, useScales } from '../../parts/amount.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Link } from '../../parts/link.tsx';
import { PagedTable, Th, usePages } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty } from '../../parts/states.tsx';
import { useFilters, useTyped } from '../../parts/use-filters.ts';

const statuses = ['ACTIVE', 'SUSPENDED', 'CLOSED'] as const;

export function AccountList() {
  const { get, set } = useFilters();
  const mayWrite = useMay('write');
  const [q, currency] = [get('q'), get('currency')];
  const status = statuses.find((known) => known === get('status'));
  const query = {
    limit: 50,
    q: q === '' ? undefined : q,
    currency: currency === '' ? undefined : currency,
    status,
  };
  const pages = usePages<Account>(['accounts', query], (client, from) =>
    client.listAccounts({ ...query, ...from }),
  );
  useFreshened(['accounts'], () => true, 3000);
  const isFiltered = q !== '' || currency !== '' || status !== undefined;
  return (
    <>
      <PageHead title="Accounts">
        {mayWrite && (
          <Link to="/accounts/new" className="button primary">
            <Icon name="plus" />
            New account
          </Link>
        )}
      </PageHead>
      <section className="card">
        <AccountFilters />
        <PagedTable
          pages={pages}
          caption="Accounts"
          head={
            <>
              <Th>Name</Th>
              <Th>External id</Th>
              <Th>Type</Th>
              <Th>Status</Th>
              <Th isNumber>Balance</Th>
              <Th isNumber>Held</Th>
              <Th isNumber>Available</Th>
              <Th>Currency</Th>
            </>
          }
          row={(account) => <AccountRow key={account.id} account={account} />}
          empty={
            <NoAccounts
              isFiltered={isFiltered}
              onClear={() => set({ q: '', currency: '', status: '' })}
            />
          }
        />
      </section>
    </>
  );
}

function AccountRow({ account }: { account: Account }) {
  const { id, name, external_id: externalId, type, status, currency } = account;
  return (
    <tr>
      <td className="text">
        <Link to={`/accounts/${id}`} className="row-link">
          {name ?? externalId ?? id}
        </Link>
      </td>
      <td className="text dim">{externalId ?? '–'}</td>
      <td className="dim">{type.toLowerCase()}</td>
      <td>
        <Badge state={status} />
      </td>
      <td className="num fold-top">
        <Amount minor={account.balance_minor} currency={currency} />
      </td>
      <td className={`num fold-away${account.held_minor === 0n ? ' dim' : ''}`}>
        <Amount minor={account.held_minor} currency={currency} />
      </td>
      <td className="num fold-away">
        {account.credit_limit_minor === null ? (
          <span className="dim">no limit</span>
        ) : (
          <Amount minor={account.available_minor} currency={currency} />
        )}
      </td>
      <td className="dim fold-top">{currency}</td>
    </tr>
  );
}

function AccountFilters() {
  const { get, set } = useFilters();
  const { codes } = useScales();
  const [text, setText] = useTyped(get('q'), (q) => set({ q }));
  return (
    <div className="filters" role="search">
      <input
        className="input search"
        type="search"
        aria-label="Search accounts"
        placeholder="Name, external id or id"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <select
        className="input"
        aria-label="Status"
        value={get('status')}
        onChange={(event) => set({ status: event.target.value })}
      >
        <option value="">Any status</option>
        {statuses.map((status) => (
          <option key={status} value={status}>
            {status.toLowerCase()}
          </option>
        ))}
      </select>
      <select
        className="input"
        aria-label="Currency"
        value={get('currency')}
        onChange={(event) => set({ currency: event.target.value })}
      >
        <option value="">Any currency</option>
        {codes.map((code) => (
          <option key={code}>{code}</option>
        ))}
      </select>
    </div>
  );
}

function NoAccounts({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const mayWrite = useMay('write');
  if (isFiltered)
    return (
      <Empty title="No account is like that.">
        <button type="button" className="button" onClick={onClear}>
          Clear the filters
        </button>
      </Empty>
    );
  return (
    <Empty title="There are no accounts yet.">
      <p>An account holds one currency; money moves between two of them.</p>
      {mayWrite && (
        <Link to="/accounts/new" className="button primary">
          Open the first account
        </Link>
      )}
    </Empty>
  );
}
