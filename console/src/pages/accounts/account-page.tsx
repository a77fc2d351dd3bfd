import type { Account } from '@credit-ledger/sdk';
import { useParams } from 'wouter';
import { useRead } from '../../api/queries.ts';
import { useMay } from '../../api/session.tsx';
import { useFreshened } from '../../api/use-live.ts';
import { Badge } from '../../parts/badge.tsx';
import { CopyTextButton, curlFor, Id } from '../../parts/copy.tsx';
import { Link } from '../../parts/link.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { useFilters } from '../../parts/use-filters.ts';
import { touchesAccount } from '../../api/touches.ts';
import { AccountFacts, AccountLimits, RawJson } from './account-facts.tsx';
import { AccountHolds } from './account-holds.tsx';
import { BalanceChart } from './balance-chart.tsx';
import { BalancePicture } from './balance-picture.tsx';
import { MoneyInOut } from './money-in-out.tsx';
import { StatementView } from './statement-view.tsx';

const tabs = [
  ['', 'Statement'],
  ['holds', 'Holds'],
  ['limits', 'Limits'],
  ['details', 'Details'],
  ['json', 'JSON'],
] as const;

export function AccountPage() {
  const { id = '' } = useParams();
  const account = useRead(['account', id], (client, signal) => client.readAccount(id, {}, { signal }));
  useFreshened(['account', 'account-holds', 'daily-balances'], (event) => touchesAccount(event, id));
  return <Loaded query={account}>{(found) => <AccountView account={found} />}</Loaded>;
}

function AccountView({ account }: { account: Account }) {
  const { id, name, external_id: externalId, status } = account;
  const { get } = useFilters();
  const title = name ?? externalId ?? 'Account';
  return (
    <>
      <PageHead
        title={title}
        heading={
          <>
            {title} <Badge state={status} />
          </>
        }
        crumbs={[['/accounts', 'Accounts']]}
        lead={
          <>
            <Id id={id} label="account id" /> · {account.type.toLowerCase()},{' '}
            {account.normal_side.toLowerCase()} · {account.currency}
          </>
        }
      >
        <AccountActions account={account} />
      </PageHead>
      <div className="stack">
        <BalancePicture account={account} />
        <BalanceChart account={account} />
        <section className="card">
          <Tabs tabs={tabs} current={get('tab')} label="About the account" path={`/accounts/${id}`} />
          <AccountTab account={account} tab={get('tab')} />
        </section>
      </div>
    </>
  );
}

function AccountActions({ account }: { account: Account }) {
  const mayWrite = useMay('write');
  const isOpen = mayWrite && account.status === 'ACTIVE';
  return (
    <>
      <CopyTextButton text={() => curlFor('GET', `/v1/accounts/${account.id}`)}>
        Copy as curl
      </CopyTextButton>
      {mayWrite && (
        <Link to={`/accounts/${account.id}/edit`} className="button">
          Edit
        </Link>
      )}
      {isOpen && account.normal_side === 'CREDIT' && (
        <>
          <MoneyInOut account={account} kind="deposit" />
          <MoneyInOut account={account} kind="withdraw" />
        </>
      )}
      {isOpen && (
        <Link to={`/transfers/new?from=${account.id}`} className="button primary">
          New transfer
        </Link>
      )}
    </>
  );
}

function AccountTab({ account, tab }: { account: Account; tab: string }) {
  if (tab === 'holds') return <AccountHolds account={account} />;
  if (tab === 'limits') return <AccountLimits account={account} />;
  if (tab === 'details') return <AccountFacts account={account} />;
  if (tab === 'json') return <RawJson value={account} />;
  return <StatementView account={account} />;
}
