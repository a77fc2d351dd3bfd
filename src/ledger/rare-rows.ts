import { stringifyJson, type JsonObject } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import type { Draft, HistoryRow } from './draft.ts';
import type { PeriodClose } from './periods.ts';
import type { Account, AccountSettings, Ledger, Transfer } from './state.ts';
import { isDeferred } from './views.ts';

/**
 * The rows that few batches write, as the JSON that `ledger.post_rare` takes; undefined where there are
 * none.
 */
export function rareRows(draft: Draft, ledgerId: (name: string) => number): JsonObject | undefined {
  const updated = [...draft.transfers.values()].filter(({ id }) => !draft.createdTransfers.has(id));
  const deferred = [...draft.transfers.values()].filter(
    (transfer) => draft.createdTransfers.has(transfer.id) && isDeferred(transfer),
  );
  const some =
    draft.history.length +
    draft.periodCloses.length +
    draft.changedLedgers.size +
    draft.currencies.size +
    draft.entryReversals.size +
    deferred.length +
    updated.length;
  if (some === 0) return undefined;
  return {
    ledgers: [...draft.ledgers.values()]
      .filter(({ name }) => draft.changedLedgers.has(name))
      .map(ledgerRow),
    currencies: [...draft.currencies].map(([code, scale]) => ({
      code,
      scale,
      created_at: formatTime(draft.inputs.time),
    })),
    accounts: opened(draft).map((account) => accountRow(account, ledgerId(account.settings.ledger))),
    settings: changed(draft).map((account) => settingsRow(account.settings)),
    history: draft.history.map(historyRow),
    transfers: updated.map(transferRow),
    deferred: deferred.map((transfer) => deferredRow(transfer, ledgerId(transfer.ledger))),
    period_closes: draft.periodCloses.map((close) => closeRow(close, ledgerId(close.ledger))),
    entry_reversals: [...draft.entryReversals].map(([entry_id, reversed_by]) => ({
      entry_id,
      reversed_by,
    })),
  };
}

function opened(draft: Draft): Account[] {
  return [...draft.accounts.values()].filter(({ settings }) => draft.openedAccounts.has(settings.id));
}

/** An account that was opened in this batch is inserted as it is after it, settings included. */
function changed(draft: Draft): Account[] {
  return [...draft.accounts.values()].filter(
    ({ settings }) => draft.changedSettings.has(settings.id) && !draft.openedAccounts.has(settings.id),
  );
}

function ledgerRow(ledger: Ledger): JsonObject {
  return {
    id: ledger.id,
    name: ledger.name,
    default_credit_limit_minor: ledger.defaultCreditLimit,
    created_at: formatTime(ledger.createdAt),
    sandbox: ledger.sandbox?.name ?? null,
    clock_offset_ms: ledger.sandbox?.clockOffsetMs ?? 0,
  };
}

function closeRow(close: PeriodClose, ledgerId: number): JsonObject {
  return {
    ledger_id: ledgerId,
    number: close.number,
    ends_at: formatTime(close.endsAt),
    closed_at: formatTime(close.closedAt),
    position: close.position,
    entry_count: close.entryCount,
    head_hash: `\\x${close.headHash}`,
    description: close.description,
    hash: `\\x${close.hash}`,
  };
}

function settingsRow(settings: AccountSettings): JsonObject {
  const [next] = settings.schedule;
  const schedule = settings.schedule.map((row) => ({ from: row.from, limit_minor: row.limit }));
  return {
    id: settings.id,
    name: settings.name,
    status: settings.status,
    credit_limit_minor: settings.creditLimit,
    credit_limit_schedule: stringifyJson(schedule),
    next_limit_at: next === undefined ? null : formatTime(next.from),
    metadata: settings.metadata,
    revision: settings.revision,
  };
}

/** The row of a new account. */
export function accountRow(account: Account, ledgerId: number): JsonObject {
  const { settings } = account;
  return {
    ...settingsRow(settings),
    ledger_id: ledgerId,
    external_id: settings.externalId,
    type: settings.type,
    normal_side: settings.normalSide,
    currency: settings.currency,
    external: settings.external,
    debits_minor: account.debits,
    credits_minor: account.credits,
    held_minor: account.held,
    incoming_minor: account.incoming,
    version: account.version,
    created_at: formatTime(settings.createdAt),
    updated_at: formatTime(account.updatedAt),
    created_position: settings.createdPosition,
    position: account.position,
  };
}

/** The row of a change that is no line. */
export function historyRow({ account, time }: HistoryRow): JsonObject {
  return {
    account_id: account.settings.id,
    version: account.version,
    position: account.position,
    recorded_at: formatTime(time),
    status: account.settings.status,
    credit_limit_minor: account.settings.creditLimit,
    debits_minor: account.debits,
    credits_minor: account.credits,
    held_minor: account.held,
    incoming_minor: account.incoming,
  };
}

function transferRow(transfer: Transfer): JsonObject {
  return {
    id: transfer.id,
    status: transfer.status,
    held_minor: transfer.held,
    settled_minor: transfer.settled,
    reversed_minor: transfer.reversed,
    ended_by: transfer.endedBy,
    entry_id: transfer.entryId,
    entry_number: transfer.entryNumber,
    failure: transfer.failure === null ? null : stringifyJson({ ...transfer.failure }),
    effective_at: formatTime(transfer.effectiveAt),
    expires_at: timeOrNull(transfer.expiresAt),
    completed_at: timeOrNull(transfer.completedAt),
    position: transfer.position,
  };
}

/** A transfer that is run later, whole: it is inserted here, so that the others cost nothing more. */
function deferredRow(transfer: Transfer, ledgerId: number): JsonObject {
  return {
    ...transferRow(transfer),
    ledger_id: ledgerId,
    external_id: transfer.externalId,
    from_id: transfer.from,
    to_id: transfer.to,
    amount_minor: transfer.amount,
    currency: transfer.currency,
    created_as: transfer.createdAs,
    reverses: transfer.reverses,
    description: transfer.description,
    metadata: transfer.metadata,
    fingerprint: transfer.fingerprint,
    execute_at: timeOrNull(transfer.executeAt),
    created_at: formatTime(transfer.createdAt),
    created_position: transfer.createdPosition,
    deferred: transfer.deferred,
  };
}

function timeOrNull(time: number | null): string | null {
  return time === null ? null : formatTime(time);
}
