import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, type ClientConfig, type QueryResultRow } from 'pg';

/** The embedded PostgreSQL of a running server. */
export interface Postgres {
  readonly pid: number;
  readonly config: ClientConfig & {
    readonly host: string;
    readonly port: number;
    readonly user: string;
  };
}

/** Finds it by the lock file in the server's data directory, whose lines PostgreSQL documents. */
export function findPostgres(dataDir: string): Postgres {
  const lines = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  const [pid = '', , , port = '', host = ''] = lines;
  const user = 'credit_ledger';
  return { pid: Number(pid), config: { host, port: Number(port), user, database: 'credit_ledger' } };
}

/** Asks one question on a connection of its own. */
export async function queryRows<Row extends QueryResultRow>(
  { config }: Postgres,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new Client(config);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** How many rows a table holds. */
export async function countRows(postgres: Postgres, table: string): Promise<number> {
  const [row] = await queryRows<{ count: number }>(
    postgres,
    `select count(*)::float8 as count from ${table}`,
  );
  return row?.count ?? 0;
}
