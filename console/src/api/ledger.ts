import type { CreditLedger } from '@credit-ledger/sdk';
import { useSearch } from 'wouter';
import { clientFor } from './client.ts';

/** The ledger that the address names; empty where it names none, which is the first that the key may use. */
export function useLedgerName(): string {
  return new URLSearchParams(useSearch()).get('ledger') ?? '';
}

/** The client for the ledger that the address names. */
export function useClient(): CreditLedger {
  return clientFor(useLedgerName());
}
