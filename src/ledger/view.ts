import type { Account, Entry, Ledger, Transfer } from './state.ts';

/** What a key is bound to: an effect it is answered from (`subject`), or the answer itself. */
export interface BoundKey {
  readonly digest: string;
  readonly fingerprint: string;
  readonly kind: 'transfer' | 'entry' | 'batch' | 'done' | 'refused';
  readonly subject: string | null;
  readonly answer: string | null;
}

/**
 * The state that decisions are made on. What is asked of it was loaded before (needs.ts); a key, a chosen
 * id or an external id that is not known here counts as free, and the batch call checks that before it
 * writes.
 */
export interface View {
  /** The last position given out. */
  readonly position: number;
  ledger(name: string): Ledger | undefined;
  ledgerCount(): number;
  /** The ledgers that are lives of a sandbox, in no order. */
  livesOf(sandbox: string): readonly Ledger[];
  currencyScale(code: string): number | undefined;
  account(id: string): Account | undefined;
  hasAccount(id: string): boolean;
  accountIdByExternalId(ledger: string, externalId: string): string | undefined;
  transfer(id: string): Transfer | undefined;
  transferIdByExternalId(ledger: string, externalId: string): string | undefined;
  entry(id: string): Entry | undefined;
  entryReversedBy(id: string): string | undefined;
  key(digest: string): BoundKey | undefined;
}

/** Time and ids are inputs of a decision. `time` is milliseconds since 1970 and never goes back. */
export interface Inputs {
  readonly time: number;
  mintId(): string;
}
