import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Client } from 'pg';
import { pino } from 'pino';
import { appRoleOptions, ensureRoles } from '../../src/postgres/roles.ts';
import { connectFor, createEmptyDatabase } from '../support/databases.ts';
import { startTestServer } from '../support/server.ts';

const log = pino({ level: 'silent' });

/** A login role of its own, without any rights but these. */
async function createLogin(t: TestContext, attributes: string): Promise<{ url: string; admin: Client }> {
  const database = await createEmptyDatabase(t);
  const admin = await database.connect();
  const name = `login_${randomBytes(6).toString('hex')}`;
  await admin.query(`create role ${name} login ${attributes}`);
  const url = new URL(database.url);
  url.username = name;
  return { url: url.href, admin };
}

async function readCurrentUser(client: Client): Promise<string | undefined> {
  return (await client.query<{ role: string }>('select current_user as role')).rows[0]?.role;
}

test('a superuser gets the restricted role, twice over, and a connection can work with it', async (t) => {
  const database = await createEmptyDatabase(t);
  const client = await database.connect();
  assert.deepEqual(await ensureRoles(client, log), {
    appRole: 'credit_ledger_app',
    readerRole: 'credit_ledger_reader',
  });
  assert.deepEqual(await ensureRoles(client, log), {
    appRole: 'credit_ledger_app',
    readerRole: 'credit_ledger_reader',
  });
  const restricted = await database.connect({ options: appRoleOptions });
  assert.equal(await readCurrentUser(restricted), 'credit_ledger_app');
});

test('a login role that may neither create nor use the role goes without, and is told', async (t) => {
  const { url } = await createLogin(t, '');
  const lines: string[] = [];
  const listening = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  assert.deepEqual(await ensureRoles(await connectFor(t, { connectionString: url }), listening), {
    appRole: undefined,
    readerRole: undefined,
  });
  assert.match(lines.join(''), /only triggers protect the journal/);
});

test('a login role that was granted the restricted role uses it', async (t) => {
  const { url, admin } = await createLogin(t, '');
  await ensureRoles(admin, log);
  await admin.query(`grant credit_ledger_app, credit_ledger_reader to ${new URL(url).username}`);
  assert.deepEqual(await ensureRoles(await connectFor(t, { connectionString: url }), log), {
    appRole: 'credit_ledger_app',
    readerRole: 'credit_ledger_reader',
  });
});

test('a login role with CREATEROLE makes the restricted role on a server that has none', async (t) => {
  const server = await startTestServer();
  t.after(server.stop);
  const admin = await connectFor(t, { connectionString: server.url });
  await admin.query('create role maker login createrole');
  const url = new URL(server.url);
  url.username = 'maker';
  const client = await connectFor(t, { connectionString: url.href });
  assert.deepEqual(await ensureRoles(client, log), {
    appRole: 'credit_ledger_app',
    readerRole: 'credit_ledger_reader',
  });
  const restricted = await connectFor(t, { connectionString: url.href, options: appRoleOptions });
  assert.equal(await readCurrentUser(restricted), 'credit_ledger_app');
});

test("CREATEROLE gives a role of another's making up to PostgreSQL 15 and no longer since 16", async (t) => {
  const { url, admin } = await createLogin(t, 'createrole');
  await ensureRoles(admin, log);
  const { rows } = await admin.query<{ new: boolean }>(
    `select current_setting('server_version_num')::int >= 160000 as new`,
  );
  const appRole = rows[0]?.new === true ? undefined : 'credit_ledger_app';
  const client = await connectFor(t, { connectionString: url });
  const readerRole = appRole === undefined ? undefined : 'credit_ledger_reader';
  assert.deepEqual(await ensureRoles(client, log), { appRole, readerRole });
});
