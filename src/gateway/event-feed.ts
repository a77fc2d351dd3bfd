import { Readable } from 'node:stream';
import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { passes, type EventFilter } from './event-filter.ts';
import type { EventTail, FeedEvent } from './event-tail.ts';
import { limits } from './limits.ts';

/** What a live feed needs to know. */
export interface Feed {
  readonly tail: EventTail;
  readonly filter: EventFilter;
  readonly from: number;
  readonly amountsAsText: boolean;
  /** Rejects once the caller's key counts no more. */
  readonly recheck: () => Promise<unknown>;
  readonly stalledMs: number;
  readonly monotonicMs: () => number;
}

/**
 * Events as they are committed (the event stream of HTML's `EventSource`). Each has its position as its id, by
 * which a client that was cut off resumes; the first words and heartbeats carry the position too, so a feed that
 * carried nothing yet resumes where it began, and a filtered one after what it skipped. Nothing is read ahead of
 * what the client takes, but a page. Ends when the server drains, when the key counts no more, or when the log
 * can't be read.
 */
export function openFeed(feed: Feed): Readable {
  const stream: Readable = Readable.from(
    watched(feed, () => stream.destroy()),
    {
      objectMode: false,
      highWaterMark: 64 * 1024,
    },
  );
  return stream;
}

/** Gives a client that takes nothing some time, then cuts it off. */
async function* watched(feed: Feed, cutOff: () => void): AsyncGenerator<string> {
  try {
    await feed.tail.enter(cutOff);
    for await (const text of followTail(feed)) {
      const timer = setTimeout(cutOff, feed.stalledMs);
      try {
        yield text;
      } finally {
        clearTimeout(timer);
      }
    }
  } finally {
    feed.tail.leave(cutOff);
  }
}

async function* followTail(feed: Feed): AsyncGenerator<string> {
  const { tail, monotonicMs } = feed;
  let position = feed.from;
  let saidAt = monotonicMs();
  yield `retry: 1000\nid: ${position}\n\n`;
  while (!tail.isClosed) {
    if (!(await mayGoOn(feed))) return;
    const events = await nextEvents(tail, position);
    const [first, last] = [events?.[0], events?.at(-1)];
    if (events === undefined || (first !== undefined && first.logged.position !== position + 1)) return;
    position = last?.logged.position ?? position;
    const text = writeEvents(feed, events);
    const isQuiet = text === '' && monotonicMs() - saidAt >= limits.feedBeatMs;
    if (text !== '' || isQuiet) {
      saidAt = monotonicMs();
      yield isQuiet ? `: still here\nid: ${position}\n\n` : text;
    }
    if (events.length === 0) await tail.wait(position, limits.feedCheckMs);
  }
}

/** Undefined where the log can't be read: the client comes back, and resumes. */
async function nextEvents(tail: EventTail, position: number): Promise<readonly FeedEvent[] | undefined> {
  try {
    return await tail.after(position);
  } catch {
    return undefined;
  }
}

async function mayGoOn({ recheck }: Feed): Promise<boolean> {
  try {
    await recheck();
    return true;
  } catch {
    return false;
  }
}

function writeEvents({ filter, amountsAsText }: Feed, events: readonly FeedEvent[]): string {
  let text = '';
  for (const event of events) {
    if (!passes(filter, event)) continue;
    const data = stringifyJson(event.view(), amountsAsText);
    text += `id: ${event.logged.position}\nevent: ${event.logged.type}\ndata: ${data}\n\n`;
  }
  return text;
}
