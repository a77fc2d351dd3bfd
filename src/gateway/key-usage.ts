import { LRUCache } from 'lru-cache';
import { Lane } from './admission.ts';

/** Keys whose use is known; beyond, the one that was used longest ago begins anew. */
const keysMax = 10_000;

/** What one key has under way, and what it has used up. */
export interface KeyUsage {
  readonly reads: Lane;
  readonly writes: Lane;
  /** When the key's bucket is full again, in milliseconds of the monotonic clock. */
  fullAt: number;
}

/** The use of keys by their ids. */
export class KeyUsages {
  readonly #usages = new LRUCache<string, KeyUsage>({ max: keysMax });

  of(keyId: string): KeyUsage {
    const known = this.#usages.get(keyId);
    if (known !== undefined) return known;
    const usage = { reads: new Lane(), writes: new Lane(), fullAt: 0 };
    this.#usages.set(keyId, usage);
    return usage;
  }
}
