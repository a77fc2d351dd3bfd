import { setTimeout as pause } from 'node:timers/promises';
import type { JsonObject } from '@credit-ledger/contract/json.ts';
import type { LoggedEvent } from '../ledger/event-log.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import { readHead } from '../ledger/read-ledgers.ts';
import type { Logger } from '../runtime/log.ts';
import { viewEvent, viewPayload } from '../ledger/event-view.ts';
import { limits } from './limits.ts';

const pageMax = 500;
const pollMs = 50;
/** After a read that failed. */
const retryMs = 1000;
/** What the tail holds for feeds that follow it; one that is further behind reads the log itself. */
const keptMax = 5000;

/** The next events after a position, from the log or its archive. */
export type ReadLog = (after: number, limit: number) => Promise<LoggedEvent[]>;

/** An event that is decoded when the first feed shows it, once for all of them. */
export class FeedEvent {
  readonly logged: LoggedEvent;
  #payload: JsonObject | undefined;

  constructor(logged: LoggedEvent) {
    this.logged = logged;
  }

  get payload(): JsonObject {
    return (this.#payload ??= viewPayload(this.logged));
  }

  view(): JsonObject {
    return viewEvent(this.logged, this.payload);
  }
}

/** The next events of the log after a position, as a feed shows them. */
export async function readFeedEvents(
  readLog: ReadLog,
  after: number,
  most: number,
): Promise<FeedEvent[]> {
  return (await readLog(after, most)).map((event) => new FeedEvent(event));
}

/**
 * The end of the log, read once for all live feeds of this process and only while there are any. Feeds ask for
 * what comes after their position and wait for more; each goes at its own pace.
 */
export class EventTail {
  readonly #db: Queryable;
  readonly readLog: ReadLog;
  readonly #log: Logger;
  readonly #waiting = new Set<() => void>();
  #kept: FeedEvent[] = [];
  #position = 0;
  /** What cuts each of the open feeds off. */
  readonly #open = new Set<() => void>();
  #isClosed = false;
  #following: Promise<void> | undefined;

  constructor(db: Queryable, readLog: ReadLog, log: Logger) {
    this.#db = db;
    this.readLog = readLog;
    this.#log = log;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get readers(): number {
    return this.#open.size;
  }

  /** A feed begins; `leave` has to follow. */
  async enter(cutOff: () => void): Promise<void> {
    this.#open.add(cutOff);
    this.#following ??= this.#begin();
    await this.#following;
  }

  leave(cutOff: () => void): void {
    this.#open.delete(cutOff);
  }

  /** Ends every feed; one whose client takes nothing is cut off, so that it does not hold the server up. */
  close(): void {
    this.#isClosed = true;
    this.#rouse();
    setTimeout(() => {
      for (const cutOff of this.#open) cutOff();
    }, limits.feedDrainMs).unref();
  }

  /** The next events after a position; none where the tail has nothing newer. */
  async after(position: number): Promise<readonly FeedEvent[]> {
    const [first] = this.#kept;
    if (position >= this.#position) return [];
    if (first === undefined || position < first.logged.position - 1)
      return readFeedEvents(this.readLog, position, pageMax);
    const start = position + 1 - first.logged.position;
    return this.#kept.slice(start, start + pageMax);
  }

  /** Resolves when there may be more after a position, when the tail is closed, or after `ms`. */
  async wait(position: number, ms: number): Promise<void> {
    if (position < this.#position || this.#isClosed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#waiting.add(resolve);
    await promise;
    this.#waiting.delete(resolve);
    clearTimeout(timer);
  }

  async #begin(): Promise<void> {
    this.#kept = [];
    try {
      this.#position = (await readHead(this.#db)).position;
    } catch (error) {
      this.#following = undefined;
      throw error;
    }
    void this.#follow();
  }

  /** Ends by itself when nobody follows any more. */
  async #follow(): Promise<void> {
    while (this.#open.size > 0 && !this.#hasClosed()) {
      try {
        if ((await this.#read()) < pageMax) await pause(pollMs);
      } catch (error) {
        this.#log.warn({ err: error }, 'the live feeds could not read the log; trying again');
        await pause(retryMs);
      }
    }
    this.#following = undefined;
  }

  async #read(): Promise<number> {
    const events = await readFeedEvents(this.readLog, this.#position, pageMax);
    const last = events.at(-1);
    if (last === undefined) return 0;
    this.#kept = [...this.#kept, ...events].slice(-keptMax);
    this.#position = last.logged.position;
    this.#rouse();
    return events.length;
  }

  #hasClosed(): boolean {
    return this.#isClosed;
  }

  #rouse(): void {
    for (const resolve of this.#waiting) resolve();
  }
}
