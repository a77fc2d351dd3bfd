import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Logger } from '../runtime/log.ts';
import type { Auth } from './auth.ts';
import type { Sandboxes } from './sandboxes.ts';

/** The connection is tried so often, and last uses are written. */
const beatMs = 10_000;
const retryMs = 1000;

export interface KeyWatchOptions {
  readonly auth: Auth;
  readonly sandboxes: Sandboxes;
  /** A connection of its own that is not open yet, and gives up a query that takes long. */
  readonly connect: () => Client;
  readonly log: Logger;
}

/**
 * Hears of keys that changed, so that a revoked one is refused at once in every process, and of sandboxes that were reset. An announcement can be lost
 * with its connection: whatever is remembered is forgotten when there is a new one, and after 2 seconds anyway.
 */
export class KeyWatch {
  readonly #options: KeyWatchOptions;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: KeyWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await this.#options.auth.writeLastUses().catch(() => {});
  }

  #isOver(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!this.#isOver()) {
      const db = this.#options.connect();
      try {
        await this.#watch(db);
      } catch (error) {
        if (!this.#isOver())
          this.#options.log.warn({ err: error }, 'changes of API keys are not heard of');
      }
      await db.end().catch(() => {});
      await pause(retryMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Until the connection is lost, or the watch is over. */
  async #watch(db: Client): Promise<void> {
    const { auth, sandboxes } = this.#options;
    const { signal } = this.#stopping;
    const ended = once(db, 'end', { signal }).catch(() => {});
    db.on('error', () => {});
    // One that is lost is made good at the next beat.
    const loadSandboxes = (): Promise<void> => sandboxes.load(db).catch(() => {});
    db.on('notification', ({ channel, payload }) => {
      if (channel === 'sandboxes') void loadSandboxes();
      else auth.forget(payload);
    });
    await db.connect();
    await db.query('listen api_keys; listen sandboxes');
    auth.forget();
    await loadSandboxes();
    while (!this.#isOver()) {
      await Promise.race([ended, pause(beatMs, undefined, { signal }).catch(() => {})]);
      if (!this.#isOver()) await sandboxes.load(db);
      await auth.writeLastUses();
    }
  }
}
