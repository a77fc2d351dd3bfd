import { backoffMs } from '../backoff.ts';
import { Sleeper } from '../sleeper.ts';
import type { Received } from './message-headers.ts';
import { PositionLost, type Message, type SubscribeOptions } from './transport.ts';

/** Events handed over at once. */
const deliveryMax = 1000;

export interface WorkerOptions<Receipt> {
  readonly partition: string;
  readonly subscribe: SubscribeOptions;
  readonly random: () => number;
  /** Tells the broker that everything up to this one was handled. */
  readonly confirm: (receipt: Receipt) => Promise<void>;
  /** Reads a page of what follows a position, where the partition should have every position; else undefined. */
  readonly bridge: ((after: number) => Promise<readonly Message[]>) | undefined;
  /** Hears once of `PositionLost`. */
  readonly onLost: (lost: PositionLost) => void;
}

interface Item<Receipt> extends Received {
  readonly receipt: Receipt;
}

/**
 * One partition in the hands of this member. What the broker delivers waits here in its order; one delivery
 * after the other is made of it, without what was handled before, and is confirmed when it was handled. A
 * delivery whose handler threw is made again from what the group says it has applied, until the partition is
 * taken away.
 */
export class PartitionWorker<Receipt> {
  readonly #options: WorkerOptions<Receipt>;
  readonly #sleeper = new Sleeper();
  readonly #ended: Promise<void>;
  #items: Item<Receipt>[] = [];
  #isClosed = false;
  #failures = 0;
  #onRoom: () => void = () => {};

  constructor(options: WorkerOptions<Receipt>) {
    this.#options = options;
    this.#ended = this.#run();
  }

  /** What was delivered and not handled yet. */
  get waiting(): number {
    return this.#items.length;
  }

  push(received: Received, receipt: Receipt): void {
    this.#items.push({ ...received, receipt });
    if (this.#failures === 0) this.#sleeper.wake();
  }

  /** Resolves when less than half of what waited at the call waits, or the partition was taken away. */
  async room(): Promise<void> {
    const enough = this.#items.length / 2;
    while (this.#items.length > enough && !this.#isClosed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onRoom = resolve;
      await promise;
    }
  }

  /** Resolves when no handler runs any more; what was not handled is left to the next member. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#onRoom();
    this.#sleeper.wake();
    return this.#ended;
  }

  async #run(): Promise<void> {
    let applied: number | undefined;
    while (!this.#hasEnded()) {
      try {
        if (this.#items.length === 0) {
          await this.#sleeper.sleep(60_000);
          continue;
        }
        // Asked when there is something to deliver: whoever had the partition before may have been at it until now.
        applied ??= await this.#options.subscribe.appliedIn(this.#options.partition);
        applied = await this.#deliver(applied);
        this.#failures = 0;
      } catch (error) {
        applied = undefined;
        await this.#onFault(error);
      }
    }
  }

  async #onFault(error: unknown): Promise<void> {
    this.#options.subscribe.onFault(error);
    if (error instanceof PositionLost) {
      this.#isClosed = true;
      this.#onRoom();
      this.#options.onLost(error);
      return;
    }
    this.#failures += 1;
    await this.#sleeper.sleep(backoffMs(this.#failures, this.#options.random));
  }

  /** Hands over what waits. @returns the position that is applied then. */
  async #deliver(applied: number): Promise<number> {
    const waiting = this.#items.slice(0, deliveryMax);
    const { partition, subscribe, bridge } = this.#options;
    const items = bridge === undefined ? waiting : waiting.slice(0, countContiguous(applied, waiting));
    const last = items.at(-1);
    if (last === undefined) return this.#bridgeGap(applied);
    const messages = selectNew(applied, items);
    const position = items.reduce((highest, item) => Math.max(highest, item.position), applied);
    if (position > applied) await subscribe.handle({ partition, messages, position });
    this.#items.splice(0, items.length);
    this.#onRoom();
    await this.#options.confirm(last.receipt).catch(subscribe.onFault);
    return position;
  }

  /** Where every position should come and some are missing, they are looked for elsewhere, page by page. */
  async #bridgeGap(applied: number): Promise<number> {
    const { partition, subscribe, bridge } = this.#options;
    const messages = (await bridge?.(applied)) ?? [];
    const position = messages.at(-1)?.position;
    if (position === undefined || messages[0]?.position !== applied + 1)
      throw new PositionLost(partition, `what follows position ${applied} is not kept any more`);
    await subscribe.handle({ partition, messages, position });
    return position;
  }

  #hasEnded(): boolean {
    return this.#isClosed;
  }
}

/** What is above everything before it: a repeat is at or below a position that was there already. */
function selectNew(applied: number, items: readonly Received[]): Message[] {
  let highest = applied;
  const messages: Message[] = [];
  for (const { position, message } of items) {
    if (position > highest && message !== undefined) messages.push(message);
    highest = Math.max(highest, position);
  }
  return messages;
}

/** How many items follow each other without a gap after a position; a watermark says what was before it. */
function countContiguous(applied: number, items: readonly Received[]): number {
  let position = applied;
  for (const [index, item] of items.entries()) {
    const expected = item.message === undefined ? item.position : item.position - 1;
    if (expected > position) return index;
    position = Math.max(position, item.position);
  }
  return items.length;
}
