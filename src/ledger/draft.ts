import type { LedgerEvent, NewEvent } from './events.ts';
import type { PeriodClose } from './periods.ts';
import type { Account, Entry, Ledger, Transfer } from './state.ts';
import type { BoundKey, Inputs, View } from './view.ts';

/** The row of an account's history that a change without a line leaves. */
export interface HistoryRow {
  readonly account: Account;
  readonly time: number;
}

/**
 * Changes on top of a view: a command's, a batch's, or an item's within a batch. Reading sees the changes;
 * `mergeInto` hands them on; a draft that is dropped never was.
 */
export class Draft implements View {
  /** The time and the ids of the command that is being decided. */
  inputs: Inputs;
  readonly accounts = new Map<string, Account>();
  readonly openedAccounts = new Set<string>();
  readonly changedSettings = new Set<string>();
  readonly transfers = new Map<string, Transfer>();
  readonly createdTransfers = new Set<string>();
  readonly ledgers = new Map<string, Ledger>();
  readonly changedLedgers = new Set<string>();
  readonly currencies = new Map<string, number>();
  readonly entries = new Map<string, Entry>();
  readonly entryReversals = new Map<string, string>();
  readonly keys = new Map<string, BoundKey>();
  readonly history: HistoryRow[] = [];
  readonly periodCloses: PeriodClose[] = [];
  readonly events: LedgerEvent[] = [];
  readonly #accountExternalIds = new Map<string, string>();
  /** External ids of transfers that failed after they had been accepted, and so own them no more. */
  readonly freedExternalIds = new Set<string>();
  /** Null: it was freed. */
  readonly #transferExternalIds = new Map<string, string | null>();
  readonly #base: View;
  #position: number;

  constructor(base: View, inputs: Inputs) {
    this.#base = base;
    this.#position = base.position;
    this.inputs = inputs;
  }

  get position(): number {
    return this.#position;
  }

  ledger(name: string): Ledger | undefined {
    return this.ledgers.get(name) ?? this.#base.ledger(name);
  }

  ledgerCount(): number {
    let added = 0;
    for (const name of this.ledgers.keys()) if (this.#base.ledger(name) === undefined) added += 1;
    return this.#base.ledgerCount() + added;
  }

  livesOf(sandbox: string): readonly Ledger[] {
    const own = [...this.ledgers.values()].filter((ledger) => ledger.sandbox?.name === sandbox);
    const below = this.#base.livesOf(sandbox).filter(({ name }) => !this.ledgers.has(name));
    return [...below, ...own];
  }

  currencyScale(code: string): number | undefined {
    return this.currencies.get(code) ?? this.#base.currencyScale(code);
  }

  account(id: string): Account | undefined {
    return this.accounts.get(id) ?? this.#base.account(id);
  }

  hasAccount(id: string): boolean {
    return this.accounts.has(id) || this.#base.hasAccount(id);
  }

  accountIdByExternalId(ledger: string, externalId: string): string | undefined {
    const own =
      this.#accountExternalIds.size === 0
        ? undefined
        : this.#accountExternalIds.get(`${ledger}:${externalId}`);
    return own ?? this.#base.accountIdByExternalId(ledger, externalId);
  }

  transfer(id: string): Transfer | undefined {
    return this.transfers.get(id) ?? this.#base.transfer(id);
  }

  transferIdByExternalId(ledger: string, externalId: string): string | undefined {
    const own =
      this.#transferExternalIds.size === 0
        ? undefined
        : this.#transferExternalIds.get(`${ledger}:${externalId}`);
    if (own === null) return undefined;
    return own ?? this.#base.transferIdByExternalId(ledger, externalId);
  }

  entry(id: string): Entry | undefined {
    return this.entries.get(id) ?? this.#base.entry(id);
  }

  entryReversedBy(id: string): string | undefined {
    return this.entryReversals.get(id) ?? this.#base.entryReversedBy(id);
  }

  key(digest: string): BoundKey | undefined {
    return this.keys.get(digest) ?? this.#base.key(digest);
  }

  /** Gives the event the next position. */
  appendEvent(event: NewEvent): void {
    this.#position += 1;
    this.events.push({ ...event, position: this.#position, time: this.inputs.time });
  }

  openAccount(account: Account): void {
    this.openedAccounts.add(account.settings.id);
    this.putAccount(account);
    this.history.push({ account, time: this.inputs.time });
    this.#indexAccount(account);
  }

  putAccount(account: Account): void {
    this.accounts.set(account.settings.id, account);
  }

  /** A change of an account that is not a line: its state goes to the history. */
  recordAccount(account: Account): void {
    this.putAccount(account);
    this.history.push({ account, time: this.inputs.time });
  }

  createTransfer(transfer: Transfer): void {
    this.createdTransfers.add(transfer.id);
    this.transfers.set(transfer.id, transfer);
    this.#indexTransfer(transfer);
  }

  updateTransfer(transfer: Transfer): void {
    this.transfers.set(transfer.id, transfer);
    if (transfer.externalId === null) return;
    if (transfer.status === 'INITIATED') this.#indexTransfer(transfer);
    if (transfer.status !== 'FAILED') return;
    const name = `${transfer.ledger}:${transfer.externalId}`;
    this.#transferExternalIds.set(name, null);
    this.freedExternalIds.add(name);
  }

  /** Hands these changes to the draft below, on which this one was made. */
  mergeInto(below: Draft): void {
    copyAll(this.accounts, below.accounts);
    copyAll(this.transfers, below.transfers);
    copyAll(this.ledgers, below.ledgers);
    copyAll(this.currencies, below.currencies);
    copyAll(this.entries, below.entries);
    copyAll(this.entryReversals, below.entryReversals);
    copyAll(this.keys, below.keys);
    copyAll(this.#accountExternalIds, below.#accountExternalIds);
    copyAll(this.#transferExternalIds, below.#transferExternalIds);
    addAll(this.openedAccounts, below.openedAccounts);
    addAll(this.changedSettings, below.changedSettings);
    addAll(this.createdTransfers, below.createdTransfers);
    addAll(this.changedLedgers, below.changedLedgers);
    addAll(this.freedExternalIds, below.freedExternalIds);
    for (const row of this.history) below.history.push(row);
    for (const event of this.events) below.events.push(event);
    below.#position = this.#position;
  }

  /** The external ids that this draft takes, as `<ledger>:<external id>`; null frees one. */
  takenExternalIds(): {
    accounts: ReadonlyMap<string, string>;
    transfers: ReadonlyMap<string, string | null>;
  } {
    return { accounts: this.#accountExternalIds, transfers: this.#transferExternalIds };
  }

  #indexAccount({ settings }: Account): void {
    if (settings.externalId !== null) {
      this.#accountExternalIds.set(`${settings.ledger}:${settings.externalId}`, settings.id);
    }
  }

  #indexTransfer(transfer: Transfer): void {
    if (transfer.externalId !== null && transfer.status !== 'FAILED') {
      this.#transferExternalIds.set(`${transfer.ledger}:${transfer.externalId}`, transfer.id);
    }
  }
}

function copyAll<Value>(from: ReadonlyMap<string, Value>, into: Map<string, Value>): void {
  for (const [name, value] of from) into.set(name, value);
}

function addAll(from: ReadonlySet<string>, into: Set<string>): void {
  for (const name of from) into.add(name);
}
