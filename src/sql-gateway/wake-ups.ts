import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Logger } from '../runtime/log.ts';

/** The connection is tried so often. */
const beatMs = 10_000;
const retryMs = 1000;

export interface WakeUpsOptions {
  /** A connection of its own that is not open yet. */
  readonly connect: () => Client;
  readonly channel: string;
  readonly onWake: () => void;
  readonly log: Logger;
}

/** Hears announcements of a channel, for as long as it runs; one that is lost with its connection is only late. */
export function hearWakeUps({ connect, channel, onWake, log }: WakeUpsOptions): {
  readonly stop: () => Promise<void>;
} {
  const stopping = new AbortController();
  const { signal } = stopping;
  const isOver = (): boolean => signal.aborted;
  const listen = async (db: Client): Promise<void> => {
    const ended = once(db, 'end', { signal }).catch(() => {});
    db.on('error', () => {});
    db.on('notification', onWake);
    await db.connect();
    await db.query(`listen ${channel}`);
    onWake();
    while (!isOver()) {
      await Promise.race([ended, pause(beatMs, undefined, { signal }).catch(() => {})]);
      if (!isOver()) await db.query('select 1');
    }
  };
  const run = async (): Promise<void> => {
    while (!isOver()) {
      const db = connect();
      await listen(db).catch((error: unknown) => {
        if (!signal.aborted)
          log.debug({ err: error, channel }, 'announcements are not heard for a moment');
      });
      await db.end().catch(() => {});
      await pause(retryMs, undefined, { signal }).catch(() => {});
    }
  };
  const ended = run();
  return {
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}
