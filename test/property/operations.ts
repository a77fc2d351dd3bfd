/** What may be asked of a ledger. The account outside is called `outside <ledger> <currency>`. */

export type Side = 'DEBIT' | 'CREDIT';
export interface Require {
  readonly min?: bigint | undefined;
  readonly max?: bigint | undefined;
  readonly version?: number | undefined;
}
export interface TransferOp {
  readonly kind: 'transfer';
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly id?: string | undefined;
  readonly external?: string | undefined;
  /** Seconds from now when it counts. */
  readonly effective?: number | undefined;
  /** Seconds until it expires; null never. */
  readonly hold?: number | null | undefined;
  readonly require?: { readonly from?: Require | undefined; readonly to?: Require | undefined };
  /** Seconds from now when it is to be run. */
  readonly execute?: number | undefined;
}
export interface DeferredOp {
  readonly kind: 'cancel' | 'run' | 'giveUp' | 'redrive';
  readonly transfer: string;
}
export interface OpenOp {
  readonly kind: 'open';
  readonly id: string;
  readonly currency: string;
  readonly type: 'ASSET' | 'LIABILITY';
  readonly limit: bigint | null;
  readonly opening: bigint;
  readonly external?: string | undefined;
}
export interface PatchOp {
  readonly kind: 'patch';
  readonly account: string;
  readonly name?: string | undefined;
  readonly status?: 'ACTIVE' | 'SUSPENDED' | 'CLOSED' | undefined;
  readonly limit?: bigint | null | undefined;
  readonly breach: boolean;
  readonly ifMatch?: number | undefined;
  /** Seconds from now and the limit that begins then. */
  readonly schedule?: readonly { readonly seconds: number; readonly limit: bigint | null }[] | undefined;
}
export interface ExternalOp {
  readonly kind: 'deposit' | 'withdraw';
  readonly account: string;
  readonly amount: bigint;
  readonly currency?: string | undefined;
}
export interface LineOp {
  readonly account: string;
  readonly side: Side;
  readonly amount: bigint;
  readonly require?: Require | undefined;
}
export type Op =
  | OpenOp
  | PatchOp
  | TransferOp
  | ExternalOp
  | { readonly kind: 'openAll'; readonly items: readonly OpenOp[] }
  | {
      readonly kind: 'settle';
      readonly transfer: string;
      readonly amount?: bigint | undefined;
      readonly keep: boolean;
    }
  | { readonly kind: 'void'; readonly transfer: string }
  | {
      readonly kind: 'reverse';
      readonly transfer: string;
      readonly amount?: bigint | undefined;
      readonly force: boolean;
    }
  | { readonly kind: 'async'; readonly of: TransferOp }
  | DeferredOp
  | EntryOp
  | { readonly kind: 'reverseEntry'; readonly entry: string; readonly force: boolean }
  | BatchOp
  | { readonly kind: 'preview'; readonly of: TransferOp | BatchOp | EntryOp }
  | { readonly kind: 'ledger'; readonly name: string; readonly limit: bigint | null }
  | { readonly kind: 'patchLedger'; readonly name: string; readonly limit: bigint | null }
  | { readonly kind: 'currency'; readonly code: string; readonly scale: number };
export interface BatchOp {
  readonly kind: 'batch';
  readonly atomic: boolean;
  readonly items: readonly { readonly op: TransferOp; readonly key?: string | undefined }[];
}

/** `code` is `ok` or a refusal's; `id` what the answer is about; `items` the results of a batch. */
export interface Result {
  readonly code: string;
  readonly id?: string | undefined;
  readonly replayed?: boolean | undefined;
  readonly items?: readonly Result[] | undefined;
}

interface EntryOp {
  readonly kind: 'entry';
  readonly effective?: number | undefined;
  readonly lines: readonly LineOp[];
}
