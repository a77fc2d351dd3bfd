import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Pool } from 'pg';
import { Registry } from 'prom-client';
import { showLedgersById, withinWall } from '../../src/gateway/ledger-wall.ts';
import { readStatement } from '../../src/ledger/read-statement.ts';
import { databaseBreaker, guardPool } from '../../src/postgres/guarded-pool.ts';
import { readerRoleOptions } from '../../src/postgres/roles.ts';
import { createBreakers } from '../../src/runtime/breaker.ts';
import { createDatabase } from '../support/databases.ts';
import { callsTo, startOn, until } from '../support/product.ts';
import { rowsIn } from '../support/http.ts';

/** What the walled tables are: those that know whose their rows are, or of which account; lines cost too much (0046). */
const walledTables = `select n.nspname || '.' || c.relname as name,
    exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'wall' and not p.polpermissive)
      and c.relrowsecurity and c.relforcerowsecurity as walled
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('ledger', 'read_models') and c.relkind in ('r', 'p') and not c.relispartition
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname in ('ledger_id', 'ledger', 'account_id'))
    and c.relname not in ('lines', 'statement_lines') and has_table_privilege('credit_ledger_reader', c.oid, 'select')
  order by 1`;

/** What a transaction has read so far of lines and entries. */
const rowsRead = `select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) as count
  from pg_stat_xact_user_tables where relname ~ '^(lines|entries)_'`;

/** Two ledgers with accounts, transfers and read models, and a pool as requests have one. */
async function start(t: TestContext) {
  const database = await createDatabase(t);
  const server = await startOn(t, database);
  const { call } = callsTo(server);
  let count = 0;
  const post = async (path: string, body: unknown, ledger: string) => {
    const headers = { ledger, 'idempotency-key': `${ledger}-${(count += 1)}` };
    const answer = await call('POST', path, { headers, body });
    assert.equal(answer.status, 201, answer.text);
    return String(answer.json['id']);
  };
  for (const name of ['own', 'foreign']) {
    await post('/v1/ledgers', { name }, 'main');
    const from = await post('/v1/accounts', { currency: 'USD', credit_limit_minor: 100 }, name);
    const to = await post('/v1/accounts', { currency: 'USD', external_id: name }, name);
    await post('/v1/transfers', { from, to, amount_minor: 1, currency: 'USD' }, name);
    await post(`/v1/ledgers/${name}/periods`, { ends_at: '2020-01-01T00:00:00Z' }, name);
  }
  await until(async () => {
    const rows = rowsIn(await call('GET', '/v1/admin/projections'), 'data');
    return rows.every((row) => row['lag_positions'] === 0);
  }, 'the read models have everything');
  const sql = await database.connect();
  await until(
    async () => (await sql.query('select from ledger.period_balances_made')).rowCount === 2,
    'the balances of both closed periods are made',
  );
  const pool = new Pool({ connectionString: database.url, max: 1, options: readerRoleOptions });
  pool.on('error', () => {});
  t.after(() => pool.end());
  const breaker = databaseBreaker(createBreakers(new Registry()), 'postgres');
  guardPool(
    pool,
    { name: 'postgres', breaker, config: { connectionString: database.url } },
    showLedgersById,
  );
  return { pool, call, sql };
}

test('a query that forgot its where sees the ledgers of its request and no others, in every table', async (t) => {
  const { pool, sql } = await start(t);
  const { rows: tables } = await sql.query<{ name: string; walled: boolean }>(walledTables);
  assert.ok(tables.length >= 16, String(tables.length));
  const count = async (db: Pick<Pool, 'query'>, name: string): Promise<number> =>
    Number((await db.query<{ count: string }>(`select count(*) from ${name}`)).rows[0]?.count);
  for (const { name, walled } of tables) {
    assert.ok(walled, `${name} has no wall: see migrations/0013 and 0023`);
    const all = await count(sql, name);
    const own = await withinWall('own', () => count(pool, name));
    const foreign = await withinWall('foreign', () => count(pool, name));
    if (all > 0) assert.ok(own > 0 && foreign > 0, `${name} is seen at all`);
    if (all > 0) assert.ok(own < all && foreign < all, `${name} shows all that there is`);
    assert.ok(own + foreign <= all, name);
    if (name !== 'ledger.ledgers')
      assert.equal(await count(pool, name), 0, `${name} outside of a request`);
    assert.equal(await withinWall('nobody', () => count(pool, name)), 0, name);
  }
  const names = async (ledgers: string) =>
    (
      await withinWall(ledgers, () =>
        pool.query<{ name: string }>('select name from ledger.ledgers order by 1'),
      )
    ).rows.map(({ name }) => name);
  assert.deepEqual(await names('own'), ['own']);
  assert.deepEqual(await names('*'), ['foreign', 'main', 'own']);
});

test('one connection serves requests of two ledgers in turns, and neither sees the other', async (t) => {
  const { pool } = await start(t);
  const see = (ledger: string) =>
    withinWall(ledger, async () => {
      const { rows } = await pool.query<{ name: string; client: number }>(
        `select g.name from ledger.accounts a join ledger.ledgers g on g.id = a.ledger_id`,
      );
      return [...new Set(rows.map(({ name }) => name))];
    });
  const turns = Array.from({ length: 40 }, (_, index) => (index % 3 === 0 ? 'own' : 'foreign'));
  assert.deepEqual(
    await Promise.all(turns.map(see)),
    turns.map((ledger) => [ledger]),
  );
  assert.equal(pool.totalCount, 1);
});

test('what requests are read by can change nothing, and knows no keys', async (t) => {
  const { pool } = await start(t);
  const ask = (text: string) => withinWall('own', () => pool.query(text));
  for (const text of [
    'update ledger.accounts set credit_limit_minor = null',
    'delete from read_models.balances',
    'select * from ledger.api_keys',
    'select * from ledger.audit_log',
    'select * from read_models.dead_letters',
    'select * from ledger.lines_00000',
  ])
    await assert.rejects(ask(text), /permission denied/, text);
});

test('behind the wall a page reads its own rows and not those of the whole ledger', async (t) => {
  const { pool, call } = await start(t);
  const accounts = rowsIn(await call('GET', '/v1/accounts', { headers: { ledger: 'own' } }), 'data');
  const [from, to] = accounts.map(({ id }) => String(id));
  assert.ok(from !== undefined && to !== undefined);
  const transfers = Array.from({ length: 1000 }, (_, index) => ({
    ...(index % 2 === 0 ? { from, to } : { from: to, to: from }),
    amount_minor: 1,
    currency: 'USD',
  }));
  const posted = await call('POST', '/v1/transfers/batch', {
    headers: { ledger: 'own', 'idempotency-key': 'many' },
    body: { mode: 'independent', transfers },
  });
  assert.equal(posted.status, 200, posted.text);
  for (const order of ['asc', 'desc'] as const) {
    const read = await withinWall('own', async () => {
      const db = await pool.connect();
      await showLedgersById(db);
      await db.query('begin');
      const page = await readStatement(db, 'own', from, {
        limit: 5,
        cursor: undefined,
        order,
        now: Date.now(),
      });
      const { rows } = await db.query<{ count: string }>(rowsRead);
      await db.query('commit');
      db.release();
      assert.equal(page.kind === 'found' ? page.value.lines.length : page.refusal.detail, 5);
      return Number(rows[0]?.count);
    });
    assert.ok(read > 0 && read < 100, `${read} rows were read for a page of 5 lines`);
  }
});

test('a rebuild raises the wall again on the tables that it puts in place', async (t) => {
  const { pool, call, sql } = await start(t);
  for (const name of ['balances', 'statements', 'transfers']) {
    const asked = await call('POST', `/v1/admin/projections/${name}/rebuild`, { body: {} });
    const operation = `/v1/admin/operations/${String(asked.json['id'])}`;
    await until(
      async () => (await call('GET', operation)).json['state'] === 'done',
      `${name} is rebuilt`,
    );
  }
  const { rows } = await sql.query<{ name: string; walled: boolean }>(walledTables);
  for (const { name, walled } of rows)
    if (!name.endsWith('_previous')) assert.ok(walled, `${name} has no wall`);
  const seen = await withinWall('own', () => pool.query('select * from read_models.transfers'));
  assert.equal(seen.rowCount, 1);
});
