import type { Pending } from './pending.ts';

/**
 * Commands in the order they will be decided. While a batch that PostgreSQL refused is narrowed down, it
 * also knows how large the next batches are to be.
 */
export class CommandQueue {
  #commands: Pending[] = [];
  #sizes: number[] = [];

  get length(): number {
    return this.#commands.length;
  }

  /** Whether a refused batch is being narrowed down: then batches go one at a time. */
  get isNarrowing(): boolean {
    return this.#sizes.length > 0;
  }

  push(pending: Pending): void {
    this.#commands.push(pending);
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
  takeBatch(weightMax: number): Pending[] {
    const size = this.#sizes.shift();
    let weight = 0;
    let count = 0;
    for (const pending of this.#commands) {
      if (size === undefined ? count > 0 && weight + pending.weight > weightMax : count === size) break;
      weight += pending.weight;
      count += 1;
    }
    return this.#commands.splice(0, count);
  }

  /** The next commands, which failed together, are to be tried in halves. */
  halve(size: number): void {
    const half = size >> 1;
    this.#sizes = [half, size - half, ...this.#sizes];
  }

  forgetSizes(): void {
    this.#sizes = [];
  }

  /** Ends the wait of every command whose deadline has passed. */
  expire(now: number): void {
    this.#commands = this.#commands.filter((pending) => !pending.expire(now));
  }
}
