import { Pool, type PoolConfig } from 'pg';

/**
 * A pool whose connections may end at any moment. One that the server ends says so where nobody else may listen yet:
 * after it was handed out, and before whoever asked for it had a turn. Its next query fails, which is enough.
 * @param onEnd hears of connections that end while they are idle
 */
export function createPool(config: PoolConfig, onEnd: (error: Error) => void): Pool {
  const pool = new Pool(config);
  pool.on('error', onEnd);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
