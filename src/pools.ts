import type { Pool } from 'pg';
import { openPool, openReadModels, readersOf, readModelsConfig, writersOf } from './databases.ts';
import { showLedgers, showLedgersById } from './gateway/ledger-wall.ts';
import { readModelsName } from './gateway/problem.ts';
import type { Surroundings } from './parts.ts';
import { guardPool } from './postgres/guarded-pool.ts';
import { projections } from './projections/projection-list.ts';
import type { Breaker } from './runtime/breaker.ts';

/** What has to be ended, in the order in which it was started. */
type Started = (() => Promise<void>)[];

/** Puts the breaker of the read models before a pool. */
export function guardReadModels(
  { database, config }: Surroundings,
  pool: Pool,
  breaker: Breaker,
  settle?: typeof showLedgers,
): void {
  guardPool(pool, { name: readModelsName, breaker, config: readModelsConfig(database, config) }, settle);
}

/** Connections that see the ledgers of the request at hand, and no others. */
export function openWalled(
  around: Surroundings,
  { modelsBreaker, modelsWall }: { readonly modelsBreaker: Breaker; readonly modelsWall: string },
  started: Started,
): { db: Pool; readModelDb: Pool } {
  const { database, config, log, wallOptions, poolBreaker: breaker } = around;
  const db = openPool(database.config, wallOptions, readersOf(config), log);
  guardPool(db, { name: 'postgres', breaker, config: database.config }, showLedgersById);
  around.showPool('requests', db);
  started.push(() => db.end());
  const readModelDb = openPool(readModelsConfig(database, config), modelsWall, readersOf(config), log);
  guardReadModels(around, readModelDb, modelsBreaker, showLedgers);
  around.showPool('requests to read models', readModelDb);
  started.push(() => readModelDb.end());
  return { db, readModelDb };
}

/** Connections of a part that keeps its own place. */
export function openWriters(
  { database, roleOptions, log, showPool }: Surroundings,
  part: 'relay' | 'worker' | 'webhooks' | 'sql' | 'scheduler',
  started: Started,
): Pool {
  const pool = openPool(database.config, roleOptions, writersOf(part), log);
  showPool(part, pool);
  started.push(() => pool.end());
  return pool;
}

/** A rebuild is locked, loaded and compared on three connections, and while all run their projections are looked at. */
const projectionConnectionsMax = 4 * projections.length;

/** Rebuilds hold several connections each: from one pool with readers they would starve them and one another. */
export function openProjectionPools(
  { database, config, log, showPool }: Surroundings,
  started: Started,
): { readonly pool: Pool; readonly pipelines: Pool } {
  const pool = openReadModels(database, config, log, { max: projectionConnectionsMax });
  const pipelines = openReadModels(database, config, log, { max: projections.length, pipeline: true });
  showPool('projections', pool);
  showPool('projections', pipelines);
  started.push(
    () => pool.end(),
    () => pipelines.end(),
  );
  return { pool, pipelines };
}
