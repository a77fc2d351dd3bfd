import type { OpenAccountBody, UpdateAccountBody } from '@credit-ledger/contract/accounts.ts';
import type { EntryBody, ReverseEntryBody } from '@credit-ledger/contract/entries.ts';
import type { Json } from '@credit-ledger/contract/json.ts';
import type {
  CreateLedgerBody,
  MoveClockBody,
  RegisterCurrencyBody,
  UpdateLedgerBody,
} from '@credit-ledger/contract/ledgers.ts';
import type { ClosePeriodBody } from '@credit-ledger/contract/periods.ts';
import type {
  DepositBody,
  ReverseBody,
  SettleBody,
  TransferBody,
} from '@credit-ledger/contract/transfers.ts';
import type { News } from './events.ts';
import type { Refusal } from './refusal.ts';
import type { Transfer } from './state.ts';

/** A body with the fingerprint it has as a request of its own (`POST /v1/transfers`, `POST /v1/accounts`). */
export interface Item<Body> {
  readonly body: Body;
  readonly fingerprint: string;
}

export interface PostTransfer {
  readonly kind: 'post_transfer';
  readonly body: TransferBody;
  /** Accept it now and run it later (`Prefer: respond-async`). */
  readonly respondAsync?: boolean;
}
export interface PostTransfers {
  readonly kind: 'post_transfers';
  readonly mode: 'independent' | 'atomic';
  readonly items: readonly Item<TransferBody>[];
}
export interface PostEntry {
  readonly kind: 'post_entry';
  readonly body: EntryBody;
}

/**
 * What the worker asks about a transfer that was accepted to be run later. They need no key: the status of
 * the transfer says whether there is anything left to do, so a second one has no effect.
 */
export type DeferredCommand =
  | { readonly kind: 'run_transfer'; readonly transfer: string }
  | {
      readonly kind: 'give_up_transfer';
      readonly transfer: string;
      readonly attempts: number;
      readonly lastError: string;
    }
  | { readonly kind: 'redrive_transfer'; readonly transfer: string };

/** Puts news into the order of the log. A second time it announces the same again. */
export interface Announce {
  readonly kind: 'announce';
  readonly news: News;
}

/**
 * What a caller may ask of the ledger. `account` is a UUID or `ext:<external_id>`; other ids are UUIDs.
 * The bodies are the parsed contract types.
 */
export type Command =
  | { readonly kind: 'open_account'; readonly body: OpenAccountBody }
  | { readonly kind: 'open_accounts'; readonly items: readonly Item<OpenAccountBody>[] }
  | {
      readonly kind: 'update_account';
      readonly account: string;
      readonly body: UpdateAccountBody;
      /** The revision named by `If-Match`. */ readonly ifMatch: number | undefined;
    }
  | PostTransfer
  | PostTransfers
  | { readonly kind: 'deposit' | 'withdraw'; readonly account: string; readonly body: DepositBody }
  | { readonly kind: 'settle_hold'; readonly transfer: string; readonly body: SettleBody }
  | { readonly kind: 'void_hold'; readonly transfer: string }
  | { readonly kind: 'cancel_transfer'; readonly transfer: string }
  /** What time does by itself, asked for where it was missed; no key, since only an open hold can expire. */
  | { readonly kind: 'expire_hold'; readonly transfer: string }
  | DeferredCommand
  | Announce
  | { readonly kind: 'reverse_transfer'; readonly transfer: string; readonly body: ReverseBody }
  | PostEntry
  | { readonly kind: 'reverse_entry'; readonly entry: string; readonly body: ReverseEntryBody }
  | { readonly kind: 'preview'; readonly command: PostTransfer | PostTransfers | PostEntry }
  | { readonly kind: 'create_ledger'; readonly body: CreateLedgerBody }
  | { readonly kind: 'update_ledger'; readonly name: string; readonly body: UpdateLedgerBody }
  | { readonly kind: 'reset_ledger'; readonly name: string }
  | { readonly kind: 'move_clock'; readonly name: string; readonly body: MoveClockBody }
  | { readonly kind: 'close_period'; readonly name: string; readonly body: ClosePeriodBody }
  | { readonly kind: 'register_currency'; readonly body: RegisterCurrencyBody };

/** A command with all that came with it. */
export interface LedgerRequest {
  readonly ledger: string;
  readonly command: Command;
  /** The caller's `Idempotency-Key`. */
  readonly key: string | undefined;
  /** Of method, path, `If-Match`, `Prefer` and body: 32 hexadecimal digits in the shape of a UUID. */
  readonly fingerprint: string;
  readonly traceparent: string | undefined;
  readonly correlationId: string | undefined;
  /** Waits for a ledger that is away until its deadline, where others are told at once. */
  readonly isPatient?: true;
}

/** A command that was carried out: what to answer. */
export interface Done {
  readonly kind: 'done';
  readonly status: 200 | 201 | 202;
  readonly body: Json;
  /** The transfer that was created. */
  readonly transfer?: Pick<Transfer, 'id' | 'createdAs'>;
  readonly location?: string;
  /** The account's revision, its ETag. */
  readonly revision?: number;
}

/** A rule's no, with the FAILED transfer it left, if any. */
export interface Refused {
  readonly kind: 'refused';
  readonly refusal: Refusal;
  readonly transferId?: string;
  readonly position?: number;
}

export type Outcome = Done | Refused;
export type LedgerAnswer = Outcome & { readonly replayed: boolean };

/** What the gateway talks to: the writer in this process, or the one that holds the lock. */
export interface Ledger {
  /** @throws {LedgerFault} when nothing is known to have happened; the same key decides. */
  submit(request: LedgerRequest): Promise<LedgerAnswer>;
}
