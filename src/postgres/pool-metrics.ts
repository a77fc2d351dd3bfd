import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';

/** Shows the connections of pools; the pools of one name count together. */
export function createPoolMetrics(registry: Registry): (name: string, pool: Pool) => void {
  const pools = new Map<string, Pool[]>();
  const registers = [registry];
  const connections: Gauge<'pool' | 'state'> = new Gauge({
    name: 'db_pool_connections',
    help: 'Connections of a pool that are busy or idle',
    labelNames: ['pool', 'state'],
    registers,
    collect: () => {
      for (const [pool, members] of pools) {
        const idle = sum(members, ({ idleCount }) => idleCount);
        connections.set({ pool, state: 'idle' }, idle);
        connections.set({ pool, state: 'busy' }, sum(members, ({ totalCount }) => totalCount) - idle);
      }
    },
  });
  const most: Gauge<'pool'> = new Gauge({
    name: 'db_pool_connections_max',
    help: 'Connections that a pool may open',
    labelNames: ['pool'],
    registers,
    collect: () => {
      for (const [pool, members] of pools)
        most.set(
          { pool },
          sum(members, ({ options }) => options.max),
        );
    },
  });
  const waiting: Gauge<'pool'> = new Gauge({
    name: 'db_pool_waiting_requests',
    help: 'What waits for a connection of a pool',
    labelNames: ['pool'],
    registers,
    collect: () => {
      for (const [pool, members] of pools)
        waiting.set(
          { pool },
          sum(members, ({ waitingCount }) => waitingCount),
        );
    },
  });
  return (name, pool) => void pools.set(name, [...(pools.get(name) ?? []), pool]);
}

function sum(pools: readonly Pool[], countOf: (pool: Pool) => number): number {
  return pools.reduce((total, pool) => total + countOf(pool), 0);
}
