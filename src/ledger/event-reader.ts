import type { LoggedEvent } from './event-log.ts';

/** The newest events are kept for readers that are a little behind the first. */
const keptMax = 8192;

/** Reads pages of the log, and what several readers ask for only once. */
export function createEventReader(
  readEvents: (after: number, limit: number) => Promise<LoggedEvent[]>,
): (after: number, limit: number) => Promise<LoggedEvent[]> {
  let kept: LoggedEvent[] = [];
  const running = new Map<string, Promise<LoggedEvent[]>>();

  function keep(page: LoggedEvent[]): void {
    const newest = kept.at(-1)?.position ?? 0;
    const fresh = page.filter(({ position }) => position > newest);
    if (fresh.length === 0) return;
    const isNext = fresh[0]?.position === newest + 1;
    kept = isNext ? [...kept, ...fresh].slice(-keptMax) : fresh;
  }

  function findKept(after: number, limit: number): LoggedEvent[] | undefined {
    const first = kept[0]?.position;
    if (first === undefined || after + 1 < first) return undefined;
    const page = kept.slice(after + 1 - first, after + 1 - first + limit);
    return page.length === 0 ? undefined : page;
  }

  return async (after, limit) => {
    const found = findKept(after, limit);
    if (found !== undefined) return found;
    const key = `${after}+${limit}`;
    const known = running.get(key);
    if (known !== undefined) return known;
    const page = readEvents(after, limit).finally(() => running.delete(key));
    running.set(key, page);
    keep(await page);
    return page;
  };
}
