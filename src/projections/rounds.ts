import type { Delivery } from '../relay/transport/transport.ts';

/** A round takes no further delivery when it has so many events. */
const eventsMax = 1000;

interface Waiting {
  readonly delivery: Delivery;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers the deliveries of several partitions: what comes while a round is on its way is the next round. A broker has
 * a dozen partitions a topic, and a transaction for each costs many times what one for all of them does.
 */
export class Rounds {
  readonly #apply: (deliveries: readonly Delivery[]) => Promise<void>;
  #waiting: Waiting[] = [];
  #isRunning = false;

  /** @param apply never runs twice at a time; what it throws, each delivery of its round hears */
  constructor(apply: (deliveries: readonly Delivery[]) => Promise<void>) {
    this.#apply = apply;
  }

  /** Resolves when the delivery was applied. */
  add(delivery: Delivery): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ delivery, resolve, reject });
    if (!this.#isRunning) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const round = this.#waiting.splice(0, countOfRound(this.#waiting));
      try {
        await this.#apply(round.map(({ delivery }) => delivery));
        for (const { resolve } of round) resolve();
      } catch (error) {
        for (const { reject } of round) reject(error);
      }
    }
    this.#isRunning = false;
  }
}

function countOfRound(waiting: readonly Waiting[]): number {
  let events = 0;
  const last = waiting.findIndex(({ delivery }) => (events += delivery.messages.length) >= eventsMax);
  return last === -1 ? waiting.length : last + 1;
}
