import { lazy, type ComponentType } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { SessionProvider, useSession, useSessionQuery, type Scope } from './api/session.tsx';
import { SignIn } from './pages/sign-in.tsx';
import { PageHead } from './parts/page-head.tsx';
import { Bones, Empty, Failure } from './parts/states.tsx';
import { Shell } from './shell/shell.tsx';

type Pages = Readonly<Record<string, unknown>>;

/** A page that is loaded when it is first shown; pages of one file come together. */
function page(load: () => Promise<Pages>, name: string): ComponentType {
  return lazy(async () => {
    const found = (await load())[name];
    if (!isPage(found)) throw new Error(`there is no page ${name}`);
    return { default: found };
  });
}

function isPage(value: unknown): value is ComponentType {
  return typeof value === 'function';
}

const pages = {
  overview: () => import('./pages/overview/overview.tsx'),
  accounts: () => import('./pages/accounts/account-list.tsx'),
  account: () => import('./pages/accounts/account-page.tsx'),
  accountForm: () => import('./pages/accounts/account-form.tsx'),
  transfers: () => import('./pages/transfers/transfer-list.tsx'),
  newTransfer: () => import('./pages/transfers/new-transfer.tsx'),
  transfer: () => import('./pages/transfers/transfer-page.tsx'),
  journal: () => import('./pages/journal/journal.tsx'),
  entry: () => import('./pages/journal/entry-page.tsx'),
  newEntry: () => import('./pages/journal/new-entry.tsx'),
  receipts: () => import('./pages/journal/receipts.tsx'),
  balance: () => import('./pages/journal/trial-balance.tsx'),
  periods: () => import('./pages/journal/periods.tsx'),
  ledgers: () => import('./pages/ledgers/ledgers.tsx'),
  currencies: () => import('./pages/ledgers/currencies.tsx'),
  events: () => import('./pages/events/events.tsx'),
  projections: () => import('./pages/operations/projections.tsx'),
  relay: () => import('./pages/operations/relay.tsx'),
  letters: () => import('./pages/operations/dead-letters.tsx'),
  reconciliations: () => import('./pages/operations/reconciliations.tsx'),
  verifications: () => import('./pages/operations/verifications.tsx'),
  jobs: () => import('./pages/operations/jobs.tsx'),
  keys: () => import('./pages/operations/api-keys.tsx'),
  webhooks: () => import('./pages/operations/webhooks.tsx'),
  approvals: () => import('./pages/operations/approvals.tsx'),
  audit: () => import('./pages/operations/audit-log.tsx'),
};

/** Where the key has to allow more than to read, it says so before anything is asked for or filled in. */
const routes: readonly (readonly [path: string, page: ComponentType, scope?: Scope])[] = [
  ['/', page(pages.overview, 'Overview')],
  ['/accounts', page(pages.accounts, 'AccountList')],
  ['/accounts/new', page(pages.accountForm, 'NewAccount'), 'write'],
  ['/accounts/:id', page(pages.account, 'AccountPage')],
  ['/accounts/:id/edit', page(pages.accountForm, 'EditAccount'), 'write'],
  ['/transfers', page(pages.transfers, 'TransferList')],
  ['/transfers/new', page(pages.newTransfer, 'NewTransfer'), 'write'],
  ['/transfers/:id', page(pages.transfer, 'TransferPage')],
  ['/events', page(pages.events, 'Events')],
  ['/journal', page(pages.journal, 'Journal')],
  ['/journal/entries/new', page(pages.newEntry, 'NewEntry'), 'write'],
  ['/journal/entries/:id', page(pages.entry, 'EntryPage')],
  ['/journal/receipts', page(pages.receipts, 'Receipts')],
  ['/journal/trial-balance', page(pages.balance, 'TrialBalancePage')],
  ['/journal/periods', page(pages.periods, 'Periods')],
  ['/journal/periods/:number', page(pages.periods, 'PeriodPage')],
  ['/ledgers', page(pages.ledgers, 'Ledgers')],
  ['/currencies', page(pages.currencies, 'Currencies')],
  ['/operations/projections', page(pages.projections, 'Projections'), 'admin'],
  ['/operations/relay', page(pages.relay, 'Relay'), 'admin'],
  ['/operations/dead-letters', page(pages.letters, 'DeadLetters'), 'redrive'],
  ['/operations/dead-letters/:id', page(pages.letters, 'DeadLetterPage'), 'admin'],
  ['/operations/reconciliations', page(pages.reconciliations, 'Reconciliations'), 'admin'],
  ['/operations/reconciliations/:id', page(pages.reconciliations, 'ReconciliationPage'), 'admin'],
  ['/operations/verifications', page(pages.verifications, 'Verifications'), 'admin'],
  ['/operations/jobs', page(pages.jobs, 'Jobs'), 'admin'],
  ['/operations/api-keys', page(pages.keys, 'ApiKeys'), 'keys'],
  ['/operations/webhooks', page(pages.webhooks, 'Webhooks')],
  ['/operations/webhooks/:id', page(pages.webhooks, 'WebhookPage')],
  ['/operations/approvals', page(pages.approvals, 'Approvals'), 'admin'],
  ['/operations/approvals/:id', page(pages.approvals, 'ApprovalPage'), 'admin'],
  ['/operations/audit-log', page(pages.audit, 'AuditLog'), 'admin'],
];

/** Signed in or not, and the page that the address names. */
export function App() {
  const { data: session, error, refetch } = useSessionQuery();
  if (session === undefined)
    return error === null ? <Bones rows={3} /> : <Failure error={error} retry={() => void refetch()} />;
  if (session === null) return <SignIn />;
  return (
    <SessionProvider session={session}>
      <Shell>
        <Switch>
          {routes.map(([path, Page, scope]) => (
            <Route key={path} path={path}>
              {scope === undefined || session.scopes.includes(scope) ? (
                <Page />
              ) : (
                <NotAllowed scope={scope} />
              )}
            </Route>
          ))}
          <Route path="/sign-in">
            <Redirect to={safePath(new URLSearchParams(location.search).get('next'))} replace />
          </Route>
          <Route>
            <PageHead title="Not found" />
            <Empty title="There is no such page.">
              <p>Press / to search for it.</p>
            </Empty>
          </Route>
        </Switch>
      </Shell>
    </SessionProvider>
  );
}

function NotAllowed({ scope }: { scope: Scope }) {
  const { scopes } = useSession();
  return (
    <>
      <PageHead title="Not allowed" />
      <Empty title="This key may not do that.">
        <p>
          It takes the scope <strong>{scope}</strong>; this key has {scopes.join(', ')}. Sign out, and in
          again with a key that has it.
        </p>
      </Empty>
    </>
  );
}

/** Only to a place of this console. */
function safePath(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : '/';
}
