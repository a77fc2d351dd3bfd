import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { migrate } from '../../src/postgres/migrate.ts';
import { ensureRoles } from '../../src/postgres/roles.ts';
import { dumpSchema } from '../../tools/schema-dump.ts';
import { createDatabase, createEmptyDatabase, migrationsDirectory } from '../support/databases.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures');

test('the committed schema is what the migrations make; if not, run npm run generate', async (t) => {
  const client = await (await createDatabase(t)).connect();
  const committed = readFileSync(join(migrationsDirectory, 'schema.sql'), 'utf8');
  assert.equal(await dumpSchema(client), committed);
});

test('every kind of object is dumped the same on every version of PostgreSQL', async (t) => {
  const client = await (await createEmptyDatabase(t)).connect();
  await ensureRoles(client, pino({ level: 'silent' }));
  await migrate(client, join(fixtures, 'migrations'));
  assert.equal(await dumpSchema(client), readFileSync(join(fixtures, 'schema.sql'), 'utf8'));
});
