import type { PoolClient } from 'pg';
import type { DecodedEvent } from './decoded-event.ts';
import type { Projection, Suffix } from './projection.ts';

/** Applies events to the tables of a projection, in the caller's transaction. */
export async function applyEvents(
  db: PoolClient,
  projection: Projection,
  events: readonly DecodedEvent[],
  { suffix, arrivedAt }: { suffix: Suffix; arrivedAt: number },
): Promise<void> {
  for (const { name, text, values } of projection.fold(events, suffix, arrivedAt))
    await db.query({ name, text, values });
}
