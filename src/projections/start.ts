import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import type { Redrives } from '../dead-letters/redrive.ts';
import type { Message, Transport } from '../relay/transport/transport.ts';
import { Sleeper } from '../relay/sleeper.ts';
import type { Logger } from '../runtime/log.ts';
import { messageOf } from './batch.ts';
import { EventDecoder } from './decoded-event.ts';
import { projections } from './projection-list.ts';
import { createProjectionMetrics, type ProjectionMetrics } from './projection-metrics.ts';
import { listProjections } from './projection-states.ts';
import { Projector } from './projector.ts';
import { Rebuilder } from './rebuilder.ts';
import { applyEvents } from './applying.ts';

/** How soon an operator's wish is noticed. */
const checkMs = 250;

/** The event log, from wherever this process has it. */
export interface Log {
  /** The next events after a position, in order and without gaps; empty where there is nothing newer. */
  readonly read: (after: number, limit: number) => Promise<Message[]>;
  /** The position of the newest event. */
  readonly head: () => Promise<number>;
  /** The next events that show an account, after a position. */
  readonly readOfAccount: (account: string, after: number, limit: number) => Promise<Message[]>;
}

export interface ProjectionsOptions {
  /** The database of the read models, as the owner of its schema. */
  readonly pool: Pool;
  /** The same, by connections that pipeline, one for each projection. */
  readonly pipelines: Pool;
  readonly transport: Transport;
  readonly log: Logger;
  readonly eventLog: Log;
  readonly registry: Registry;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A new UUID at each call. */
  readonly mintId: () => string;
}

/** The projections of a process. */
export interface Projections {
  /** Resolves when every projection has given its partitions back. */
  close(): Promise<void>;
}

/** Starts every projection that is not paused or stopped. */
export async function startProjections(options: ProjectionsOptions): Promise<Projections> {
  const { pool, registry } = options;
  await registerProjections(pool);
  const metrics = createProjectionMetrics(registry);
  for (const { name } of projections) metrics.consumed.inc({ consumer: name }, 0);
  const decoder = new EventDecoder();
  const projectors = projections.map(
    (projection) => new Projector({ ...options, projection, decoder, metrics }),
  );
  await Promise.all(projectors.map((projector) => projector.check()));
  const watch = startWatch(options, metrics, projectors);
  const rebuilder = new Rebuilder(options, options.log);
  return {
    close: async () => {
      await rebuilder.close();
      await watch.close();
      await Promise.all(projectors.map((projector) => projector.close()));
    },
  };
}

/** Each projection has its row, so that it can be paused before it ever ran. */
export async function registerProjections(pool: Pool): Promise<void> {
  await pool.query(
    `insert into read_models.projections (name) select unnest($1::text[]) on conflict do nothing`,
    [projections.map(({ name }) => name)],
  );
}

/** Looks again and again at what is wanted of the projections and how far behind they are. */
function startWatch(
  { pool, eventLog, log, now }: ProjectionsOptions,
  metrics: ProjectionMetrics,
  projectors: readonly Projector[],
): { close(): Promise<void> } {
  const sleeper = new Sleeper();
  let isClosed = false;
  const hasEnded = (): boolean => isClosed;
  const measure = async (): Promise<void> => {
    const states = await listProjections(pool, await eventLog.head(), now());
    for (const { name, lag } of states) metrics.lag.set({ consumer: name }, lag);
  };
  const run = async (): Promise<void> => {
    while (!hasEnded()) {
      await sleeper.sleep(checkMs);
      if (hasEnded()) return;
      await Promise.all(projectors.map((projector) => projector.check()));
      await measure().catch((error: unknown) =>
        log.debug({ err: error }, 'the lag of the projections can not be measured now'),
      );
    }
  };
  const ended = run();
  return {
    close: async () => {
      isClosed = true;
      sleeper.wake();
      await ended;
    },
  };
}

/** How letters of the projections are redriven, wherever that is asked for. */
export function redrivesOfProjections(now: () => number): Redrives {
  const decoder = new EventDecoder();
  return new Map(
    projections.map((projection) => [
      projection.name,
      async (db, letter) => {
        const event = decoder.decode(messageOf(letter));
        await applyEvents(db, projection, [event], { target: 'in use', arrivedAt: now() });
      },
    ]),
  );
}
