import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import type { TestDatabase } from './databases.ts';

/** A role of an application, and connections that work with its rights. */
export interface SqlRole {
  readonly name: string;
  connect: () => Promise<Client>;
}

/** Roles belong to the whole server, which is gone with the tests: each test has its own. */
export async function createSqlRole(database: TestDatabase, admin: Client): Promise<SqlRole> {
  const name = `app_${randomBytes(6).toString('hex')}`;
  await admin.query(`create role ${name} nologin`);
  return {
    name,
    connect: async () => {
      const client = await database.connect();
      await client.query(`set role ${name}`);
      return client;
    },
  };
}

export interface SqlAnswer {
  readonly status: number | null;
  readonly answer: Record<string, unknown>;
}

/** Asks for a command. @returns its id */
export async function ask(
  client: Client,
  operation: string,
  body: object,
  more: { readonly target?: string; readonly ledger?: string; readonly key?: string } = {},
): Promise<string> {
  const { target = null, ledger = 'main', key = null } = more;
  const { rows } = await client.query<{ id: string }>(
    'select ledger_api.submit($1, $2, $3, $4, $5) as id',
    [operation, JSON.stringify(body), target, ledger, key],
  );
  return rows[0]?.id ?? '';
}

/** Waits for the answer to a command that was committed. */
export async function answerTo(client: Client, id: string): Promise<SqlAnswer> {
  const text = `select status, answer from ledger_api.wait_for($1, '20 seconds')`;
  const { rows } = await client.query<SqlAnswer>(text, [id]);
  return rows[0] ?? { status: null, answer: {} };
}
