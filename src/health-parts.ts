import type { Pool } from 'pg';
import type { Dependency } from './gateway/health.ts';
import type { Issuer } from './gateway/issuer.ts';
import { readModelsName } from './gateway/problem.ts';
import type { SharedMemory } from './gateway/redis.ts';
import type { LedgerProcess } from './ledger/ledger.ts';
import { RemoteLedger } from './ledger/remote-ledger.ts';
import { readHolder, type Surroundings } from './parts.ts';
import type { Relay } from './relay/relay.ts';
import type { Breaker } from './runtime/breaker.ts';

/** What `/readyz` asks after in every process. */
export function databaseDependency({ pool, poolBreaker: breaker }: Surroundings): Dependency {
  return { name: 'postgres', check: async () => void (await pool.query('select 1')), breaker };
}

/** What a gateway goes on without: the ledger answers what it can. */
export function readModelsDependency(pool: Pool, breaker: Breaker): Dependency {
  const check = async (): Promise<void> => void (await pool.query('select 1'));
  return { name: readModelsName, check, isOptional: true, breaker };
}

export function redisDependency(redis: SharedMemory): Dependency {
  const check = async (): Promise<void> => {
    if ((await redis.ask((client) => client.ping())) === undefined) throw new Error('Redis is away');
  };
  return { name: 'redis', check, isOptional: true, breaker: redis.breaker };
}

/** Without it API keys count, and tokens by keys that are known. */
export function issuerDependency(issuer: Issuer): Dependency {
  const { breaker } = issuer;
  return { name: 'identity', check: () => issuer.check(), isOptional: true, breaker };
}

export function ledgerDependency(ledger: LedgerProcess | RemoteLedger, pool: Pool): Dependency {
  const check = async (): Promise<void> => {
    if (ledger instanceof RemoteLedger) {
      if ((await readHolder(pool)) === undefined) throw new Error('no process writes');
    } else if (!ledger.isUsable) throw new Error(`the ledger is ${ledger.role}`);
  };
  return { name: 'ledger', check, breaker: ledger.breaker };
}

export function relayDependency(relay: Relay): Dependency {
  const { breaker } = relay;
  const check = async (): Promise<void> => {
    if (relay.role === 'halted') throw new Error('the relay is halted');
  };
  return { name: 'relay', check, breaker };
}

/** Without a broker events wait in the log, and everything else goes on. */
export function brokerDependency(name: string, { breaker }: Relay): Dependency {
  const check = async (): Promise<void> => {
    if (breaker.state !== 'closed') throw new Error(`${name} is away`);
  };
  return { name, check, isOptional: true, breaker };
}
