import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientBase } from 'pg';

/** One SQL file, `NNNN-name.sql`. */
interface Migration {
  number: number;
  name: string;
  checksum: string;
  sql: string;
}

type AppliedMigration = Omit<Migration, 'sql'>;

/** Any constant serves, as long as every version of the program takes the same. */
const lockKey = 7_305_829_104;

/** The table that says what was applied: the ledger's, or that of the read models. */
export type MigrationTable = 'schema_migrations' | 'read_model_migrations';

const tableSql = (table: MigrationTable) => `
  create table if not exists ${table} (
    number integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now()
  )`;

/**
 * Brings the database to the newest schema and returns the names of the files it applied. Each file is one
 * transaction, and programs that start together wait for each other. Throws without a change when a file
 * was edited after it had been applied, when two have one number, when one was put before others that had been
 * applied, or when the schema is newer.
 */
export async function migrate(
  client: ClientBase,
  directory: string,
  table: MigrationTable = 'schema_migrations',
): Promise<string[]> {
  const migrations = readMigrations(directory);
  await client.query('select pg_advisory_lock($1)', [lockKey]);
  try {
    await client.query(tableSql(table));
    const applied = await listApplied(client, table);
    checkHistory(migrations, applied, table);
    const pending = migrations.slice(applied.length);
    for (const migration of pending) await applyMigration(client, migration, table);
    return pending.map((migration) => migration.name);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [lockKey]);
  }
}

function readMigrations(directory: string): Migration[] {
  const files = readdirSync(directory).filter((file) => /^\d{4}-.+\.sql$/.test(file));
  const migrations = files.toSorted().map((file) => {
    const sql = readFileSync(join(directory, file), 'utf8');
    const checksum = createHash('sha256').update(sql).digest('hex');
    return { number: Number(file.slice(0, 4)), name: file.slice(0, -'.sql'.length), checksum, sql };
  });
  for (const [index, { number, name }] of migrations.entries()) {
    const before = migrations[index - 1];
    if (before?.number !== number) continue;
    throw new Error(`${directory} has two files of one number: ${before.name}.sql and ${name}.sql`);
  }
  return migrations;
}

async function listApplied(client: ClientBase, table: MigrationTable): Promise<AppliedMigration[]> {
  const query = `select number, name, checksum from ${table} order by number`;
  return (await client.query<AppliedMigration>(query)).rows;
}

function checkHistory(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
  table: MigrationTable,
): void {
  const newest = applied.at(-1);
  const last = migrations.at(-1);
  if (newest !== undefined && newest.number > (last?.number ?? 0)) {
    const known = last?.name ?? 'none';
    throw new Error(
      `the database's schema is newer (${newest.name}) than this program (${known}): run a newer program`,
    );
  }
  for (const [index, { number, name, checksum }] of applied.entries()) {
    const file = migrations[index];
    if (file?.name === name && file.checksum === checksum) continue;
    if (file !== undefined && file.number < number)
      throw new Error(`${file.name}.sql was put before ${name}, which had been applied to ${table}`);
    throw new Error(
      `${file?.name}.sql was edited after ${name} had been applied: restore it, add a new file`,
    );
  }
}

async function applyMigration(
  client: ClientBase,
  { number, name, checksum, sql }: Migration,
  table: MigrationTable,
): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    const record = `insert into ${table} (number, name, checksum) values ($1, $2, $3)`;
    await client.query(record, [number, name, checksum]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`migration ${name}.sql failed`, { cause: error });
  }
}
