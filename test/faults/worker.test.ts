import { randomUUID } from 'node:crypto';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test, type TestContext } from 'node:test';
import { Pool } from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { migrate } from '../../src/postgres/migrate.ts';
import { readDeadLetter, listDeadLetters } from '../../src/dead-letters/dead-letter.ts';
import { redriveDeadLetters } from '../../src/dead-letters/redrive.ts';
import type { Command, Ledger } from '../../src/ledger/commands.ts';
import { LedgerFault } from '../../src/ledger/fault.ts';
import { forwardCommands, postPlainly } from '../../src/ledger/forwarding.ts';
import type { LedgerProcess } from '../../src/ledger/ledger.ts';
import { openPostgresTransport } from '../../src/relay/transport/postgres.ts';
import { redriveCommands, workerName } from '../../src/worker/dead-command.ts';
import { takeJobs } from '../../src/worker/jobs.ts';
import { readProcessing } from '../../src/worker/read-processing.ts';
import { untraced } from '../../src/runtime/tracing.ts';
import { createWorkerMetrics } from '../../src/worker/worker-metrics.ts';
import { startWorker, type Worker, type WorkerOptions } from '../../src/worker/worker.ts';
import { audit } from '../support/audit.ts';
import { createDatabase, type TestDatabase } from '../support/databases.ts';
import { openAccount, startLedger, submit, textOf } from '../support/ledger.ts';
import { rowsIn } from '../support/http.ts';
import { callsTo, startOn, until } from '../support/product.ts';
import { readLogOf } from '../support/read-log.ts';

interface Bench {
  readonly database: TestDatabase;
  readonly pool: Pool;
  readonly ledger: LedgerProcess;
  readonly from: string;
  readonly to: string;
  readonly work: (ledger: Ledger, options?: Partial<WorkerOptions>) => Promise<Worker>;
  readonly registry: Registry;
}

/** A ledger with two accounts, and workers on it as a test wants them. */
async function furnish(t: TestContext): Promise<Bench> {
  const database = await createDatabase(t);
  const pool = new Pool({ connectionString: database.url, max: 8 });
  pool.on('error', () => {});
  t.after(() => pool.end());
  const client = await pool.connect();
  await migrate(client, 'migrations/read-models', 'read_model_migrations');
  client.release();
  const ledger = await startLedger(t, { connectionString: database.url });
  const [from, to] = [await openAccount(ledger), await openAccount(ledger)];
  const registry = new Registry();
  const metrics = createWorkerMetrics(registry);
  const work: Bench['work'] = async (through, options = {}) => {
    const transport = openPostgresTransport({
      db: pool,
      readLog: readLogOf(pool),
      random: Math.random,
      mintId: randomUUID,
    });
    const worker = await startWorker({
      pool,
      log: pool,
      transport,
      ledger: through,
      attemptsMax: 3,
      backoff: { msMin: 1, msMax: 5 },
      deadlineMs: 500,
      deadLetters: pool,
      metrics,
      logger: pino({ level: 'silent' }),
      now: Date.now,
      monotonic: () => performance.now(),
      random: Math.random,
      ...options,
    });
    const close = async (): Promise<void> => {
      await worker.close();
      await transport.close();
    };
    t.after(close);
    return { close };
  };
  return { database, pool, ledger, from, to, work, registry };
}

function deferredOf(from: string, to: string, amount: bigint): Command {
  const body = { from, to, amount_minor: amount, currency: 'USD' };
  return { kind: 'post_transfer', body, respondAsync: true };
}

async function accept({ ledger, from, to }: Bench, amount = 1n, key?: string): Promise<string> {
  const command = deferredOf(from, to, amount);
  return textOf(await submit(ledger, command, key), 'id');
}

async function statusOf({ pool }: Bench, id: string): Promise<string> {
  const { rows } = await pool.query<{ status: string; code: string | null }>(
    `select status, failure::json ->> 'code' as code from ledger.transfers where id = $1`,
    [id],
  );
  return [rows[0]?.status, rows[0]?.code].filter((part) => part !== null).join(' ');
}

const untilStatus = (bench: Bench, id: string, status: string) =>
  until(async () => (await statusOf(bench, id)) === status, `${id} is ${status}`);

/** A ledger that fails its first calls, and says how often it was asked. */
function failing(ledger: Ledger, error: () => Error, times: number) {
  const asked: string[] = [];
  const through: Ledger = {
    submit: (request) => {
      asked.push(request.command.kind);
      return asked.length > times ? ledger.submit(request) : Promise.reject(error());
    },
  };
  return { through, asked };
}

const unavailable = () => new LedgerFault('ledger_unavailable', 'away');

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  server.close();
  await once(server, 'close');
  return address.port;
}

test('what fails for a while is tried again, and shown on the transfer', async (t) => {
  const bench = await furnish(t);
  const id = await accept(bench);
  const { through, asked } = failing(bench.ledger, unavailable, 2);
  await bench.work(through);
  await untilStatus(bench, id, 'COMPLETED');
  assert.deepEqual(asked, ['run_transfer', 'run_transfer', 'run_transfer']);
  const done = { attempts: 3, last_error: 'ledger_unavailable: away', next_attempt_at: null };
  await until(
    async () => JSON.stringify(await readProcessing(bench.pool, id)) === JSON.stringify(done),
    'the attempts are shown',
  );
  assert.match(await bench.registry.metrics(), /worker_retries_total{code="ledger_unavailable"} 2/);
  assert.deepEqual(await listDeadLetters(bench.pool, {}, 10, undefined), []);
});

test('with the ledger unreachable a transfer waits, and is run when it is back', async (t) => {
  const bench = await furnish(t);
  const id = await accept(bench);
  const nobody = `http://127.0.0.1:${await closedPort()}`;
  const unreachable: Ledger = {
    submit: async (request) => {
      const [result] = await forwardCommands(
        { post: postPlainly, token: 'token', tracing: untraced },
        nobody,
        [request],
        AbortSignal.timeout(1000),
      );
      if (result?.kind !== 'answer') throw new Error('no answer');
      return result.answer;
    },
  };
  const worker = await bench.work(unreachable, {
    attemptsMax: 8,
    backoff: { msMin: 1, msMax: 10_000 },
  });
  await until(async () => ((await readProcessing(bench.pool, id))?.attempts ?? 0) >= 4, 'it was tried');
  const shown = await readProcessing(bench.pool, id);
  assert.match(String(shown?.last_error), /^unreachable: fetch failed: .*ECONNREFUSED/);
  assert.ok(shown?.next_attempt_at !== null, 'the next attempt is told');
  assert.equal(await statusOf(bench, id), 'INITIATED');
  await worker.close();
  await bench.work(bench.ledger);
  await untilStatus(bench, id, 'COMPLETED');
});

test('what could not be run in its attempts is given up, and completes under its id when redriven', async (t) => {
  const bench = await furnish(t);
  const { pool, ledger } = bench;
  const id = await accept(bench, 7n, 'key');
  const { through, asked } = failing(ledger, unavailable, 3);
  await bench.work(through);
  await untilStatus(bench, id, 'FAILED processing_exhausted');
  assert.deepEqual(asked, ['run_transfer', 'run_transfer', 'run_transfer', 'give_up_transfer']);
  await until(async () => (await listDeadLetters(pool, {}, 10, undefined)).length === 1, 'a letter');
  const [letter] = await listDeadLetters(pool, { consumer: workerName, key: id }, 10, undefined);
  assert.ok(letter !== undefined);
  const { kind, type, key, attempts, status, errorClass, message } = letter;
  assert.deepEqual(
    { kind, type, key, attempts, status, errorClass, message },
    {
      kind: 'command',
      type: 'TransferInitiated',
      key: id,
      attempts: 3,
      status: 'parked',
      errorClass: 'ledger_unavailable',
      message: 'ledger_unavailable: away',
    },
  );
  const redrives = new Map([[workerName, redriveCommands(ledger)]]);
  const outcome = await redriveDeadLetters(pool, redrives, { id: letter.id }, 'operator');
  assert.deepEqual(outcome, { redriven: 1, failed: 0, waiting: 0 });
  await untilStatus(bench, id, 'COMPLETED');
  assert.equal((await readDeadLetter(pool, letter.id))?.status, 'redriven');
  const again = await submit(ledger, deferredOf(bench.from, bench.to, 7n), 'key');
  assert.equal(textOf(again, 'status'), 'INITIATED', 'the first 202 stays the replay');
  assert.equal(again.replayed, true);
  const client = await bench.database.connect();
  assert.deepEqual(await audit(client), []);
});

test('the ledger that can not be reached is told of the giving up as soon as it can', async (t) => {
  const bench = await furnish(t);
  const id = await accept(bench);
  const { through } = failing(bench.ledger, unavailable, 9);
  await bench.work(through);
  await untilStatus(bench, id, 'FAILED processing_exhausted');
  await until(
    async () => (await listDeadLetters(bench.pool, {}, 10, undefined)).length === 1,
    'one letter',
  );
  const shown = await readProcessing(bench.pool, id);
  assert.deepEqual(shown, {
    attempts: 3,
    last_error: 'ledger_unavailable: away',
    next_attempt_at: null,
  });
});

test('a run whose answer was lost counts once, and is not given up', async (t) => {
  const bench = await furnish(t);
  const id = await accept(bench, 5n);
  const asked: string[] = [];
  const deaf: Ledger = {
    submit: async (request) => {
      const answer = await bench.ledger.submit(request);
      asked.push(request.command.kind);
      if (asked.length <= 3) throw new LedgerFault('deadline_exceeded', 'no answer in time');
      return answer;
    },
  };
  await bench.work(deaf);
  await until(() => Promise.resolve(asked.includes('give_up_transfer')), 'it was given up on');
  await until(async () => {
    const { rows } = await bench.pool.query(`select from worker.jobs where state = 'done'`);
    return rows.length === 1;
  }, 'it is done all the same');
  assert.equal(await statusOf(bench, id), 'COMPLETED');
  assert.deepEqual(await listDeadLetters(bench.pool, {}, 10, undefined), []);
  const { rows } = await bench.pool.query('select from ledger.entries where transfer_id = $1', [id]);
  assert.equal(rows.length, 1);
});

test('three workers share the jobs, and each is run once', async (t) => {
  const bench = await furnish(t);
  const ids = await Promise.all(Array.from({ length: 300 }, () => accept(bench)));
  const runs = new Map<string, number>();
  const counting: Ledger = {
    submit: (request) => {
      const { command } = request;
      if (command.kind === 'run_transfer')
        runs.set(command.transfer, (runs.get(command.transfer) ?? 0) + 1);
      return bench.ledger.submit(request);
    },
  };
  await Promise.all([bench.work(counting), bench.work(counting), bench.work(counting)]);
  for (const id of ids) await untilStatus(bench, id, 'COMPLETED');
  assert.deepEqual(
    [...runs.values()],
    ids.map(() => 1),
  );
  await until(
    async () => (await bench.pool.query('select from worker.jobs')).rows.length === 0,
    'no job',
  );
});

test('a job that is taken is not given to others until its lease is over', async (t) => {
  const bench = await furnish(t);
  await accept(bench);
  const never: Ledger = { submit: () => Promise.reject(unavailable()) };
  const slow = { attemptsMax: 100, backoff: { msMin: 60_000, msMax: 60_000 }, random: () => 1 };
  const worker = await bench.work(never, slow);
  const jobs = async () =>
    (await bench.pool.query('select from worker.jobs where attempts = 1')).rows.length;
  await until(async () => (await jobs()) === 1, 'the job is made');
  await worker.close();
  await bench.pool.query('update worker.jobs set due_at = clock_timestamp()');
  assert.equal((await takeJobs(bench.pool, 10, 60_000)).length, 1);
  assert.equal((await takeJobs(bench.pool, 10, 60_000)).length, 0);
  await bench.pool.query('update worker.jobs set due_at = clock_timestamp()');
  const [again] = await takeJobs(bench.pool, 10, 60_000);
  assert.equal(again?.attempts, 3, 'each taking is an attempt');
});

test('a worker that died with its jobs is succeeded when their lease is over', async (t) => {
  const bench = await furnish(t);
  const id = await accept(bench);
  await bench.pool.query(
    `insert into worker.jobs (transfer_id, ledger, partition, position, event_id, due_at, attempts)
      select key, 'main', 'log', position, gen_random_uuid(), clock_timestamp() + interval '500 ms', 1
      from ledger.events where type = 'TransferInitiated'`,
  );
  await bench.pool.query('update worker.checkpoints set position = (select position from ledger.head)');
  await bench.work(bench.ledger);
  await untilStatus(bench, id, 'COMPLETED');
});

test('a worker apart gives up through HTTP, and its dead letter is redriven through HTTP', async (t) => {
  const bench = await furnish(t);
  await bench.ledger.stop();
  const token = 'a token that both know';
  const server = await startOn(t, bench.database, {
    ROLE: 'gateway,ledger,projections',
    INTERNAL_TOKEN: token,
  });
  const way = { post: postPlainly, token, tracing: untraced };
  const remote: Ledger = {
    submit: async (request) => {
      const signal = AbortSignal.timeout(5000);
      const [result] = await forwardCommands(way, server.url, [request], signal);
      if (result?.kind !== 'answer') throw result?.fault ?? new Error('no answer');
      return result.answer;
    },
  };
  const { call, get } = callsTo(server);
  const body = { from: bench.from, to: bench.to, amount_minor: 3, currency: 'USD' };
  const headers = { 'idempotency-key': 'k', prefer: 'respond-async' };
  const { json } = await call('POST', '/v1/transfers', { body, headers });
  const path = `/v1/transfers/${String(json['id'])}`;
  await bench.work(failing(remote, unavailable, 3).through);
  const letters = async () => rowsIn(await get('/v1/admin/dead-letters?consumer=worker'), 'data');
  await until(async () => (await letters()).length === 1, 'the letter is listed');
  assert.match((await get(path)).text, /"status":"FAILED".*"code":"processing_exhausted"/);
  const [letter] = await letters();
  const redrive = `/v1/admin/dead-letters/${String(letter?.['id'])}/redrive`;
  assert.equal((await call('POST', redrive)).json['redriven'], 1);
  await until(async () => (await get(path)).json['status'] === 'COMPLETED', 'it is completed');
});

test('killed with kill -9 while jobs run, each transfer still counts once', async (t) => {
  const database = await createDatabase(t);
  const env = { REQUEST_DEADLINE_MS: '500' };
  let server = await startOn(t, database, env);
  const sql = await database.connect();
  const { open } = callsTo(server);
  await open('a');
  await open('b');
  const count = 400;
  const send = async (first: number, last: number): Promise<void> => {
    const { call } = callsTo(server);
    const numbers = Array.from({ length: last - first }, (_, index) => first + index);
    await Promise.all(
      numbers.map(async (number) => {
        const body = { from: 'ext:a', to: 'ext:b', amount_minor: 1, currency: 'USD' };
        const headers = { 'idempotency-key': `k${number}`, prefer: 'respond-async' };
        const answer = await call('POST', '/v1/transfers', { body, headers });
        assert.equal(answer.status, 202, answer.text);
      }),
    );
  };
  for (let round = 0; round < 4; round += 1) {
    await send((count / 4) * round, (count / 4) * (round + 1));
    server.signal('SIGKILL');
    await server.exited;
    server = await startOn(t, database, env);
  }
  await until(async () => {
    const { rows } = await sql.query(`select from ledger.transfers where status = 'COMPLETED'`);
    return rows.length === count;
  }, 'all are completed');
  const { json } = await callsTo(server).get('/v1/accounts/ext:b/balance');
  assert.equal(json['balance_minor'], count);
  assert.deepEqual(await audit(sql), []);
});
