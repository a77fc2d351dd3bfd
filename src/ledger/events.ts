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
  | (News & { readonly ledger: string })
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

/** What is told of the ledger rather than done in it. */
export type News =
  | { readonly type: 'LedgerSealed'; readonly seal: Seal }
  | { readonly type: 'DriftFound'; readonly drift: Drift };

/** What a reconciliation found different from the journal, as src/reconciliation reports it. */
export interface Drift {
  /** UUID of its source, by which its events are in order. */
  readonly id: string;
  /** The reconciliation. */
  readonly run: string;
  /** `accounts`, the name of a projection, or `topics`. */
  readonly source: string;
  /** Where the source was when it was compared. */
  readonly position: number;
  /** How many accounts, transfers or blocks of the log differ. */
  readonly drifted: number;
  /** The first of them. */
  readonly differences: readonly Difference[];
}

/** One value that is not what the journal says. */
export interface Difference {
  /** Id of the account or transfer, or the first position of a block of the log. */
  readonly subject: string;
  readonly field: string;
  /** What the journal says; undefined where it has nothing. */
  readonly expected: string | undefined;
  readonly actual: string | undefined;
}

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
