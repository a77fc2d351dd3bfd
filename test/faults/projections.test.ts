import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Pool } from 'pg';
import { uuidv7 } from 'uuidv7';
import { listDeadLetters, readDeadLetter } from '../../src/dead-letters/dead-letter.ts';
import { discardDeadLetter, redriveDeadLetters } from '../../src/dead-letters/redrive.ts';
import type { LedgerProcess } from '../../src/ledger/ledger.ts';
import { readOperation, requestOperation } from '../../src/projections/operations.ts';
import { projectionNames } from '../../src/projections/projection.ts';
import { redrivesOfProjections } from '../../src/projections/start.ts';
import { openPostgresTransport } from '../../src/relay/transport/postgres.ts';
import type { Delivery, Message, Transport } from '../../src/relay/transport/transport.ts';
import { createDatabase } from '../support/databases.ts';
import { openAccount, startLedger, submit, textOf, transferOf } from '../support/ledger.ts';
import { until } from '../support/product.ts';
import { assertModelsMatch, caughtUp, poolOf, startProjector } from '../support/projections.ts';
import { readLogOf } from '../support/read-log.ts';

async function prepare(t: TestContext) {
  const database = await createDatabase(t);
  const pool = poolOf(t, database, 20);
  const ledger = await startLedger(t, { connectionString: database.url });
  const accounts = await Promise.all(Array.from({ length: 6 }, () => openAccount(ledger)));
  return { database, pool, ledger, accounts };
}

/** Transfers around the circle of accounts; some of them holds that are settled. */
async function move(ledger: LedgerProcess, accounts: readonly string[], count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const from = accounts[index % accounts.length] ?? '';
      const to = accounts[(index + 1) % accounts.length] ?? '';
      return submit(ledger, transferOf(from, to, BigInt(index + 1), { hold: index % 5 === 4 }));
    }),
  );
}

/** The log as a transport that changes deliveries on their way, as a bad network would. */
function distorting(
  pool: Pool,
  distorter: () => (delivery: Delivery) => readonly Delivery[],
): Transport {
  const inner = openPostgresTransport({
    db: pool,
    readLog: readLogOf(pool),
    random: () => 0.01,
    mintId: uuidv7,
  });
  return {
    ...inner,
    subscribe: (options) => {
      const distort = distorter();
      const handle = async (delivery: Delivery) => {
        for (const part of distort(delivery)) await options.handle(part);
      };
      return inner.subscribe({ ...options, handle });
    },
  };
}

test('a projector whose every other commit is cut off counts each event once', async (t) => {
  const { database, pool, ledger, accounts } = await prepare(t);
  const killer = await database.connect();
  let kills = 0;
  const kill = async () => {
    const { rowCount } = await killer.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()
        and datname = current_database() and query like '%read_models.%' and state <> 'idle'
        and application_name <> 'credit-ledger writer' limit 1`,
    );
    kills += rowCount ?? 0;
  };
  await startProjector(t, pool);
  const load = (async () => {
    for (let round = 0; round < 15; round += 1) await move(ledger, accounts, 60);
  })();
  await until(async () => {
    await kill();
    return kills >= 8;
  }, 'eight transactions were cut off');
  await load;
  await caughtUp(pool);
  await assertModelsMatch(pool);
});

test('duplicated, delayed and re-ordered deliveries count once', async (t) => {
  const { pool, ledger, accounts } = await prepare(t);
  const transport = distorting(pool, () => {
    const earlier: Message[] = [];
    return ({ partition, messages, position }) => {
      const repeats = earlier.splice(0, 20);
      earlier.push(...messages.slice(0, 10));
      const middle = messages[Math.floor(messages.length / 2)]?.position ?? position;
      const first = messages.filter((message) => message.position <= middle);
      return [
        { partition, messages: [...repeats, ...first], position: middle },
        { partition, messages: first, position: middle },
        { partition, messages: [...repeats.toReversed(), ...messages], position },
        { partition, messages, position },
      ];
    };
  });
  await startProjector(t, pool, { transport });
  for (let round = 0; round < 10; round += 1) await move(ledger, accounts, 40);
  await caughtUp(pool);
  await assertModelsMatch(pool);
});

/** Ruins the payload of some events on their way. */
function poisoning(pool: Pool, isPoison: (message: Message) => boolean) {
  const dead: string[] = [];
  const spoil = (message: Message): Message =>
    isPoison(message) ? { ...message, payload: Buffer.from([0xff, 0xff, 0xff]) } : message;
  const transport: Transport = {
    ...distorting(pool, () => (delivery) => [{ ...delivery, messages: delivery.messages.map(spoil) }]),
    publishDead: ({ message, consumer }) => {
      dead.push(`${consumer}/${message.position}`);
      return Promise.resolve();
    },
  };
  return { transport, dead };
}

test('a poison event parks what it touches and nothing else, and redriving in order heals it', async (t) => {
  const { pool, ledger, accounts } = await prepare(t);
  const [a = '', b = '', c = '', d = ''] = accounts;
  const transfer = textOf(await submit(ledger, transferOf(a, b, 100n, { hold: true })), 'id');
  const { rows } = await pool.query<{ position: string }>(
    `select position from ledger.events where type = 'TransferHeld'`,
  );
  const poison = Number(rows[0]?.position);
  const { transport, dead } = poisoning(pool, (message) => message.position === poison);
  await submit(ledger, { kind: 'settle_hold', transfer, body: {} });
  const { close } = await startProjector(t, pool, { transport });
  await submit(ledger, transferOf(c, d, 9n));
  await caughtUp(pool);
  // Later deliveries: of the same accounts, which flow, and of the parked transfer.
  await submit(ledger, transferOf(a, b, 1n));
  await submit(ledger, { kind: 'reverse_transfer', transfer, body: {} });
  await caughtUp(pool);
  const letters = await listDeadLetters(pool, { consumer: 'transfer_timeline' }, 100, undefined);
  const summary = letters.map(({ status, type }) => `${status} ${type}`).toReversed();
  assert.deepEqual(summary, [
    'parked TransferHeld',
    'waiting EntryPosted',
    'waiting TransferSettled',
    'waiting TransferReversed',
  ]);
  assert.equal(letters.at(-1)?.attempts, 5);
  assert.ok(dead.includes(`transfer_timeline/${poison}`));
  const flown = await pool.query('select 1 from read_models.statement_lines where account_id = $1', [d]);
  assert.equal(flown.rowCount, 1);
  await close();

  // The bytes are repaired, as a better program would read them.
  await pool.query(
    `update read_models.dead_letters l set payload = e.payload from ledger.events e
      where e.position = l.position and l.position = $1`,
    [poison],
  );
  const redrives = redrivesOfProjections(Date.now);
  const { id = '' } = letters.at(-1) ?? {};
  const outcome = await redriveDeadLetters(pool, redrives, { id }, 'test');
  assert.deepEqual(outcome, { redriven: letters.length, failed: 0, waiting: 0 }, 'what waited follows');
  const others = await redriveDeadLetters(pool, redrives, { key: transfer }, 'test');
  assert.equal(others.failed + others.waiting, 0);
  const redriven = letters.length * projectionNames.length;
  assert.equal(outcome.redriven + others.redriven, redriven);
  assert.deepEqual(await redriveDeadLetters(pool, redrives, { key: transfer }, 'test'), {
    redriven: 0,
    failed: 0,
    waiting: 0,
  });
  await assertModelsMatch(pool);
  const actions = await pool.query<{ count: number }>(
    `select count(*)::int as count from read_models.dead_letter_actions where action = 'redriven'`,
  );
  assert.equal(actions.rows[0]?.count, redriven);
});

test('letters are redriven by their time and error, and given up with a reason', async (t) => {
  const { pool, ledger, accounts } = await prepare(t);
  const [a = '', b = '', c = '', d = ''] = accounts;
  const first = textOf(await submit(ledger, transferOf(a, b, 1n)), 'id');
  const second = textOf(await submit(ledger, transferOf(c, d, 2n, { hold: true })), 'id');
  const { transport } = poisoning(
    pool,
    ({ type }) => type === 'TransferCompleted' || type === 'TransferHeld',
  );
  const { close } = await startProjector(t, pool, { transport });
  await caughtUp(pool);
  await close();
  await pool.query(
    `update read_models.dead_letters l set payload = e.payload from ledger.events e
      where e.position = l.position and l.key = $1`,
    [first],
  );
  const redrives = redrivesOfProjections(Date.now);
  const error = 'UnreadableEvent';
  const none = { redriven: 0, failed: 0, waiting: 0 };
  const hour = 3_600_000;
  const long = await redriveDeadLetters(
    pool,
    redrives,
    { error, failedBefore: Date.now() - hour },
    'test',
  );
  assert.deepEqual(long, none, 'nothing failed so long ago');
  const other = await redriveDeadLetters(pool, redrives, { error: 'TypeError' }, 'test');
  assert.deepEqual(other, none, 'nothing failed so');
  const all = { error, failedAfter: Date.now() - hour, failedBefore: Date.now() + hour };
  const healed = { redriven: projectionNames.length, failed: projectionNames.length, waiting: 0 };
  assert.deepEqual(await redriveDeadLetters(pool, redrives, all, 'test'), healed);

  for (const letter of await listDeadLetters(pool, { key: second, status: 'parked' }, 100, undefined)) {
    const given = { id: letter.id, actor: 'test', reason: 'it never was' };
    assert.deepEqual(await discardDeadLetter(pool, redrives, given), none);
    assert.equal(await discardDeadLetter(pool, redrives, given), undefined, 'it is closed');
    const found = await readDeadLetter(pool, letter.id);
    assert.deepEqual([found?.status, found?.reason], ['discarded', 'it never was']);
  }
  const open = await listDeadLetters(pool, { status: 'parked' }, 100, undefined);
  assert.deepEqual(open, []);
  const { rows } = await pool.query('select transfer_id from read_models.transfers');
  assert.deepEqual(rows, [{ transfer_id: first }], 'what was given up has no effect');
});

test('a projection that can read nothing stops and says so, and has parked little', async (t) => {
  const { pool, ledger, accounts } = await prepare(t);
  const { transport } = poisoning(pool, () => true);
  await move(ledger, accounts, 60);
  await startProjector(t, pool, { transport });
  const state = async () =>
    (
      await pool.query<{ state: string; reason: string }>(
        `select state, reason from read_models.projections where name = 'statements'`,
      )
    ).rows[0];
  await until(async () => (await state())?.state === 'stopped', 'it stops');
  assert.match((await state())?.reason ?? '', /more than 5 % of the last 200 events failed alike/);
  assert.ok((await listDeadLetters(pool, { consumer: 'statements' }, 100, undefined)).length <= 10);
});

test('a rebuild under load that is killed half-way goes on and ends identical', async (t) => {
  const { pool, ledger, accounts } = await prepare(t);
  for (let round = 0; round < 40; round += 1) await move(ledger, accounts, 400);
  const first = await startProjector(t, pool);
  await caughtUp(pool);
  const ids = await Promise.all(
    projectionNames.map(async (projection) => {
      const id = uuidv7();
      const rest = { account: undefined, acceptDifferences: false, from: 0, actor: 'test' };
      await requestOperation(pool, { id, projection, kind: 'rebuild', ...rest });
      return id;
    }),
  );
  const positions = async () =>
    Promise.all(ids.map(async (id) => (await readOperation(pool, id))?.position ?? 0));
  await until(async () => (await positions()).some((position) => position > 0), 'it has begun');
  await first.close();
  const before = await positions();
  const states = await Promise.all(ids.map(async (id) => (await readOperation(pool, id))?.finishedAt));
  assert.ok(
    states.some((finished) => finished === undefined),
    'it was interrupted',
  );
  const load = move(ledger, accounts, 500);
  await startProjector(t, pool);
  await until(
    async () =>
      (await Promise.all(ids.map((id) => readOperation(pool, id)))).every(
        (operation) => operation?.finishedAt !== undefined,
      ),
    'every rebuild ends',
  );
  await load;
  for (const [index, id] of ids.entries()) {
    const operation = await readOperation(pool, id);
    assert.ok(operation !== undefined);
    assert.equal(operation.state, 'done', operation.error ?? '');
    assert.ok(operation.position >= (before[index] ?? 0));
  }
  await caughtUp(pool);
  await assertModelsMatch(pool);
});
