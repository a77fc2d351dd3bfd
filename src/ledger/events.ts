import type { Account, Entry, Transfer } from './state.ts';

/** An event of the log before it is encoded: what happened, with the states after it. */
export type NewEvent = (
  | { readonly type: 'AccountCreated' | 'AccountUpdated'; readonly account: Account }
  | { readonly type: 'EntryPosted'; readonly entry: Entry; readonly accounts: readonly Account[] }
  | {
      readonly type: TransferEventType;
      readonly transfer: Transfer;
      readonly accounts: readonly Account[];
    }
  | {
      readonly type: 'TransferInitiated';
      readonly transfer: Transfer;
      /** The caller's `Idempotency-Key`. */
      readonly key: string | undefined;
    }
  | { readonly type: 'LedgerSealed'; readonly ledger: string; readonly seal: Seal }
) & { readonly trace: Trace };

export type TransferEventType =
  | 'TransferScheduled'
  | 'TransferCancelled'
  | 'TransferHeld'
  | 'TransferSettled'
  | 'TransferCompleted'
  | 'TransferFailed'
  | 'TransferVoided'
  | 'TransferExpired'
  | 'TransferReversed';

/** A signed tree head, as src/proof made it. */
export interface Seal {
  /** UUID of its tree, by which its events are in order. */
  readonly id: string;
  readonly tree: string;
  readonly size: number;
  /** Hexadecimal digits. */
  readonly root: string;
  readonly signature: string;
  readonly keyId: string;
  readonly sealedAt: number;
  readonly checkpoint: string;
}

/** Where the command came from: goes into the row and the message headers, not into the event's bytes. */
export interface Trace {
  readonly traceparent: string | undefined;
  readonly correlationId: string | undefined;
}

/** An event with its place in the one dense order. */
export type LedgerEvent = NewEvent & { readonly position: number; readonly time: number };
