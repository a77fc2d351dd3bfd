import type { CreditLedger, LedgerEvent } from '@credit-ledger/sdk';

export type FeedState = 'open' | 'waiting' | 'closed';
type Listener = (events: readonly LedgerEvent[]) => void;

/** A tab that nobody sees lets its connection go after so long: a browser has few of them for a server. */
const hiddenMs = 5000;
/** What one frame hands on at most; more is dropped from the front, so a burst never holds the page up. */
const pendingMax = 5000;

/**
 * The events of a ledger as they are committed, for all who listen in this tab: one connection, open while somebody
 * listens and the tab is seen. Events are handed on once a frame, however many there are.
 */
export class LiveFeed {
  readonly #client: CreditLedger;
  readonly #listeners = new Set<Listener>();
  readonly #stateListeners = new Set<() => void>();
  #pending: LedgerEvent[] = [];
  #frame = 0;
  #running: AbortController | undefined;
  #position: number | undefined;
  #hiding: ReturnType<typeof setTimeout> | undefined;
  state: FeedState = 'closed';

  constructor(client: CreditLedger) {
    this.#client = client;
    document.addEventListener('visibilitychange', () => this.#settle());
  }

  /** @returns what ends it */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#settle();
    return () => {
      this.#listeners.delete(listener);
      this.#settle();
    };
  }

  readonly onState = (listener: () => void): (() => void) => {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  };

  /** Begins anew, with what comes next: its ledger is another one from now on. */
  reopen(): void {
    this.#stop();
    this.#position = undefined;
    this.#settle();
  }

  #settle(): void {
    clearTimeout(this.#hiding);
    const isWanted = this.#listeners.size > 0;
    if (isWanted && !document.hidden) this.#start();
    else this.#hiding = setTimeout(() => this.#stop(), isWanted ? hiddenMs : 0);
  }

  #start(): void {
    if (this.#running !== undefined) return;
    const running = new AbortController();
    this.#running = running;
    void this.#follow(running.signal).catch(() => {
      if (this.#running !== running) return;
      this.#position = undefined;
      this.#stop();
    });
  }

  #stop(): void {
    if (this.#listeners.size === 0) this.#position = undefined;
    this.#running?.abort();
    this.#running = undefined;
    this.#say('closed');
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const feed = this.#client.followEvents(
      { after_position: this.#position },
      {
        signal,
        onState: (state) => this.#say(state),
        // A tab that was hidden goes on from here: also where nothing had happened before.
        onPosition: (position) => {
          this.#position = position;
        },
      },
    );
    for await (const event of feed) this.#take(event);
  }

  #take(event: LedgerEvent): void {
    if (this.#pending.length >= pendingMax) this.#pending = this.#pending.slice(pendingMax / 2);
    this.#pending.push(event);
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#handOn());
  }

  #handOn(): void {
    this.#frame = 0;
    const events = this.#pending;
    this.#pending = [];
    for (const listener of this.#listeners) listener(events);
  }

  #say(state: FeedState): void {
    if (this.state === state) return;
    this.state = state;
    for (const listener of this.#stateListeners) listener();
  }
}
