import type { AccountOut } from '@credit-ledger/contract/accounts.ts';
import type { EntryOut } from '@credit-ledger/contract/entries.ts';
import { JsonText } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import type { TransferOut } from '@credit-ledger/contract/transfers.ts';
import { readDeferred } from './deferred-request.ts';
import { availableOf, balanceOf, type Account, type Entry, type Transfer } from './state.ts';

const noMetadata = new JsonText('{}');

function metadataText(text: string): JsonText {
  return text === '{}' ? noMetadata : new JsonText(text);
}

function timeOrNull(time: number | null): string | null {
  return time === null ? null : formatTime(time);
}

/** The account as the API shows it. */
export function viewAccount(account: Account): AccountOut {
  const { settings } = account;
  return {
    id: settings.id,
    ledger: settings.ledger,
    external_id: settings.externalId,
    name: settings.name,
    type: settings.type,
    currency: settings.currency,
    normal_side: settings.normalSide,
    status: settings.status,
    credit_limit_minor: settings.creditLimit,
    credit_limit_schedule: settings.schedule.map((row) => ({
      from: formatTime(row.from),
      limit_minor: row.limit,
    })),
    balance_minor: balanceOf(account),
    held_minor: account.held,
    incoming_minor: account.incoming,
    available_minor: availableOf(account),
    version: account.version,
    revision: settings.revision,
    metadata: metadataText(settings.metadata),
    created_at: formatTime(settings.createdAt),
    updated_at: formatTime(account.updatedAt),
    position: account.position,
  };
}

/** The transfer as the API shows it. */
export function viewTransfer(transfer: Transfer): TransferOut {
  const { failure } = transfer;
  const createdAt = formatTime(transfer.createdAt);
  return {
    id: transfer.id,
    ledger: transfer.ledger,
    external_id: transfer.externalId,
    from: transfer.from,
    to: transfer.to,
    amount_minor: transfer.amount,
    currency: transfer.currency,
    status: transfer.status,
    held_minor: transfer.held,
    settled_minor: transfer.settled,
    reversed_minor: transfer.reversed,
    reverses: transfer.reverses,
    entry_id: transfer.entryId,
    entry_number: transfer.entryNumber,
    failure: failure === null ? null : { code: failure.code, detail: failure.detail },
    description: transfer.description,
    metadata: metadataText(transfer.metadata),
    effective_at:
      transfer.effectiveAt === transfer.createdAt ? createdAt : formatTime(transfer.effectiveAt),
    execute_at: timeOrNull(transfer.executeAt),
    expires_at: timeOrNull(transfer.expiresAt),
    created_at: createdAt,
    completed_at:
      transfer.completedAt === transfer.createdAt ? createdAt : timeOrNull(transfer.completedAt),
    position: transfer.position,
  };
}

/**
 * A transfer as it was when it was created, from what never changes: the answer to a replay of its
 * creation.
 */
export function asCreated(transfer: Transfer): Transfer {
  const held = transfer.createdAs === 'HELD';
  const deferred = isDeferred(transfer);
  const isOpen = held || deferred;
  return {
    ...transfer,
    status: transfer.createdAs,
    held: held ? transfer.amount : 0n,
    settled: 0n,
    reversed: 0n,
    endedBy: null,
    entryId: isOpen ? null : transfer.entryId,
    entryNumber: isOpen ? null : transfer.entryNumber,
    completedAt: isOpen ? null : transfer.completedAt,
    position: transfer.createdPosition,
    ...(deferred ? beforeRun(transfer) : {}),
  };
}

/** Whether the transfer was accepted to be run later. */
export function isDeferred({ createdAs }: Transfer): boolean {
  return createdAs === 'INITIATED' || createdAs === 'SCHEDULED';
}

/** What running a deferred transfer changed, as it was before. */
function beforeRun({ deferred, executeAt, createdAt }: Transfer) {
  const effectiveAt = readDeferred(deferred).effective_at ?? executeAt ?? createdAt;
  return { effectiveAt, expiresAt: null, failure: null };
}

/** The entry as the API shows it. */
export function viewEntry(entry: Entry): EntryOut {
  return {
    id: entry.id,
    ledger: entry.ledger,
    entry_number: entry.number,
    transfer_id: entry.transferId,
    batch_id: entry.batchId,
    reverses: entry.reverses,
    forced: entry.forced,
    description: entry.description,
    metadata: metadataText(entry.metadata),
    lines: entry.lines.map((line) => ({
      account_id: line.account,
      side: line.side,
      amount_minor: line.amount,
      currency: line.currency,
      balance_after_minor: line.balanceAfter,
      version: line.version,
    })),
    posted_at: formatTime(entry.postedAt),
    effective_at: formatTime(entry.effectiveAt),
    previous_hash: entry.previousHash,
    hash: entry.hash,
    position: entry.position,
  };
}
