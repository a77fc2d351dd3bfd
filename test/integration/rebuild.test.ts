import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { uuidv7 } from 'uuidv7';
import { readOperation, requestOperation, type Operation } from '../../src/projections/operations.ts';
import { projectionNames, type ProjectionName } from '../../src/projections/projection.ts';
import { openPostgresTransport } from '../../src/relay/transport/postgres.ts';
import { createDatabase } from '../support/databases.ts';
import { openAccount, startLedger, submit, transferOf } from '../support/ledger.ts';
import { until } from '../support/product.ts';
import { assertModelsMatch, caughtUp, poolOf, startProjector } from '../support/projections.ts';
import { readLogOf } from '../support/read-log.ts';

async function prepare(t: TestContext) {
  const database = await createDatabase(t);
  const pool = poolOf(t, database, 20);
  const ledger = await startLedger(t, { connectionString: database.url });
  const a = await openAccount(ledger, { external_id: 'a' });
  const b = await openAccount(ledger, { external_id: 'b' });
  await Promise.all(Array.from({ length: 50 }, () => submit(ledger, transferOf(a, b, 7n))));
  await startProjector(t, pool);
  await caughtUp(pool);
  const request = async (projection: ProjectionName, more: object = {}): Promise<string> => {
    const id = uuidv7();
    const kind = 'rebuild';
    const rest = { account: undefined, acceptDifferences: false, from: 0, actor: 'test' };
    assert.ok(await requestOperation(pool, { id, projection, kind, ...rest, ...more }));
    return id;
  };
  const ended = async (id: string): Promise<Operation> => {
    let found: Operation | undefined;
    await until(async () => {
      found = await readOperation(pool, id);
      return found?.finishedAt !== undefined;
    }, 'the operation ends');
    assert.ok(found !== undefined);
    return found;
  };
  return { pool, ledger, a, b, request, ended };
}

test('every projection is rebuilt beside the one in use, found the same and switched to', async (t) => {
  const { pool, ledger, a, b, request, ended } = await prepare(t);
  for (const name of projectionNames) {
    const operation = await ended(await request(name));
    assert.equal(operation.state, 'done', String(operation.error));
    for (const table of operation.comparison ?? []) {
      assert.equal(table.differences, 0);
      assert.equal(table.rows, table.rows_next);
      assert.equal(table.checksum, table.checksum_next);
    }
  }
  await submit(ledger, transferOf(b, a, 1n));
  await caughtUp(pool);
  await assertModelsMatch(pool);
  const { rows } = await pool.query('select distinct generation from read_models.projections');
  assert.deepEqual(rows, [{ generation: 2 }]);
});

test('a rebuild finds a row changed by hand, names it, and switches where that is accepted', async (t) => {
  const { pool, a, request, ended } = await prepare(t);
  await pool.query('update read_models.balances set balance_minor = 5 where account_id = $1', [a]);
  const found = await ended(await request('balances'));
  assert.equal(found.state, 'differs');
  const [, table] = found.comparison ?? [];
  assert.ok(table !== undefined);
  assert.equal(table.differences, 1);
  assert.match(JSON.stringify(table.examples), new RegExp(`"key":\\{"account_id":"${a}"\\}`));
  const healed = await ended(await request('balances', { acceptDifferences: true }));
  assert.equal(healed.state, 'done', String(healed.error));
  await assertModelsMatch(pool);
  const balance = await pool.query(
    'select balance_minor from read_models.balances where account_id = $1',
    [a],
  );
  assert.deepEqual(balance.rows, [{ balance_minor: '-350' }]);
});

test('one account is rebuilt by itself', async (t) => {
  const { pool, a, request, ended } = await prepare(t);
  await pool.query('delete from read_models.statement_lines where account_id = $1 and line_number = 1', [
    a,
  ]);
  await pool.query('update read_models.balances set version = 1 where account_id = $1', [a]);
  await pool.query(
    'update read_models.daily_balances set recorded_debit_count = 7 where account_id = $1',
    [a],
  );
  await pool.query('delete from read_models.transfer_timeline where position % 3 = 0');
  await pool.query(`update read_models.transfers set amount_minor = 8, from_id = to_id`);
  for (const name of projectionNames) {
    const operation = await ended(await request(name, { account: a }));
    assert.equal(operation.state, 'done', String(operation.error));
  }
  await assertModelsMatch(pool);
});

test('a replay applies the log again and changes nothing', async (t) => {
  const { pool, request, ended } = await prepare(t);
  await pool.query('delete from read_models.statement_lines where position > 20');
  const operation = await ended(await request('statements', { kind: 'replay', from: 20 }));
  assert.equal(operation.state, 'done', String(operation.error));
  await assertModelsMatch(pool);
});

test('a projection that lost its place is made again from the log, and goes on', async (t) => {
  const { pool, ledger, a, b } = await prepare(t);
  const lost = Object.assign(new Error('the topic begins later'), { name: 'PositionLost' });
  const inner = openPostgresTransport({
    db: pool,
    readLog: readLogOf(pool),
    random: () => 0.01,
    mintId: uuidv7,
  });
  let losses = 1;
  const second = await startProjector(t, pool, {
    transport: {
      ...inner,
      subscribe: (options) => {
        if (options.group === 'projections.statements' && losses-- > 0)
          queueMicrotask(() => options.onFault(lost));
        return inner.subscribe(options);
      },
    },
  });
  const generation = async (): Promise<unknown> => {
    const { rows } = await pool.query(
      `select generation, state from read_models.projections where name = 'statements'`,
    );
    return rows[0];
  };
  await until(
    async () => JSON.stringify(await generation()) === '{"generation":2,"state":"running"}',
    'it is made again and runs',
  );
  await submit(ledger, transferOf(a, b, 3n));
  await caughtUp(pool);
  await assertModelsMatch(pool);
  await second.close();
});
