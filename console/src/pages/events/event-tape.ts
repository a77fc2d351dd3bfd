import type { LedgerEvent } from '@credit-ledger/sdk';

type Match = (event: LedgerEvent) => boolean;

/** The newest events, bounded: what comes is added at the end, what is too old falls off the front. */
export class EventTape {
  readonly #max: number;
  #events: LedgerEvent[] = [];
  #shown: readonly LedgerEvent[] = [];
  #selected: readonly LedgerEvent[] = [];
  #selectedBy = '';
  #selectedOf: readonly LedgerEvent[] = [];
  #hasBegun = false;
  total = 0;
  /** Came since what is shown was shown. */
  waiting = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** What was there before, once. */
  begin(events: readonly LedgerEvent[]): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const first = this.#events[0]?.position ?? Number.POSITIVE_INFINITY;
    this.#events = [...events.filter(({ position }) => position < first), ...this.#events];
    this.show();
  }

  add(events: readonly LedgerEvent[]): void {
    this.total += events.length;
    this.waiting += events.length;
    this.#events.push(...events);
    // Cut in large steps: each cut copies.
    if (this.#events.length > this.#max * 2) this.#events = this.#events.slice(-this.#max);
  }

  show(): void {
    this.#shown = this.#events.slice(-this.#max);
    this.waiting = 0;
  }

  /** @param name stands for what matches: the same is not looked for twice */
  select(match: Match, name: string): readonly LedgerEvent[] {
    if (this.#selectedOf === this.#shown && this.#selectedBy === name) return this.#selected;
    this.#selectedOf = this.#shown;
    this.#selectedBy = name;
    this.#selected = name.trim() === '' ? this.#shown : this.#shown.filter(match);
    return this.#selected;
  }
}
