/**
 * The time of decisions: the database's clock at takeover, carried on by the process's monotonic clock, never below
 * the last time that was recorded. A wall clock that is set back or forward changes nothing.
 */
export class LedgerClock {
  readonly #monotonic: () => number;
  #offset = 0;
  #last = 0;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** Begins a tenure. Both are milliseconds since 1970: the database's time, and the last one in its head. */
  start(databaseNow: number, last: number): void {
    this.#offset = databaseNow - this.#monotonic();
    this.#last = last;
  }

  /** Milliseconds since 1970. */
  now(): number {
    this.#last = Math.max(this.#last, Math.floor(this.#monotonic() + this.#offset));
    return this.#last;
  }
}
