import type { AccountStatus, AccountType, Side } from '@credit-ledger/contract/accounts.ts';
import type { TransferStatus } from '@credit-ledger/contract/transfers.ts';
import type { Refusal } from './refusal.ts';

/** A limit that begins at `from` (milliseconds since 1970). */
export interface DatedLimit {
  readonly from: number;
  readonly limit: bigint | null;
}

/** What an account is, apart from its money: changes rarely and is shared between its states. */
export interface AccountSettings {
  readonly id: string;
  readonly ledger: string;
  readonly externalId: string | null;
  readonly type: AccountType;
  readonly normalSide: Side;
  readonly currency: string;
  /** The ledger's account for the world outside. */
  readonly external: boolean;
  readonly name: string | null;
  readonly status: AccountStatus;
  readonly creditLimit: bigint | null;
  readonly schedule: readonly DatedLimit[];
  /** Canonical JSON text. */
  readonly metadata: string;
  readonly revision: number;
  readonly createdAt: number;
  readonly createdPosition: number;
}

/** An account at one version. Immutable: a change makes a new state. Amounts are minor units. */
export interface Account {
  readonly settings: AccountSettings;
  readonly debits: bigint;
  readonly credits: bigint;
  readonly held: bigint;
  readonly incoming: bigint;
  readonly version: number;
  readonly updatedAt: number;
  readonly position: number;
}

/** A transfer as it is now. Times are milliseconds since 1970. */
export interface Transfer {
  readonly id: string;
  readonly ledger: string;
  readonly externalId: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly amount: bigint;
  readonly currency: string;
  readonly status: TransferStatus;
  readonly createdAs: TransferStatus;
  readonly held: bigint;
  readonly settled: bigint;
  readonly reversed: bigint;
  readonly reverses: string | null;
  /** How a hold ended, whatever was settled of it. */
  readonly endedBy: 'SETTLED' | 'VOIDED' | 'EXPIRED' | null;
  readonly entryId: string | null;
  readonly entryNumber: number | null;
  readonly failure: Refusal | null;
  readonly description: string | null;
  readonly metadata: string;
  /** Set where the client chose the id: a second request with the same one is a replay. */
  readonly fingerprint: string | null;
  readonly effectiveAt: number;
  readonly executeAt: number | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly completedAt: number | null;
  readonly createdPosition: number;
  readonly position: number;
  /** What a transfer that is run later was asked for beyond these fields (deferred-request.ts). */
  readonly deferred: string | null;
}

/** Whether the transfer reserved its amount, now or in the past. */
export function isHold({ status, endedBy }: Transfer): boolean {
  return status === 'HELD' || endedBy !== null;
}

/** One side of an entry, with the account's state after it. */
export interface Line {
  readonly account: string;
  readonly side: Side;
  readonly amount: bigint;
  readonly currency: string;
  readonly balanceAfter: bigint;
  readonly debitsAfter: bigint;
  readonly heldAfter: bigint;
  readonly incomingAfter: bigint;
  readonly version: number;
}

/** One immutable, balanced record of the journal. Hashes are 64 hexadecimal digits. */
export interface Entry {
  readonly id: string;
  readonly ledger: string;
  readonly number: number;
  readonly position: number;
  readonly transferId: string | null;
  readonly batchId: string | null;
  readonly reverses: string | null;
  readonly forced: boolean;
  readonly description: string | null;
  readonly metadata: string;
  readonly postedAt: number;
  readonly effectiveAt: number;
  readonly lines: readonly Line[];
  readonly previousHash: string;
  readonly hash: string;
}

/** A ledger with the end of its hash chain. */
export interface Ledger {
  readonly id: number;
  readonly name: string;
  readonly defaultCreditLimit: bigint | null;
  readonly entryCount: number;
  readonly headHash: string;
  readonly createdAt: number;
  readonly periods: ClosedPeriods;
  readonly sandbox: Sandbox | null;
}

/** What a ledger is where it is a life of a sandbox (sandboxes.ts). */
export interface Sandbox {
  /** What the sandbox is called, whichever life it is in. */
  readonly name: string;
  /** How far its clock is ahead. */
  readonly clockOffsetMs: number;
}

/** How far a ledger is closed. */
export interface ClosedPeriods {
  readonly count: number;
  /** Nothing counts before it any more, in milliseconds since 1970; null where nothing was closed. */
  readonly closedUntil: number | null;
  /** Of the last close; 64 zeros where there is none. */
  readonly hash: string;
}

/** Of a ledger in which nothing was closed. */
export const openPeriods: ClosedPeriods = { count: 0, closedUntil: null, hash: '0'.repeat(64) };

/** An account's balance: credits - debits for CREDIT accounts, debits - credits for DEBIT accounts. */
export function balanceOf(
  account: Pick<Account, 'debits' | 'credits'> & {
    readonly settings: Pick<AccountSettings, 'normalSide'>;
  },
): bigint {
  const net = account.credits - account.debits;
  return account.settings.normalSide === 'CREDIT' ? net : -net;
}

/** What may still flow out before the credit limit is counted: balance less what is held. */
export function availableOf(account: Account): bigint {
  return balanceOf(account) - account.held;
}
