import { createHash } from 'node:crypto';
import type { Message } from '../relay/transport/transport.ts';

/** Positions whose events are compared by one count and checksum. */
export const blockSize = 10_000;

/** Of all that a consumer relies on: place, identity, type, key and payload. */
function digestOf({ position, eventId, type, key, payload }: Message): bigint {
  const hash = createHash('sha256').update(`${position}|${eventId}|${type}|${key}|`).update(payload);
  return hash.digest().readBigUInt64BE(0);
}

/** What a block says of the positions that are asked about. */
export type BlockFacts = Readonly<Record<'events' | 'first' | 'last' | 'checksum', string>>;

/** A log in blocks, from wherever its events come: a digest of 8 bytes for each position, 0 where there is none. */
export class LogBlocks {
  readonly #blocks = new Map<number, BigUint64Array>();

  add(message: Message): void {
    const number = Math.floor(message.position / blockSize);
    const block = this.#blocks.get(number) ?? new BigUint64Array(blockSize);
    this.#blocks.set(number, block);
    const place = message.position % blockSize;
    const known = block[place] ?? 0n;
    const digest = digestOf(message);
    // The same again changes nothing; another event at the same place shows in the sum, whichever came first.
    if (known !== digest) block[place] = known + digest;
  }

  /** Count, first and last position after `begin` and up to `end`, and the sum of their digests modulo 2^64. */
  facts(number: number, begin: number, end: number): BlockFacts | undefined {
    let [events, first, last, checksum] = [0, 0, 0, 0n];
    for (const [place, digest] of this.#blocks.get(number)?.entries() ?? []) {
      const position = number * blockSize + place;
      if (digest === 0n || position <= begin || position > end) continue;
      events += 1;
      if (events === 1) first = position;
      last = position;
      checksum = BigInt.asUintN(64, checksum + digest);
    }
    if (events === 0) return undefined;
    const sum = checksum.toString(16).padStart(16, '0');
    return { events: String(events), first: String(first), last: String(last), checksum: sum };
  }
}
