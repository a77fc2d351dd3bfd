/** What a first try adds, and a second one takes. */
const perTry = 0.1;

/**
 * Keeps retries a tenth of what is tried, beyond a reserve for an outage that begins ("Addressing Cascading Failures"
 * in Google's Site Reliability Engineering): where everything fails, tries do not multiply.
 */
export class RetryBudget {
  readonly #max: number;
  #left: number;

  /** @param reserve retries that may come in a row */
  constructor(reserve: number) {
    this.#max = reserve;
    this.#left = reserve;
  }

  noteTry(): void {
    this.#left = Math.min(this.#max, this.#left + perTry);
  }

  /** @returns whether there may be one more retry */
  take(): boolean {
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
