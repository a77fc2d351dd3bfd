import type { LedgerEvent } from '@credit-ledger/sdk';
import { useEffect, useEffectEvent, useRef, useSyncExternalStore } from 'react';
import { clientFor } from './client.ts';
import { useLedgerName } from './ledger.ts';
import { LiveFeed, type FeedState } from './live-feed.ts';
import { readAgain } from './queries.ts';

const feeds = new Map<string, LiveFeed>();

function feedFor(ledger: string): LiveFeed {
  const feed = feeds.get(ledger) ?? new LiveFeed(clientFor(ledger));
  feeds.set(ledger, feed);
  return feed;
}

/** After the name of a ledger came to stand for another one. */
export function reopenFeed(ledger: string): void {
  feeds.get(ledger)?.reopen();
}

/** Hears of events as they are committed, once a frame. */
export function useLive(listener: (events: readonly LedgerEvent[]) => void, isOn = true): FeedState {
  const feed = feedFor(useLedgerName());
  const hear = useEffectEvent(listener);
  useEffect(() => (isOn ? feed.listen((events) => hear(events)) : undefined), [feed, isOn]);
  return useSyncExternalStore(feed.onState, () => feed.state);
}

/** What was read under these words is read again when an event touches it: at once, and then at most so often. */
export function useFreshened(
  kinds: readonly string[],
  touches: (event: LedgerEvent) => boolean = () => true,
  everyMs = 1000,
): FeedState {
  const pace = useRef({ dueAt: 0, timer: 0 });
  const act = (): void => {
    pace.current = { dueAt: performance.now() + everyMs, timer: 0 };
    readAgain(...kinds);
  };
  return useLive((events) => {
    const { dueAt, timer } = pace.current;
    const now = performance.now();
    if (timer !== 0 || !events.some((event) => touches(event))) return;
    if (now >= dueAt) act();
    else pace.current.timer = window.setTimeout(act, dueAt - now);
  });
}
