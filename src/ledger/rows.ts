import type { AccountStatus, AccountType, Side } from '@credit-ledger/contract/accounts.ts';
import { parseAnswer } from '@credit-ledger/contract/json.ts';
import type { TransferStatus } from '@credit-ledger/contract/transfers.ts';
import { z } from 'zod';
import type { Account, DatedLimit, Entry, Ledger, Line, Transfer } from './state.ts';
import { readStoredRefusal } from './stored.ts';

/*
 * From rows of PostgreSQL to the states of the ledger. As the driver gives them: int8 is text,
 * timestamptz a Date, bytea a Buffer. Amounts become bigints; positions, versions and numbers stay below
 * 2^53 and become numbers.
 */

/** For `from ledger.accounts a join ledger.ledgers g on g.id = a.ledger_id`. */
export const accountColumns = `a.id, g.name as ledger, a.external_id, a.type, a.normal_side, a.currency,
  a.external, a.name, a.status, a.credit_limit_minor, a.credit_limit_schedule, a.metadata,
  a.debits_minor, a.credits_minor, a.held_minor, a.incoming_minor, a.version, a.revision, a.created_at,
  a.updated_at, a.created_position, a.position`;

/** What `accountColumns` selects. */
export interface AccountRow {
  readonly id: string;
  readonly ledger: string;
  readonly external_id: string | null;
  readonly type: AccountType;
  readonly normal_side: Side;
  readonly currency: string;
  readonly external: boolean;
  readonly name: string | null;
  readonly status: AccountStatus;
  readonly credit_limit_minor: string | null;
  readonly credit_limit_schedule: string;
  readonly metadata: string;
  readonly debits_minor: string;
  readonly credits_minor: string;
  readonly held_minor: string;
  readonly incoming_minor: string;
  readonly version: string;
  readonly revision: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly created_position: string;
  readonly position: string;
}

/** The account of a row of `accountColumns`. */
export function toAccount(row: AccountRow): Account {
  return {
    settings: {
      id: row.id,
      ledger: row.ledger,
      externalId: row.external_id,
      type: row.type,
      normalSide: row.normal_side,
      currency: row.currency,
      external: row.external,
      name: row.name,
      status: row.status,
      creditLimit: toAmountOrNull(row.credit_limit_minor),
      schedule: toSchedule(row.credit_limit_schedule),
      metadata: row.metadata,
      revision: Number(row.revision),
      createdAt: row.created_at.getTime(),
      createdPosition: Number(row.created_position),
    },
    debits: BigInt(row.debits_minor),
    credits: BigInt(row.credits_minor),
    held: BigInt(row.held_minor),
    incoming: BigInt(row.incoming_minor),
    version: Number(row.version),
    updatedAt: row.updated_at.getTime(),
    position: Number(row.position),
  };
}

/** For `from ledger.transfers t join ledger.ledgers g on g.id = t.ledger_id`. */
export const transferColumns = `t.id, g.name as ledger, t.external_id, t.from_id, t.to_id,
  t.amount_minor, t.currency, t.status, t.created_as, t.held_minor, t.settled_minor, t.reversed_minor,
  t.reverses, t.ended_by, t.entry_id, t.entry_number, t.failure, t.description, t.metadata, t.fingerprint,
  t.effective_at, t.execute_at, t.expires_at, t.created_at, t.completed_at, t.created_position, t.position,
  t.deferred`;

/** What `transferColumns` selects. */
export interface TransferRow {
  readonly id: string;
  readonly ledger: string;
  readonly external_id: string | null;
  readonly from_id: string | null;
  readonly to_id: string | null;
  readonly amount_minor: string;
  readonly currency: string;
  readonly status: TransferStatus;
  readonly created_as: TransferStatus;
  readonly held_minor: string;
  readonly settled_minor: string;
  readonly reversed_minor: string;
  readonly reverses: string | null;
  readonly ended_by: Transfer['endedBy'];
  readonly entry_id: string | null;
  readonly entry_number: string | null;
  readonly failure: string | null;
  readonly description: string | null;
  readonly metadata: string;
  readonly fingerprint: string | null;
  readonly effective_at: Date;
  readonly execute_at: Date | null;
  readonly expires_at: Date | null;
  readonly created_at: Date;
  readonly completed_at: Date | null;
  readonly created_position: string;
  readonly position: string;
  readonly deferred: string | null;
}

/** The transfer of a row of `transferColumns`. */
export function toTransfer(row: TransferRow): Transfer {
  return {
    id: row.id,
    ledger: row.ledger,
    externalId: row.external_id,
    from: row.from_id,
    to: row.to_id,
    amount: BigInt(row.amount_minor),
    currency: row.currency,
    status: row.status,
    createdAs: row.created_as,
    held: BigInt(row.held_minor),
    settled: BigInt(row.settled_minor),
    reversed: BigInt(row.reversed_minor),
    reverses: row.reverses,
    endedBy: row.ended_by,
    entryId: row.entry_id,
    entryNumber: row.entry_number === null ? null : Number(row.entry_number),
    failure: row.failure === null ? null : readStoredRefusal(row.failure),
    description: row.description,
    metadata: row.metadata,
    fingerprint: row.fingerprint,
    effectiveAt: row.effective_at.getTime(),
    executeAt: toTimeOrNull(row.execute_at),
    expiresAt: toTimeOrNull(row.expires_at),
    createdAt: row.created_at.getTime(),
    completedAt: toTimeOrNull(row.completed_at),
    createdPosition: Number(row.created_position),
    position: Number(row.position),
    deferred: row.deferred,
  };
}

const firstPreviousHash = '0'.repeat(64);

/**
 * For `from ledger.entries e join ledger.ledgers g on g.id = e.ledger_id`; `previous_hash` is null for
 * the first entry of a ledger.
 */
export const entryColumns = `e.id, g.name as ledger, e.entry_number, e.position, e.transfer_id, e.batch_id,
  e.reverses, e.forced, e.description, e.metadata, e.posted_at, e.effective_at, e.hash,
  (select p.hash from ledger.entries p
    where p.ledger_id = e.ledger_id and p.entry_number = e.entry_number - 1)
    as previous_hash`;

/** What `entryColumns` selects. */
export interface EntryRow {
  readonly id: string;
  readonly ledger: string;
  readonly entry_number: string;
  readonly position: string;
  readonly transfer_id: string | null;
  readonly batch_id: string | null;
  readonly reverses: string | null;
  readonly forced: boolean;
  readonly description: string | null;
  readonly metadata: string;
  readonly posted_at: Date;
  readonly effective_at: Date;
  readonly hash: Buffer;
  readonly previous_hash: Buffer | null;
}

/** For `from ledger.lines l join ledger.accounts a on a.id = l.account_id`. */
export const lineColumns = `l.account_id, l.side, l.amount_minor, a.currency, l.balance_after_minor,
  l.debits_after_minor, l.held_after_minor, l.incoming_after_minor, l.version`;

/** What `lineColumns` selects. */
export interface LineRow {
  readonly account_id: string;
  readonly side: Side;
  readonly amount_minor: string;
  readonly currency: string;
  readonly balance_after_minor: string;
  readonly debits_after_minor: string;
  readonly held_after_minor: string;
  readonly incoming_after_minor: string;
  readonly version: string;
}

/** The line of a row of `lineColumns`. */
export function toLine(row: LineRow): Line {
  return {
    account: row.account_id,
    side: row.side,
    amount: BigInt(row.amount_minor),
    currency: row.currency,
    balanceAfter: BigInt(row.balance_after_minor),
    debitsAfter: BigInt(row.debits_after_minor),
    heldAfter: BigInt(row.held_after_minor),
    incomingAfter: BigInt(row.incoming_after_minor),
    version: Number(row.version),
  };
}

/** The entry of a row of `entryColumns` with its lines in their order. */
export function toEntry(row: EntryRow, lines: readonly Line[]): Entry {
  return {
    id: row.id,
    ledger: row.ledger,
    number: Number(row.entry_number),
    position: Number(row.position),
    transferId: row.transfer_id,
    batchId: row.batch_id,
    reverses: row.reverses,
    forced: row.forced,
    description: row.description,
    metadata: row.metadata,
    postedAt: row.posted_at.getTime(),
    effectiveAt: row.effective_at.getTime(),
    lines,
    previousHash: row.previous_hash?.toString('hex') ?? firstPreviousHash,
    hash: row.hash.toString('hex'),
  };
}

/** For `from ledger.ledgers g`. */
export const ledgerColumns = `g.id, g.name, g.default_credit_limit_minor, g.entry_count, g.head_hash,
  g.created_at, g.closed_until, g.period_count, g.period_hash, g.sandbox, g.clock_offset_ms`;

/** What `ledgerColumns` selects. */
export interface LedgerRow {
  readonly id: number;
  readonly name: string;
  readonly default_credit_limit_minor: string | null;
  readonly entry_count: string;
  readonly head_hash: Buffer;
  readonly created_at: Date;
  readonly closed_until: Date | null;
  readonly period_count: number;
  readonly period_hash: Buffer;
  readonly sandbox: string | null;
  readonly clock_offset_ms: string;
}

/** The ledger of a row of `ledgerColumns`. */
export function toLedger(row: LedgerRow): Ledger {
  return {
    id: row.id,
    name: row.name,
    defaultCreditLimit: toAmountOrNull(row.default_credit_limit_minor),
    entryCount: Number(row.entry_count),
    headHash: row.head_hash.toString('hex'),
    createdAt: row.created_at.getTime(),
    periods: {
      count: row.period_count,
      closedUntil: row.closed_until?.getTime() ?? null,
      hash: row.period_hash.toString('hex'),
    },
    sandbox:
      row.sandbox === null ? null : { name: row.sandbox, clockOffsetMs: Number(row.clock_offset_ms) },
  };
}

function toAmountOrNull(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}

function toTimeOrNull(time: Date | null): number | null {
  return time === null ? null : time.getTime();
}

const scheduleShape = z.array(z.object({ from: z.int(), limit_minor: z.bigint().nullable() }));
const noSchedule: readonly DatedLimit[] = [];

function toSchedule(text: string): readonly DatedLimit[] {
  if (text === '[]') return noSchedule;
  return scheduleShape
    .parse(parseAnswer(text))
    .map((row) => ({ from: row.from, limit: row.limit_minor }));
}
