import type { Scope } from '../api/session.tsx';
import type { IconName } from '../parts/icons.tsx';

/** A view that the navigation leads to. */
export interface View {
  readonly path: string;
  readonly name: string;
  readonly icon: IconName;
  /** What the key has to allow for it to be offered. */
  readonly scope: Scope;
  /** The second key of its shortcut: g, then it. */
  readonly shortcut?: string;
}

interface ViewGroup {
  readonly name: string;
  readonly views: readonly View[];
}

export const viewGroups: readonly ViewGroup[] = [
  {
    name: 'Ledger',
    views: [
      { path: '/', name: 'Overview', icon: 'overview', scope: 'read', shortcut: 'o' },
      { path: '/accounts', name: 'Accounts', icon: 'accounts', scope: 'read', shortcut: 'a' },
      { path: '/transfers', name: 'Transfers', icon: 'transfers', scope: 'read', shortcut: 't' },
      { path: '/events', name: 'Events', icon: 'events', scope: 'read', shortcut: 'e' },
    ],
  },
  {
    name: 'Books',
    views: [
      { path: '/journal', name: 'Journal', icon: 'journal', scope: 'read', shortcut: 'j' },
      {
        path: '/journal/trial-balance',
        name: 'Trial balance',
        icon: 'balance',
        scope: 'read',
        shortcut: 'b',
      },
      { path: '/journal/periods', name: 'Periods', icon: 'periods', scope: 'read' },
      { path: '/journal/receipts', name: 'Receipts', icon: 'receipt', scope: 'read' },
      { path: '/ledgers', name: 'Ledgers', icon: 'ledgers', scope: 'read', shortcut: 'l' },
      { path: '/currencies', name: 'Currencies', icon: 'currencies', scope: 'read', shortcut: 'c' },
    ],
  },
  {
    name: 'Operations',
    views: [
      {
        path: '/operations/projections',
        name: 'Projections',
        icon: 'projections',
        scope: 'admin',
        shortcut: 'p',
      },
      { path: '/operations/relay', name: 'Relay', icon: 'relay', scope: 'admin' },
      {
        path: '/operations/dead-letters',
        name: 'Dead letters',
        icon: 'letters',
        scope: 'redrive',
        shortcut: 'd',
      },
      {
        path: '/operations/reconciliations',
        name: 'Reconciliation',
        icon: 'reconcile',
        scope: 'admin',
        shortcut: 'r',
      },
      { path: '/operations/verifications', name: 'Proofs', icon: 'receipt', scope: 'admin' },
      { path: '/operations/jobs', name: 'Jobs', icon: 'jobs', scope: 'admin' },
      { path: '/operations/webhooks', name: 'Webhooks', icon: 'webhooks', scope: 'read', shortcut: 'w' },
      { path: '/operations/approvals', name: 'Approvals', icon: 'approvals', scope: 'admin' },
      { path: '/operations/api-keys', name: 'API keys', icon: 'keys', scope: 'keys', shortcut: 'k' },
      { path: '/operations/audit-log', name: 'Audit log', icon: 'audit', scope: 'admin' },
    ],
  },
];

/** What a key with these scopes is offered. */
export function groupsFor(scopes: readonly Scope[]): readonly ViewGroup[] {
  return viewGroups
    .map(({ name, views }) => ({ name, views: views.filter(({ scope }) => scopes.includes(scope)) }))
    .filter(({ views }) => views.length > 0);
}

/** What the palette and two keys begin, for whoever may write. */
export const newThings: readonly { name: string; path: string; keys: string }[] = [
  { name: 'New transfer', path: '/transfers/new', keys: 'nt' },
  { name: 'New account', path: '/accounts/new', keys: 'na' },
  { name: 'New entry', path: '/journal/entries/new', keys: 'ne' },
];
