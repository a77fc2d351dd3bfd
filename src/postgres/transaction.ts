import type { Pool, PoolClient } from 'pg';
import { step } from '../runtime/tracing.ts';

/** What transactions are called in traces. */
const spanName = 'postgresql transaction';
const spanAttributes = { 'db.system.name': 'postgresql' };

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

/**
 * As `inTransaction`, on a pool whose connections pipeline: what `work` sends before it first waits goes out together
 * with the beginning, in one round trip. Each query is still a command of its own, and after one that failed the rest of
 * the transaction does nothing. `work` has to wait for all it sent: the end is only asked for after that.
 */
export function inPipelinedTransaction<Value>(
  pool: Pool,
  work: (db: PoolClient) => Promise<Value>,
): Promise<Value> {
  return step(spanName, spanAttributes, () =>
    withConnection(pool, async (db) => {
      const [, value] = await Promise.all([db.query('begin'), work(db)]);
      await db.query('commit');
      return value;
    }),
  );
}

/** Runs `work` in one transaction on a connection of its own; whatever it throws rolls all of it back. */
export function inTransaction<Value>(
  pool: Pool,
  work: (db: PoolClient) => Promise<Value>,
): Promise<Value> {
  return step(spanName, spanAttributes, () =>
    withConnection(pool, async (db) => {
      await db.query('begin');
      const value = await work(db);
      await db.query('commit');
      return value;
    }),
  );
}
