import type { Side } from '@credit-ledger/contract/accounts.ts';

const sizeAtFirst = 1024;
const wordsOfId = 4;

/** What the table keeps of an account beside numbers. */
export interface AccountFacts {
  readonly id: string;
  readonly ledger: number;
  readonly currency: string;
  readonly side: Side;
}

/**
 * Accounts with what their lines add up to, in typed arrays: 63 bytes for each, a million in 60 MiB. A slot
 * is an account's place in every array. Ids are UUIDs.
 */
export class AccountTable {
  #count = 0;
  #index: Int32Array;
  #ids: Int32Array;
  readonly #key = new Int32Array(wordsOfId);
  debits: BigInt64Array;
  credits: BigInt64Array;
  /** Of the last line. */
  versions: Float64Array;
  /** How many versions were seen, and their sum: dense ones are as many as the last, and sum up to its triangle. */
  versionCounts: Uint32Array;
  versionSums: Float64Array;
  ledgers: Int32Array;
  #currencies: Uint16Array;
  isDebit: Uint8Array;
  #codes: string[] = [];

  /** @param expected accounts; with more it grows by doubling, which takes twice the memory for a moment */
  constructor(expected = 0) {
    const size = Math.max(sizeAtFirst, expected);
    this.#index = new Int32Array(indexSizeOf(size)).fill(-1);
    this.#ids = new Int32Array(size * wordsOfId);
    this.debits = new BigInt64Array(size);
    this.credits = new BigInt64Array(size);
    this.versions = new Float64Array(size);
    this.versionCounts = new Uint32Array(size);
    this.versionSums = new Float64Array(size);
    this.ledgers = new Int32Array(size);
    this.#currencies = new Uint16Array(size);
    this.isDebit = new Uint8Array(size);
  }

  get count(): number {
    return this.#count;
  }

  currencyOf(slot: number): string {
    return this.#codes[this.#currencies[slot] ?? 0] ?? '';
  }

  sideOf(slot: number): Side {
    return this.isDebit[slot] === 1 ? 'DEBIT' : 'CREDIT';
  }

  idOf(slot: number): string {
    const hex = Buffer.alloc(16);
    for (let word = 0; word < wordsOfId; word += 1)
      hex.writeInt32BE(this.#ids[slot * wordsOfId + word] ?? 0, word * 4);
    const text = hex.toString('hex');
    return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
  }

  /** The slot of an account, or -1. */
  find(id: string): number {
    this.#readKey(id);
    return this.#index[this.#place()] ?? -1;
  }

  /** Adds an account; one that is known keeps its sums. @returns its slot */
  add({ id, ledger, currency, side }: AccountFacts): number {
    this.#readKey(id);
    const known = this.#index[this.#place()] ?? -1;
    if (known !== -1) return known;
    if (this.#count === this.debits.length) this.#grow();
    const slot = this.#count;
    this.#count += 1;
    this.#ids.set(this.#key, slot * wordsOfId);
    this.#index[this.#place()] = slot;
    this.ledgers[slot] = ledger;
    this.#currencies[slot] = this.#codeOf(currency);
    this.isDebit[slot] = side === 'DEBIT' ? 1 : 0;
    return slot;
  }

  countVersion(slot: number, version: number): void {
    this.versionCounts[slot] = (this.versionCounts[slot] ?? 0) + 1;
    this.versionSums[slot] = (this.versionSums[slot] ?? 0) + version;
  }

  /** Everything, to go on from later. */
  save(): { readonly arrays: readonly Uint8Array[]; readonly codes: readonly string[] } {
    const arrays = this.#arrays().map((array) => {
      const width = array.byteLength / this.debits.length;
      return new Uint8Array(array.buffer, array.byteOffset, width * this.#count);
    });
    return { arrays, codes: this.#codes };
  }

  /** What `save` gave. */
  static load(count: number, arrays: readonly Uint8Array[], codes: readonly string[]): AccountTable {
    const table = new AccountTable(count);
    for (const [index, array] of table.#arrays().entries())
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(arrays[index] ?? []);
    table.#codes = [...codes];
    table.#count = count;
    table.#reindex();
    return table;
  }

  #arrays() {
    return [
      this.#ids,
      this.debits,
      this.credits,
      this.versions,
      this.versionCounts,
      this.versionSums,
      this.ledgers,
      this.#currencies,
      this.isDebit,
    ];
  }

  #codeOf(currency: string): number {
    const known = this.#codes.indexOf(currency);
    return known === -1 ? this.#codes.push(currency) - 1 : known;
  }

  /** Two hexadecimal digits a byte, hyphens after the 8th, 12th, 16th and 20th. */
  #readKey(id: string): void {
    let word = 0;
    let digits = 0;
    for (let at = 0; at < id.length; at += 1) {
      const code = id.charCodeAt(at);
      if (code === 45) continue;
      word = (word << 4) | (code < 58 ? code - 48 : code - 87);
      digits += 1;
      if (digits % 8 === 0) this.#key[digits / 8 - 1] = word;
    }
  }

  /** Where the key is in the index, or belongs. */
  #place(): number {
    const key = this.#key;
    const mask = this.#index.length - 1;
    let mixed = 0;
    for (let word = 0; word < wordsOfId; word += 1) {
      mixed = Math.imul(mixed ^ (key[word] ?? 0), 0x9e37_79b1);
      mixed ^= mixed >>> 15;
    }
    for (let place = mixed & mask; ; place = (place + 1) & mask) {
      const slot = this.#index[place] ?? -1;
      if (slot === -1 || this.#isAt(slot)) return place;
    }
  }

  #isAt(slot: number): boolean {
    const at = slot * wordsOfId;
    const [key, ids] = [this.#key, this.#ids];
    return (
      ids[at] === key[0] && ids[at + 1] === key[1] && ids[at + 2] === key[2] && ids[at + 3] === key[3]
    );
  }

  #grow(): void {
    const size = this.debits.length * 2;
    this.#ids = grown(this.#ids, new Int32Array(size * wordsOfId));
    this.debits = grown(this.debits, new BigInt64Array(size));
    this.credits = grown(this.credits, new BigInt64Array(size));
    this.versions = grown(this.versions, new Float64Array(size));
    this.versionCounts = grown(this.versionCounts, new Uint32Array(size));
    this.versionSums = grown(this.versionSums, new Float64Array(size));
    this.ledgers = grown(this.ledgers, new Int32Array(size));
    this.#currencies = grown(this.#currencies, new Uint16Array(size));
    this.isDebit = grown(this.isDebit, new Uint8Array(size));
    const wanted = this.#key.slice();
    this.#reindex();
    this.#key.set(wanted);
  }

  #reindex(): void {
    this.#index = new Int32Array(indexSizeOf(this.debits.length)).fill(-1);
    for (let slot = 0; slot < this.#count; slot += 1) {
      const at = slot * wordsOfId;
      this.#key.set(this.#ids.subarray(at, at + wordsOfId));
      this.#index[this.#place()] = slot;
    }
  }
}

/** A power of two, so that at most half of the places are taken. */
function indexSizeOf(slots: number): number {
  return 2 ** Math.ceil(Math.log2(slots * 2));
}

interface Fillable<Self> {
  set(values: Self): void;
}

function grown<Self extends Fillable<Self>>(from: Self, into: Self): Self {
  into.set(from);
  return into;
}
