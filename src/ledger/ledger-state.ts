import { formatTime } from '@credit-ledger/contract/times.ts';
import type { Draft } from './draft.ts';
import { genesisHash } from './entry-hash.ts';
import { openPeriods, type Ledger } from './state.ts';

/** Puts a new ledger into the draft. */
export function openLedger(
  draft: Draft,
  settings: Pick<Ledger, 'name' | 'defaultCreditLimit' | 'sandbox'>,
): Ledger {
  const ledger: Ledger = {
    ...settings,
    id: draft.ledgerCount() + 1,
    entryCount: 0,
    headHash: genesisHash,
    createdAt: draft.inputs.time,
    periods: openPeriods,
  };
  putLedger(draft, ledger);
  return ledger;
}

/** A ledger as it is from now on. */
export function putLedger(draft: Draft, ledger: Ledger): void {
  draft.ledgers.set(ledger.name, ledger);
  draft.changedLedgers.add(ledger.name);
}

/** The ledger as the API shows it. */
export function viewLedger(ledger: Ledger) {
  return {
    name: ledger.sandbox?.name ?? ledger.name,
    default_credit_limit_minor: ledger.defaultCreditLimit,
    entry_count: ledger.entryCount,
    head_hash: ledger.headHash,
    created_at: formatTime(ledger.createdAt),
    closed_until: ledger.periods.closedUntil === null ? null : formatTime(ledger.periods.closedUntil),
    sandbox:
      ledger.sandbox === null
        ? null
        : { life: ledger.name, clock_offset_ms: ledger.sandbox.clockOffsetMs },
  };
}
