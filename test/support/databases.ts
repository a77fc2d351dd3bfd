import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import type { TestContext } from 'node:test';
import { Client } from 'pg';
import type { ClientConfig } from 'pg';
import { pino } from 'pino';
import { migrate } from '../../src/postgres/migrate.ts';
import { ensureRoles } from '../../src/postgres/roles.ts';
import { startTestServer } from './server.ts';

/** A database that exists for one test and is dropped after it. */
export interface TestDatabase {
  name: string;
  /** A connection string of the superuser, as DATABASE_URL takes it. */
  url: string;
  /** A connection that the test's end closes. */
  connect: (config?: ClientConfig) => Promise<Client>;
}

export const migrationsDirectory = join(import.meta.dirname, '..', '..', 'migrations');
export const readModelMigrations = join(migrationsDirectory, 'read-models');

let serverUrl: Promise<string> | undefined;

/**
 * The suite's server, which `npm test` names in TEST_DATABASE_URL; a file run alone by `node --test` starts
 * one of its own when it first asks.
 */
export function findServerUrl(): Promise<string> {
  return (serverUrl ??= startOrFind());
}

let stopOwnServer = async (): Promise<void> => {};
after(() => stopOwnServer());

async function startOrFind(): Promise<string> {
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined) return given;
  const server = await startTestServer();
  stopOwnServer = server.stop;
  return server.url;
}

/** A migrated database: a copy of a template that is migrated once a server. */
export async function createDatabase(t: TestContext): Promise<TestDatabase> {
  return createFrom(t, await ensureTemplate());
}

/** A database without the schema. */
export async function createEmptyDatabase(t: TestContext): Promise<TestDatabase> {
  return createFrom(t, 'template0');
}

/** A copy of a database that nobody is connected to. */
export async function copyDatabase(t: TestContext, { name }: TestDatabase): Promise<TestDatabase> {
  return createFrom(t, name);
}

async function createFrom(t: TestContext, template: string): Promise<TestDatabase> {
  const server = await findServerUrl();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await withClient(server, (client) => client.query(`create database ${name} template ${template}`));
  const url = urlOf(server, name);
  const drop = `drop database ${name} with (force)`;
  t.after(() => withClient(server, (client) => client.query(drop)));
  const connect = (config: ClientConfig = {}) => connectFor(t, { connectionString: url, ...config });
  return { name, url, connect };
}

/** The database as it is now, under another name: what a restore of an old backup gives. @returns its URL */
export async function copyOf(t: TestContext, { name }: TestDatabase): Promise<string> {
  const server = await findServerUrl();
  const copy = `${name}_copy`;
  const end = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`;
  await withClient(server, async (client) => {
    await client.query(end);
    await client.query(`create database ${copy} template ${name}`);
  });
  t.after(() => withClient(server, (client) => client.query(`drop database ${copy} with (force)`)));
  return urlOf(server, copy);
}

/** A connection that the test's end closes. */
export async function connectFor(t: TestContext, config: ClientConfig): Promise<Client> {
  const client = new Client(config);
  await client.connect();
  // Without a listener, a server or database that ends before its connection would end the test's process.
  client.on('error', () => {});
  t.after(() => client.end());
  return client;
}

export function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

let templateName: Promise<string> | undefined;

function ensureTemplate(): Promise<string> {
  return (templateName ??= makeTemplate());
}

/** Test files run side by side: the first makes the template, and marks it when it is whole. */
async function makeTemplate(): Promise<string> {
  const server = await findServerUrl();
  const name = `template_${digestMigrations()}`;
  await withClient(server, async (client) => {
    await client.query('select pg_advisory_lock(1)');
    const found = await client.query('select 1 from pg_database where datname = $1 and datistemplate', [
      name,
    ]);
    if (found.rowCount === 1) return;
    await client.query(`drop database if exists ${name}`);
    await client.query(`create database ${name} template template0`);
    await withClient(urlOf(server, name), migrateTemplate);
    await client.query(`alter database ${name} is_template true`);
  });
  return name;
}

async function migrateTemplate(client: Client): Promise<void> {
  await ensureRoles(client, pino({ level: 'silent' }));
  await migrate(client, migrationsDirectory);
  await migrate(client, readModelMigrations, 'read_model_migrations');
}

function digestMigrations(): string {
  const hash = createHash('sha256');
  const files = readdirSync(migrationsDirectory, { recursive: true, encoding: 'utf8' }).toSorted();
  for (const file of files.filter((name) => name.endsWith('.sql')))
    hash.update(file).update(readFileSync(join(migrationsDirectory, file)));
  return hash.digest('hex').slice(0, 16);
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
