import type { Pool, PoolClient } from 'pg';
import { step } from '../runtime/tracing.ts';

/**
 * Runs `work` on a connection of its own. After a fault nobody knows what state the connection is in, so it
 * is closed and not used again.
 */
export async function withConnection<Value>(
  pool: Pool,
  work: (db: PoolClient) => Promise<Value>,
): Promise<Value> {
  const db = await pool.connect();
  // A connection that the server ends fails its query, and says so once more where nobody has to hear it.
  const ignore = (): void => {};
  db.on('error', ignore);
  try {
    const value = await work(db);
    db.off('error', ignore);
    db.release();
    return value;
  } catch (error) {
    db.release(true);
    throw error;
  }
}

/** Runs `work` in one transaction on a connection of its own; whatever it throws rolls all of it back. */
export function inTransaction<Value>(
  pool: Pool,
  work: (db: PoolClient) => Promise<Value>,
): Promise<Value> {
  return step('postgresql transaction', { 'db.system.name': 'postgresql' }, () =>
    withConnection(pool, async (db) => {
      await db.query('begin');
      const value = await work(db);
      await db.query('commit');
      return value;
    }),
  );
}
