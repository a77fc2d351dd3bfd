import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audit } from '../support/audit.ts';
import { createDatabase } from '../support/databases.ts';
import { callsTo, startOn, until } from '../support/product.ts';
import { ask, createSqlRole } from '../support/sql-roles.ts';

const env = { ADMIN_API_KEY: 'the-key-of-every-server-here' };

test('a server killed between effect and result carries each command out once', async (t) => {
  const database = await createDatabase(t);
  const sql = await database.connect();
  const app = await createSqlRole(database, sql);
  await sql.query(`select ledger_api.grant_ledger('${app.name}', 'main')`);
  let server = await startOn(t, database, env);
  await callsTo(server).open('a');
  await callsTo(server).open('b');
  const clients = await Promise.all([1, 2, 3].map(() => app.connect()));
  const body = { from: 'ext:a', to: 'ext:b', amount_minor: 1, currency: 'USD' };
  const open = 'select from ledger_api.commands where status is null';
  const answered = async () =>
    (await sql.query('select from ledger_api.commands where status is not null')).rowCount ?? 0;
  for (let round = 1; round <= 3; round += 1) {
    // Effects are there and their results are not: the row is locked, so nobody can write an answer down.
    const lock = await database.connect();
    const asked = await Promise.all(
      clients.map(async (client) => {
        for (let i = 0; i < 30; i += 1) await ask(client, 'post_transfer', body);
        return ask(client, 'post_transfer', body);
      }),
    );
    await lock.query('begin');
    await lock.query('select from ledger_api.commands where id = any($1) for update', [asked]);
    await until(async () => (await sql.query(open)).rowCount === 3, 'three are left');
    const effects = async () =>
      (await sql.query('select from ledger.transfers where to_id is not null')).rowCount;
    await until(async () => (await effects()) === round * 93, 'the effect is there');
    server.signal('SIGKILL');
    await server.exited;
    // Its sessions wait for the rows, and would still write the answers down that nobody waits for any more.
    await lock.query(
      `select pg_terminate_backend(pid, 10000) from pg_stat_activity
        where application_name = 'credit-ledger sql' and datname = current_database()`,
    );
    await lock.query('rollback');
    server = await startOn(t, database, env);
    await until(async () => (await sql.query(open)).rowCount === 0, 'all are answered');
  }
  assert.equal(await answered(), 3 * 93);
  const { rows } = await sql.query(
    `select status, count(*)::int, count(distinct answer ->> 'id')::int as transfers
      from ledger_api.commands group by 1`,
  );
  assert.deepEqual(rows, [{ status: 201, count: 3 * 93, transfers: 3 * 93 }]);
  assert.deepEqual(await callsTo(server).amounts('b'), [3 * 93, 0, 0, 3 * 93]);
  assert.deepEqual(await audit(sql), []);
});
