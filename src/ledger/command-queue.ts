import type { LedgerFault } from './fault.ts';
import type { Pending } from './pending.ts';

/** What waits for so long, while more came just now, is more than a burst. */
const standingMs = 500;
const arrivalMs = 100;

/**
 * Commands in the order they will be decided. While a batch that PostgreSQL refused is narrowed down, it
 * also knows how large the next batches are to be.
 */
export class CommandQueue {
  #commands: Pending[] = [];
  #sizes: number[] = [];
  /** Since when batches leave something behind; undefined while they take all. */
  #standsSince: number | undefined;
  #pushedAt = 0;

  get length(): number {
    return this.#commands.length;
  }

  /** Whether a refused batch is being narrowed down: then batches go one at a time. */
  get isNarrowing(): boolean {
    return this.#sizes.length > 0;
  }

  push(pending: Pending): void {
    this.#commands.push(pending);
    this.#pushedAt = pending.submittedAt;
  }

  putBack(pendings: readonly Pending[]): void {
    this.#commands = [...pendings, ...this.#commands];
  }

  shift(): Pending | undefined {
    return this.#commands.shift();
  }

  takeAll(): Pending[] {
    return this.#commands.splice(0);
  }

  /** As much of the queue as fits a batch of this weight, at least one command. */
  takeBatch(weightMax: number, now: number): Pending[] {
    const count = this.#sizes.shift() ?? this.#countWithin(weightMax);
    const taken = this.#commands.splice(0, count);
    const isLeft = this.#commands.length > 0 && !this.isNarrowing;
    this.#standsSince = isLeft ? (this.#standsSince ?? now) : undefined;
    return taken;
  }

  #countWithin(weightMax: number): number {
    let weight = 0;
    let count = 0;
    for (const pending of this.#commands) {
      if (count > 0 && weight + pending.weight > weightMax) break;
      weight += pending.weight;
      count += 1;
    }
    return count;
  }

  /**
   * Whether more comes than is carried out: for some time no batch has emptied the queue, and what waits is more
   * than the next one takes.
   */
  isOverfull(weightMax: number, now: number): boolean {
    if (this.#standsSince === undefined || now - this.#standsSince < standingMs) return false;
    if (now - this.#pushedAt > arrivalMs) return false;
    return this.#countWithin(weightMax) < this.#commands.length;
  }

  /** Takes out of an overfull queue what waits longest, but for as much as the next batch takes. */
  shed(weightMax: number, now: number): Pending[] {
    if (!this.isOverfull(weightMax, now)) return [];
    return this.#commands.splice(0, this.#commands.length - this.#countWithin(weightMax));
  }

  /** The next commands, which failed together, are to be tried in halves. */
  halve(size: number): void {
    const half = size >> 1;
    this.#sizes = [half, size - half, ...this.#sizes];
  }

  forgetSizes(): void {
    this.#sizes = [];
  }

  /** Ends the wait of every command that is not patient; the next `expire` takes them out. */
  refuse(fault: LedgerFault): void {
    for (const pending of this.#commands) pending.refuse(fault);
  }

  /** Ends the wait of every command whose deadline has passed. */
  expire(now: number): void {
    this.#commands = this.#commands.filter((pending) => !pending.expire(now));
  }
}
