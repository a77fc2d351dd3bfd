import { isoScale } from '@credit-ledger/contract/currencies.ts';
import { genesisHash } from '../../src/ledger/entry-hash.ts';
import { openPeriods, type Ledger } from '../../src/ledger/state.ts';
import type { View } from '../../src/ledger/view.ts';

const nothing = (): undefined => undefined;

/** A fresh installation: the ledger `main`, the currencies of ISO 4217, and nothing else. */
export function emptyView(time: number): View {
  const main: Ledger = {
    id: 1,
    name: 'main',
    defaultCreditLimit: null,
    entryCount: 0,
    headHash: genesisHash,
    createdAt: time,
    periods: openPeriods,
    sandbox: null,
  };
  return {
    position: 0,
    ledger: (name) => (name === 'main' ? main : undefined),
    ledgerCount: () => 1,
    livesOf: () => [],
    currencyScale: isoScale,
    account: nothing,
    hasAccount: () => false,
    accountIdByExternalId: nothing,
    transfer: nothing,
    transferIdByExternalId: nothing,
    entry: nothing,
    entryReversedBy: nothing,
    key: nothing,
  };
}
