import { readEvents, readEventsAt, type LoggedEvent } from '../ledger/event-log.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import { readArchive, type ArchiveFile } from './archive-file.ts';
import { findArchive } from './archive-list.ts';

/** The log with what was archived of it, as one. */
export interface ArchivedLog {
  /**
   * The next events after a position, at most `limit`, without gaps; empty where there is nothing newer, or neither
   * log nor archive have what comes next.
   */
  readonly read: (after: number, limit: number) => Promise<LoggedEvent[]>;
  /** The events at these ascending positions; those that neither has are left out. */
  readonly readAt: (positions: readonly number[]) => Promise<LoggedEvent[]>;
}

/**
 * Reads the log, and the archive where the log begins later. One file is held in memory.
 * @param directory of the archive; undefined where there is none
 */
export function openArchivedLog(db: Queryable, directory: string | undefined): ArchivedLog {
  if (directory === undefined)
    return {
      read: (after, limit) => readEvents(db, after, limit),
      readAt: (positions) => readEventsAt(db, positions),
    };
  const archive = new OpenArchive(db, directory);
  return {
    read: async (after, limit) => {
      const page = await readEvents(db, after, limit);
      if (page[0]?.position === after + 1) return page;
      const archived = await archive.readAfter(after, limit);
      const reached = archived.at(-1)?.position;
      return reached === undefined
        ? []
        : [...archived, ...page.filter(({ position }) => position > reached)];
    },
    readAt: async (positions) => {
      const live = await readEventsAt(db, positions);
      if (live.length === positions.length) return live;
      const known = new Set(live.map(({ position }) => position));
      const archived = await archive.readAt(positions.filter((position) => !known.has(position)));
      return [...archived, ...live];
    },
  };
}

class OpenArchive {
  readonly #db: Queryable;
  readonly #directory: string;
  #open: { readonly file: string; readonly events: Promise<LoggedEvent[]> } | undefined;

  constructor(db: Queryable, directory: string) {
    this.#db = db;
    this.#directory = directory;
  }

  async readAfter(after: number, limit: number): Promise<LoggedEvent[]> {
    const archive = await findArchive(this.#db, after + 1);
    if (archive === undefined) return [];
    const events = await this.#read(archive);
    const start = after + 1 - archive.first;
    return events.slice(start, start + limit);
  }

  async readAt(positions: readonly number[]): Promise<LoggedEvent[]> {
    const found: LoggedEvent[] = [];
    for (const position of positions) found.push(...(await this.readAfter(position - 1, 1)));
    return found;
  }

  #read(archive: ArchiveFile): Promise<LoggedEvent[]> {
    if (this.#open?.file === archive.file) return this.#open.events;
    const events = readArchive(this.#directory, archive);
    this.#open = { file: archive.file, events };
    events.catch(() => (this.#open = undefined));
    return events;
  }
}
