import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientBase } from 'pg';

/** One SQL file, `NNNN-name.sql`. */
interface Migration {
  number: number;
  name: string;
  checksum: string;
  /** A program that does not know it runs on the schema that it leaves. */
  expands: boolean;
  sql: string;
}

type AppliedMigration = Omit<Migration, 'sql'>;

/** The first line of a file that only adds, and adds nothing that a program of before would have to fill. */
const expandsLine = '-- Expands: programs that do not know this file run on.';

/** Any constant serves, as long as every version of the program takes the same. */
const lockKey = 7_305_829_104;

/** The table that says what was applied: the ledger's, or that of the read models. */
export type MigrationTable = 'schema_migrations' | 'read_model_migrations';

const tableSql = (table: MigrationTable) => `
  create table if not exists ${table} (
    number integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    expands boolean not null default false
  );
  alter table ${table} add column if not exists expands boolean not null default false`;

/**
 * Brings the database to the newest schema and returns the names of the files it applied. Each file is one
 * transaction, and programs that start together wait for each other. Throws without a change when a file
 * was edited after it had been applied, when two have one number, when one was put before others that had been
 * applied, or when the schema is newer by a file that does not only expand it.
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

/**
 * The names of the files that the database still lacks. Changes nothing.
 * @throws as `migrate` does, where the history is not this program's
 */
export async function listPending(
  client: ClientBase,
  directory: string,
  table: MigrationTable = 'schema_migrations',
): Promise<string[]> {
  const migrations = readMigrations(directory);
  const { rows } = await client.query<{ there: boolean }>(
    `select exists (select from information_schema.columns
       where table_schema = current_schema() and table_name = $1 and column_name = 'expands') as there`,
    [table],
  );
  // A table without the column is that of a release which migrated itself: it is behind in any case.
  if (rows[0]?.there !== true) return migrations.map(({ name }) => name);
  const applied = await listApplied(client, table);
  checkHistory(migrations, applied, table);
  return migrations.slice(applied.length).map(({ name }) => name);
}

function readMigrations(directory: string): Migration[] {
  const files = readdirSync(directory).filter((file) => /^\d{4}-.+\.sql$/.test(file));
  const migrations = files.toSorted().map((file) => {
    const sql = readFileSync(join(directory, file), 'utf8');
    const checksum = createHash('sha256').update(sql).digest('hex');
    const number = Number(file.slice(0, 4));
    const expands = sql.startsWith(`${expandsLine}\n`);
    return { number, name: file.slice(0, -'.sql'.length), checksum, expands, sql };
  });
  for (const [index, { number, name }] of migrations.entries()) {
    const before = migrations[index - 1];
    if (before?.number !== number) continue;
    throw new Error(`${directory} has two files of one number: ${before.name}.sql and ${name}.sql`);
  }
  return migrations;
}

async function listApplied(client: ClientBase, table: MigrationTable): Promise<AppliedMigration[]> {
  const query = `select number, name, checksum, expands from ${table} order by number`;
  return (await client.query<AppliedMigration>(query)).rows;
}

function checkHistory(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
  table: MigrationTable,
): void {
  const last = migrations.at(-1);
  const isKnown = ({ number }: AppliedMigration): boolean => number <= (last?.number ?? 0);
  const newer = applied.find((migration) => !isKnown(migration) && !migration.expands);
  if (newer !== undefined) {
    const known = last?.name ?? 'none';
    throw new Error(
      `the database's schema is newer (${newer.name}) than this program (${known}): run a newer program`,
    );
  }
  for (const [index, { number, name, checksum }] of applied.filter(isKnown).entries()) {
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
  { number, name, checksum, expands, sql }: Migration,
  table: MigrationTable,
): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    const record = `insert into ${table} (number, name, checksum, expands) values ($1, $2, $3, $4)`;
    await client.query(record, [number, name, checksum, expands]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`migration ${name}.sql failed`, { cause: error });
  }
}
