import assert from 'node:assert/strict';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Client } from 'pg';
import { listPending, migrate } from '../../src/postgres/migrate.ts';
import { pollUntil } from '../../src/postgres/os-processes.ts';
import { createEmptyDatabase } from '../support/databases.ts';

function makeMigrations(t: TestContext, files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'migrations-'));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(directory, `${name}.sql`), sql);
  return directory;
}

const twoFiles = {
  '0001-fruits': "create table fruits (name text); insert into fruits values ('pear');",
  '0002-nuts': 'create table nuts (name text);',
};

async function listTables(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
      order by 1`,
  );
  return rows.map((row) => row.name);
}

test('an empty database gets every file in order, and a second run does nothing', async (t) => {
  const client = await (await createEmptyDatabase(t)).connect();
  const directory = makeMigrations(t, twoFiles);
  assert.deepEqual(await migrate(client, directory), ['0001-fruits', '0002-nuts']);
  assert.deepEqual(await listTables(client), ['fruits', 'nuts', 'schema_migrations']);
  assert.deepEqual(await migrate(client, directory), []);
});

test('a file edited after it had been applied is refused by name', async (t) => {
  const client = await (await createEmptyDatabase(t)).connect();
  const directory = makeMigrations(t, twoFiles);
  await migrate(client, directory);
  writeFileSync(join(directory, '0001-fruits.sql'), 'create table fruits (name text, colour text);');
  await assert.rejects(migrate(client, directory), /0001-fruits\.sql was edited/);
});

test('two files of one number are refused before anything is applied', async (t) => {
  const client = await (await createEmptyDatabase(t)).connect();
  const directory = makeMigrations(t, {
    '0001-a': 'create table a ();',
    '0003-b': 'create table b ();',
    '0003-c': 'create table c ();',
  });
  await assert.rejects(migrate(client, directory), /one number: 0003-b\.sql and 0003-c\.sql/);
  assert.deepEqual(await listTables(client), []);
});

test('numbers may be left out; one that is filled in after later ones were applied is refused', async (t) => {
  const client = await (await createEmptyDatabase(t)).connect();
  const files = { '0001-a': 'create table a ();', '0004-d': 'create table d ();' };
  assert.deepEqual(await migrate(client, makeMigrations(t, files)), ['0001-a', '0004-d']);
  const filled = makeMigrations(t, { ...files, '0003-c': 'create table c ();' });
  await assert.rejects(migrate(client, filled), /0003-c\.sql was put before 0004-d/);
});

test('a schema newer than the program is refused with both versions', async (t) => {
  const client = await (await createEmptyDatabase(t)).connect();
  await migrate(client, makeMigrations(t, twoFiles));
  const older = makeMigrations(t, { '0001-fruits': twoFiles['0001-fruits'] });
  await assert.rejects(migrate(client, older), /newer \(0002-nuts\) than this program \(0001-fruits\)/);
});

const expanding =
  '-- Expands: programs that do not know this file run on.\ncreate table seeds (name text);';

test('a program runs on a schema that only grew since, and applies nothing to it', async (t) => {
  const client = await (await createEmptyDatabase(t)).connect();
  const grown = {
    ...twoFiles,
    '0003-seeds': expanding,
    '0004-peel': expanding.replace('seeds', 'peel'),
  };
  await migrate(client, makeMigrations(t, grown));
  const older = makeMigrations(t, twoFiles);
  assert.deepEqual(await migrate(client, older), []);
  assert.deepEqual(await listPending(client, older), []);
});

test('a program does not run where one of the newer files takes something away, wherever it stands', async (t) => {
  for (const [third, fourth] of [
    [expanding, 'drop table nuts;'],
    ['drop table nuts;', expanding],
  ] as const) {
    const client = await (await createEmptyDatabase(t)).connect();
    const later = { ...twoFiles, '0003-third': third, '0004-fourth': fourth };
    await migrate(client, makeMigrations(t, later));
    const older = makeMigrations(t, twoFiles);
    await assert.rejects(
      migrate(client, older),
      /newer \(000[34]-\w+\) than this program \(0002-nuts\)/,
    );
    await assert.rejects(listPending(client, older), /newer/);
  }
});

test('what is lacking is named without a change', async (t) => {
  const client = await (await createEmptyDatabase(t)).connect();
  const directory = makeMigrations(t, twoFiles);
  assert.deepEqual(await listPending(client, directory), ['0001-fruits', '0002-nuts']);
  assert.deepEqual(await listTables(client), []);
  await migrate(client, makeMigrations(t, { '0001-fruits': twoFiles['0001-fruits'] }));
  assert.deepEqual(await listPending(client, directory), ['0002-nuts']);
});

test('a table of before the mark is brought up to date, and what it lists does not count as growth', async (t) => {
  const client = await (await createEmptyDatabase(t)).connect();
  await migrate(client, makeMigrations(t, twoFiles));
  await client.query('alter table schema_migrations drop column expands');
  const older = makeMigrations(t, { '0001-fruits': twoFiles['0001-fruits'] });
  await assert.rejects(migrate(client, older), /newer \(0002-nuts\)/);
});

test('programs that start together apply each file once', async (t) => {
  const database = await createEmptyDatabase(t);
  const directory = makeMigrations(t, twoFiles);
  const clients = await Promise.all(Array.from({ length: 5 }, () => database.connect()));
  const applied = await Promise.all(clients.map((client) => migrate(client, directory)));
  assert.deepEqual(applied.flat(), ['0001-fruits', '0002-nuts']);
});

test('a file that fails leaves nothing of itself and keeps the files before it', async (t) => {
  const client = await (await createEmptyDatabase(t)).connect();
  const directory = makeMigrations(t, { ...twoFiles, '0003-bad': 'create table bad (); select 1/0;' });
  await assert.rejects(migrate(client, directory), /migration 0003-bad\.sql failed/);
  assert.deepEqual(await listTables(client), ['fruits', 'nuts', 'schema_migrations']);
});

test('a file whose record is refused leaves nothing of itself either', async (t) => {
  const client = await (await createEmptyDatabase(t)).connect();
  const sql = 'create table bad (); alter table schema_migrations add check (number < 3);';
  const directory = makeMigrations(t, { ...twoFiles, '0003-bad': sql });
  await assert.rejects(migrate(client, directory), /migration 0003-bad\.sql failed/);
  assert.deepEqual(await listTables(client), ['fruits', 'nuts', 'schema_migrations']);
});

test('a program killed in the middle of a file leaves no half schema; the next one finishes', async (t) => {
  const database = await createEmptyDatabase(t);
  const client = await database.connect();
  const slow = { ...twoFiles, '0003-slow': 'create table slow (); select pg_sleep(600);' };
  const directory = makeMigrations(t, slow);
  const program = `
    import pg from 'pg';
    import { migrate } from './src/postgres/migrate.ts';
    const client = new pg.Client(process.argv[1]);
    await client.connect();
    await migrate(client, process.argv[2]);`;
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', program, database.url, directory],
    {
      cwd: join(import.meta.dirname, '..', '..'),
      stdio: 'inherit',
    },
  );
  const sleeper = `select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = $1`;
  const readSleeper = async () =>
    (await client.query<{ pid: number }>(sleeper, [database.name])).rows[0]?.pid;
  const pid = await pollUntil(readSleeper, 30_000);
  child.kill('SIGKILL');
  await once(child, 'exit');
  // The killed program's backend notices only when it next speaks to its client.
  await client.query('select pg_terminate_backend($1, 10000)', [pid]);
  assert.deepEqual(await listTables(client), ['fruits', 'nuts', 'schema_migrations']);
  writeFileSync(join(directory, '0003-slow.sql'), 'create table slow ();');
  assert.deepEqual(await migrate(client, directory), ['0003-slow']);
});
