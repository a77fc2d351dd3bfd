import type { Account, AccountSettings } from './state.ts';

/** 64-bit cells of an account: one cache line. */
const cellCount = 8;
const slotsAtFirst = 1024;

/**
 * The committed accounts that the writer knows, a bounded number of them. Amounts lie in one block of memory
 * beside each other, so that an account that is looked up costs few cache misses, and a commit replaces
 * numbers instead of leaving an object for the collector of old space (100,000 accounts as objects in a
 * linked LRU list doubled the cost of deciding when measured).
 *
 * Evicts by second chance: a hand goes round the slots, passes over those that were used since it last came
 * by, and takes the first that was not.
 */
export class AccountCache {
  readonly #max: number;
  readonly #onEvict: (settings: AccountSettings) => void;
  readonly #slots = new Map<string, number>();
  readonly #settings: AccountSettings[] = [];
  #used = new Uint8Array(slotsAtFirst);
  #amounts = new BigInt64Array(slotsAtFirst * cellCount);
  #numbers = new Float64Array(this.#amounts.buffer);
  #hand = 0;

  constructor(max: number, onEvict: (settings: AccountSettings) => void) {
    this.#max = max;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#slots.size;
  }

  has(id: string): boolean {
    return this.#slots.has(id);
  }

  get(id: string): Account | undefined {
    const slot = this.#slots.get(id);
    const settings = slot === undefined ? undefined : this.#settings[slot];
    if (slot === undefined || settings === undefined) return undefined;
    this.#used[slot] = 1;
    return this.#read(slot, settings);
  }

  set(account: Account): void {
    const { id } = account.settings;
    const known = this.#slots.get(id);
    const slot = known ?? this.#takeSlot();
    if (known === undefined) this.#slots.set(id, slot);
    if (this.#settings[slot] !== account.settings) this.#settings[slot] = account.settings;
    this.#used[slot] = 1;
    this.#write(slot, account);
  }

  clear(): void {
    this.#slots.clear();
    this.#settings.length = 0;
    this.#hand = 0;
  }

  #read(slot: number, settings: AccountSettings): Account {
    const first = slot * cellCount;
    return {
      settings,
      debits: this.#amounts[first] ?? 0n,
      credits: this.#amounts[first + 1] ?? 0n,
      held: this.#amounts[first + 2] ?? 0n,
      incoming: this.#amounts[first + 3] ?? 0n,
      version: this.#numbers[first + 4] ?? 0,
      updatedAt: this.#numbers[first + 5] ?? 0,
      position: this.#numbers[first + 6] ?? 0,
    };
  }

  #write(slot: number, account: Account): void {
    const first = slot * cellCount;
    this.#amounts[first] = account.debits;
    this.#amounts[first + 1] = account.credits;
    this.#amounts[first + 2] = account.held;
    this.#amounts[first + 3] = account.incoming;
    this.#numbers[first + 4] = account.version;
    this.#numbers[first + 5] = account.updatedAt;
    this.#numbers[first + 6] = account.position;
  }

  #takeSlot(): number {
    if (this.#slots.size >= this.#max) return this.#evict();
    const slot = this.#slots.size;
    if (slot >= this.#used.length) this.#grow();
    return slot;
  }

  #evict(): number {
    while (this.#used[this.#hand] === 1) {
      this.#used[this.#hand] = 0;
      this.#hand = (this.#hand + 1) % this.#max;
    }
    const slot = this.#hand;
    this.#hand = (slot + 1) % this.#max;
    const settings = this.#settings[slot];
    if (settings !== undefined) {
      this.#slots.delete(settings.id);
      this.#onEvict(settings);
    }
    return slot;
  }

  #grow(): void {
    const slots = Math.min(this.#used.length * 2, Math.max(this.#max, slotsAtFirst));
    const used = new Uint8Array(slots);
    used.set(this.#used);
    const amounts = new BigInt64Array(slots * cellCount);
    amounts.set(this.#amounts);
    this.#used = used;
    this.#amounts = amounts;
    this.#numbers = new Float64Array(amounts.buffer);
  }
}
