import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { DecodedEvent } from './decoded-event.ts';
import type { Effect, Projection, Target } from './projection.ts';

/** Applies events to the tables of a projection, in the caller's transaction. */
export async function applyEvents(
  db: ClientBase,
  projection: Projection,
  events: readonly DecodedEvent[],
  { target, arrivedAt }: { target: Target; arrivedAt: number },
): Promise<void> {
  for (const effect of projection.fold(events, target, arrivedAt)) await carryOut(db, effect);
}

/** As `applyEvents`, all in one round trip, on a connection that pipelines. */
export async function applyTogether(
  db: ClientBase,
  projection: Projection,
  events: readonly DecodedEvent[],
  { target, arrivedAt }: { target: Target; arrivedAt: number },
): Promise<void> {
  const effects = projection.fold(events, target, arrivedAt);
  await Promise.all(effects.map((effect) => carryOut(db, effect)));
}

/** Carries out one effect, in the caller's transaction. */
export async function carryOut(db: ClientBase, effect: Effect): Promise<void> {
  if (effect.kind === 'query') {
    await db.query({ name: effect.name, text: effect.text, values: effect.values });
    return;
  }
  const copying = db.query(copyFrom(effect.text));
  copying.end(effect.data);
  await finished(copying);
}
