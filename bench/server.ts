import {
  removeData,
  startServer as startProduct,
  type ServerProcess,
} from '../test/support/server-process.ts';
import { openAccounts } from './accounts.ts';
import { findPostgres, type Postgres } from './postgres.ts';

/** The product with its usual settings and its embedded PostgreSQL, in a data directory of its own. */
export interface BenchServer extends ServerProcess {
  readonly postgres: Postgres;
}

/**
 * What writes, without the read models that follow it: they are measured by themselves, beside it and
 * against it.
 */
export const writePath = 'gateway,ledger';
/** What `npm start` runs. */
export const everything = 'all';

/** Starts a server, on new data or on those of one that has stopped. */
export async function startServer(
  role: typeof writePath | typeof everything,
  dataDir?: string,
  env: Readonly<Record<string, string>> = {},
): Promise<BenchServer> {
  const server = await startProduct(dataDir, { ...env, ROLE: role });
  return { ...server, postgres: findPostgres(server.dataDir) };
}

/** Gives the work a new server with so many open accounts, and leaves nothing of it behind. */
export async function withServer<T>(
  role: typeof writePath | typeof everything,
  accounts: number,
  work: (server: BenchServer) => Promise<T>,
  env: Readonly<Record<string, string>> = {},
): Promise<T> {
  const server = await startServer(role, undefined, env);
  try {
    await openAccounts(server, accounts);
    return await work(server);
  } finally {
    await server.stop();
    removeData(server);
  }
}
