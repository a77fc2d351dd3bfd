import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { createDatabase, type TestDatabase } from './databases.ts';
import { send, type CallOptions, type TestAnswer } from './http.ts';
import { startServer, type ServerProcess } from './server-process.ts';

const factMsMax = 20_000;
const pollMs = 10;

/** What a user can do; requests carry the administrator's key unless headers say otherwise. */
export interface Calls {
  call: (method: string, path: string, options?: CallOptions) => Promise<TestAnswer>;
  /** POSTs under a key; the answer has to have the status, 201 where none is named. */
  post: (path: string, body: unknown, key: string, status?: number) => Promise<TestAnswer>;
  get: (path: string, status?: number) => Promise<TestAnswer>;
  /** Opens an account in USD with this external id. @returns its id */
  open: (name: string, fields?: Record<string, unknown>) => Promise<string>;
  /** Transfers between accounts named by their external ids. */
  move: (
    key: string,
    from: string,
    to: string,
    amount: number,
    fields?: Record<string, unknown>,
  ) => Promise<TestAnswer>;
  /** `[balance, held, incoming, available]` of an account. */
  amounts: (name: string) => Promise<unknown[]>;
}

/** The whole product as a process, on a database of its own. */
export interface Product extends Calls {
  server: ServerProcess;
  database: TestDatabase;
  /** Looks behind the API. */
  sql: Client;
}

export async function startProduct(t: TestContext, env: Record<string, string> = {}): Promise<Product> {
  const database = await createDatabase(t);
  const server = await startOn(t, database, env);
  return { server, database, sql: await database.connect(), ...callsTo(server) };
}

/** A server of its own data directory on a database; the test's end stops it. */
export async function startOn(
  t: TestContext,
  database: TestDatabase,
  env: Record<string, string> = {},
): Promise<ServerProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'product-'));
  const server = await startServer(dataDir, { DATABASE_URL: database.url, LOG_LEVEL: 'warn', ...env });
  t.after(async () => {
    server.signal('SIGTERM');
    await server.exited;
    await rm(dataDir, { recursive: true, force: true });
  });
  return server;
}

export function callsTo({ url, adminKey }: ServerProcess): Calls {
  const call: Calls['call'] = (method, path, { headers = {}, body } = {}) =>
    send(url + path, method, { authorization: `Bearer ${adminKey}`, ...headers }, body);
  const expect = async (sent: Promise<TestAnswer>, status: number): Promise<TestAnswer> => {
    const answer = await sent;
    assert.equal(answer.status, status, answer.text);
    return answer;
  };
  const post: Calls['post'] = (path, body, key, status = 201) =>
    expect(call('POST', path, { body, headers: { 'idempotency-key': key } }), status);
  const get: Calls['get'] = (path, status = 200) => expect(call('GET', path), status);
  return {
    call,
    post,
    get,
    open: async (name, fields = {}) => {
      const body = { currency: 'USD', external_id: name, ...fields };
      return String((await post('/v1/accounts', body, `open-${name}`)).json['id']);
    },
    move: (key, from, to, amount, fields = {}) => {
      const body = {
        from: `ext:${from}`,
        to: `ext:${to}`,
        amount_minor: amount,
        currency: 'USD',
        ...fields,
      };
      return call('POST', '/v1/transfers', { body, headers: { 'idempotency-key': key } });
    },
    amounts: async (name) => {
      const { json } = await get(`/v1/accounts/ext:${name}/balance`);
      return [
        json['balance_minor'],
        json['held_minor'],
        json['incoming_minor'],
        json['available_minor'],
      ];
    },
  };
}

const tables = [
  'head',
  'ledgers',
  'currencies',
  'accounts',
  'account_history',
  'transfers',
  'entries',
  'lines',
  'entry_reversals',
  'events',
  'keys',
];

/** The head's position and the number of rows of every table: equal before and after what has no effect. */
export async function readExtent(sql: Client): Promise<string> {
  const counts = tables.map((table) => `'${table}', (select count(*) from ledger.${table})`).join(', ');
  const { rows } = await sql.query<{ extent: string }>(
    `select json_build_object('position', (select position from ledger.head), ${counts})::text as extent`,
  );
  return rows[0]?.extent ?? '';
}

/** What money the ledger holds: lines, balances and holds, equal before and after a refusal by a rule. */
export async function readMoney(sql: Client): Promise<string> {
  const { rows } = await sql.query<{ money: string }>(
    `select json_build_array((select count(*) from ledger.lines),
      (select json_agg(array[debits_minor, credits_minor, held_minor, incoming_minor] order by id)
        from ledger.accounts))::text as money`,
  );
  return rows[0]?.money ?? '';
}

/** Waits until a fact holds. */
export async function until(
  fact: () => Promise<boolean>,
  what: string,
  msMax = factMsMax,
): Promise<void> {
  const deadline = performance.now() + msMax;
  while (!(await fact())) {
    assert.ok(performance.now() < deadline, `never: ${what}`);
    await delay(pollMs);
  }
}
