import { isoScale } from '@credit-ledger/contract/currencies.ts';
import { LRUCache } from 'lru-cache';
import { AccountCache } from './account-cache.ts';
import type { Draft } from './draft.ts';
import type { Account, Entry, Ledger, Transfer } from './state.ts';
import type { BoundKey, View } from './view.ts';

/** How many committed records of each kind are kept beside the accounts; any of them can be loaded again. */
const otherRecordsMax = 20_000;

/** An entry and what undid it, kept and forgotten together. */
interface KnownEntry {
  readonly entry: Entry;
  readonly reversedBy: string | null;
}

/**
 * The state that the writer knows: committed records in bounded caches, and over them the drafts of the
 * batches in flight. An account with an uncommitted change is in such a draft, so it is never evicted.
 * Taking a failed batch back, and all that was decided on it, is forgetting the drafts.
 */
export class KnownState implements View {
  readonly #accounts: AccountCache;
  readonly #transfers = new LRUCache<string, Transfer>({ max: otherRecordsMax });
  readonly #entries = new LRUCache<string, KnownEntry>({ max: otherRecordsMax });
  readonly #keys = new LRUCache<string, BoundKey>({ max: otherRecordsMax });
  /** Of the accounts that are known. */
  readonly #accountExternalIds = new Map<string, string>();
  readonly #transferExternalIds = new LRUCache<string, string>({ max: otherRecordsMax });
  readonly #ledgers = new Map<string, Ledger>();
  readonly #currencies = new Map<string, number>();
  /** Newest first. */
  #inFlight: readonly Draft[] = [];
  #position = 0;

  constructor(accountsMax: number) {
    this.#accounts = new AccountCache(accountsMax, ({ ledger, externalId }) => {
      if (externalId !== null) this.#accountExternalIds.delete(`${ledger}:${externalId}`);
    });
  }

  get position(): number {
    return this.#inFlight[0]?.position ?? this.#position;
  }

  /** The last position that is committed. */
  get committedPosition(): number {
    return this.#position;
  }

  get accountCount(): number {
    return this.#accounts.size;
  }

  /** Forgets everything and begins at the head of the database. */
  reset(
    position: number,
    ledgers: readonly Ledger[],
    currencies: readonly { code: string; scale: number }[],
  ): void {
    const caches = [this.#transfers, this.#entries, this.#keys, this.#transferExternalIds];
    for (const cache of caches) cache.clear();
    this.#accounts.clear();
    this.#accountExternalIds.clear();
    this.#ledgers.clear();
    this.#currencies.clear();
    for (const ledger of ledgers) this.#ledgers.set(ledger.name, ledger);
    for (const { code, scale } of currencies) this.#currencies.set(code, scale);
    this.#inFlight = [];
    this.#position = position;
  }

  /** A sealed batch: what is decided from now on sees it. */
  append(draft: Draft): void {
    this.#inFlight = [draft, ...this.#inFlight];
  }

  /** The oldest batch in flight is committed. */
  commit(draft: Draft): void {
    this.#inFlight = this.#inFlight.filter((other) => other !== draft);
    this.#position = draft.position;
    for (const account of draft.accounts.values()) this.#accounts.set(account);
    for (const [id, transfer] of draft.transfers) this.#keepTransfer(id, transfer);
    for (const [name, ledger] of draft.ledgers) this.#ledgers.set(name, ledger);
    for (const [code, scale] of draft.currencies) this.#currencies.set(code, scale);
    for (const [id, reversedBy] of draft.entryReversals) this.#markReversed(id, reversedBy);
    const taken = draft.takenExternalIds();
    for (const [name, id] of taken.accounts) this.#accountExternalIds.set(name, id);
    for (const name of draft.freedExternalIds) this.#transferExternalIds.delete(name);
  }

  /**
   * Open holds and what is to be run are likely to be asked for again; what else is cached only has to stay
   * true.
   */
  #keepTransfer(id: string, transfer: Transfer): void {
    const isOpen = transfer.status === 'HELD' || transfer.status === 'INITIATED';
    if (isOpen || this.#transfers.has(id)) this.#transfers.set(id, transfer);
  }

  #markReversed(id: string, reversedBy: string): void {
    const known = this.#entries.get(id);
    if (known !== undefined) this.#entries.set(id, { ...known, reversedBy });
  }

  /** Takes all batches in flight back. */
  rollBack(): void {
    this.#inFlight = [];
  }

  keepAccount(account: Account): void {
    const { id, ledger, externalId } = account.settings;
    this.#accounts.set(account);
    if (externalId !== null) this.#accountExternalIds.set(`${ledger}:${externalId}`, id);
  }

  keepTransfer(transfer: Transfer): void {
    this.#transfers.set(transfer.id, transfer);
    if (transfer.externalId !== null && transfer.status !== 'FAILED') {
      this.#transferExternalIds.set(`${transfer.ledger}:${transfer.externalId}`, transfer.id);
    }
  }

  keepEntry(entry: Entry, reversedBy: string | null): void {
    this.#entries.set(entry.id, { entry, reversedBy });
  }

  keepKey(key: BoundKey): void {
    this.#keys.set(key.digest, key);
  }

  ledger(name: string): Ledger | undefined {
    return this.#inDrafts((draft) => draft.ledgers.get(name)) ?? this.#ledgers.get(name);
  }

  ledgerCount(): number {
    const names = new Set(this.#ledgers.keys());
    for (const draft of this.#inFlight) for (const name of draft.ledgers.keys()) names.add(name);
    return names.size;
  }

  livesOf(sandbox: string): readonly Ledger[] {
    const names = new Set(this.#ledgers.keys());
    for (const draft of this.#inFlight) for (const name of draft.ledgers.keys()) names.add(name);
    return [...names]
      .map((name) => this.ledger(name))
      .filter((ledger) => ledger !== undefined)
      .filter((ledger) => ledger.sandbox?.name === sandbox);
  }

  currencyScale(code: string): number | undefined {
    return (
      isoScale(code) ??
      this.#inDrafts((draft) => draft.currencies.get(code)) ??
      this.#currencies.get(code)
    );
  }

  account(id: string): Account | undefined {
    for (const draft of this.#inFlight) {
      const found = draft.accounts.get(id);
      if (found !== undefined) return found;
    }
    return this.#accounts.get(id);
  }

  hasAccount(id: string): boolean {
    return this.#accounts.has(id) || this.#inFlight.some((draft) => draft.accounts.has(id));
  }

  accountIdByExternalId(ledger: string, externalId: string): string | undefined {
    const name = `${ledger}:${externalId}`;
    return (
      this.#inDrafts((draft) => draft.takenExternalIds().accounts.get(name)) ??
      this.#accountExternalIds.get(name)
    );
  }

  transfer(id: string): Transfer | undefined {
    return this.#inDrafts((draft) => draft.transfers.get(id)) ?? this.#transfers.get(id);
  }

  transferIdByExternalId(ledger: string, externalId: string): string | undefined {
    const name = `${ledger}:${externalId}`;
    const inFlight = this.#inDrafts((draft) => draft.takenExternalIds().transfers.get(name));
    if (inFlight === null) return undefined;
    return inFlight ?? this.#transferExternalIds.get(name);
  }

  entry(id: string): Entry | undefined {
    return this.#inDrafts((draft) => draft.entries.get(id)) ?? this.#entries.get(id)?.entry;
  }

  entryReversedBy(id: string): string | undefined {
    const reversedBy =
      this.#inDrafts((draft) => draft.entryReversals.get(id)) ?? this.#entries.get(id)?.reversedBy;
    return reversedBy ?? undefined;
  }

  key(digest: string): BoundKey | undefined {
    for (const draft of this.#inFlight) {
      const found = draft.keys.get(digest);
      if (found !== undefined) return found;
    }
    return this.#keys.get(digest);
  }

  #inDrafts<Found>(find: (draft: Draft) => Found | undefined): Found | undefined {
    for (const draft of this.#inFlight) {
      const found = find(draft);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
