import { setTimeout as pause } from 'node:timers/promises';
import type { Message } from '../relay/transport/transport.ts';
import { decodeEvent, type DecodedEvent } from './decoded-event.ts';

/** Events of one page; pages begin at multiples of it, so that all who load read the same ones. */
export const pageMax = 1000;
const keptMax = 6;
/** Who is so far ahead of the slowest waits for it, so that no page is read twice. */
export const aheadMax = (keptMax - 2) * pageMax;
const waitMs = 5;

export interface Page {
  readonly last: number;
  readonly events: readonly DecodedEvent[];
  /** Positions of events that can't be read. */
  readonly unreadable: readonly number[];
}

/** The log as several rebuilds of a process load it side by side: each page is read and decoded once. */
export class LogPages {
  readonly #read: (after: number, limit: number) => Promise<Message[]>;
  readonly #pages = new Map<string, Promise<Page | undefined>>();
  readonly #loading = new Map<object, number>();

  constructor(read: (after: number, limit: number) => Promise<Message[]>) {
    this.#read = read;
  }

  /** Runs a load whose reads, from a position on, go in step with the others'. */
  async join<Value>(member: object, from: number, load: () => Promise<Value>): Promise<Value> {
    this.#loading.set(member, from);
    try {
      return await load();
    } finally {
      this.#loading.delete(member);
    }
  }

  /** The events after a position up to a target, one page of them at most; undefined where there are none. */
  async read(member: object, after: number, target: number): Promise<Page | undefined> {
    if (this.#loading.has(member)) this.#loading.set(member, after);
    while (this.#loading.has(member) && after - Math.min(...this.#loading.values()) > aheadMax)
      await pause(waitMs);
    const limit = Math.min(pageMax - (after % pageMax), target - after);
    const key = `${after}+${limit}`;
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    const page = this.#load(after, limit);
    this.#pages.set(key, page);
    page.catch(() => this.#pages.delete(key));
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= keptMax) break;
      this.#pages.delete(oldest);
    }
    return page;
  }

  async #load(after: number, limit: number): Promise<Page | undefined> {
    const messages = await this.#read(after, limit);
    const last = messages.at(-1)?.position;
    if (last === undefined) return undefined;
    const events: DecodedEvent[] = [];
    const unreadable: number[] = [];
    for (const message of messages) {
      const event = tryDecode(message);
      if (event === undefined) unreadable.push(message.position);
      else events.push(event);
    }
    return { last, events, unreadable };
  }
}

function tryDecode(message: Message): DecodedEvent | undefined {
  try {
    return decodeEvent(message);
  } catch {
    return undefined;
  }
}
