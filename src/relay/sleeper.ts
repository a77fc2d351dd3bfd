/**
 * Lets one loop sleep until it is woken or its time is up. A wake-up that comes while the loop is at work is
 * kept, so the next sleep is over at once.
 */
export class Sleeper {
  #isWoken = false;
  #rouse: () => void = () => {};

  wake(): void {
    this.#isWoken = true;
    this.#rouse();
  }

  async sleep(ms: number): Promise<void> {
    if (!this.#isWoken) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#rouse = resolve;
      const timer = setTimeout(resolve, ms);
      await promise;
      clearTimeout(timer);
    }
    this.#isWoken = false;
  }
}
