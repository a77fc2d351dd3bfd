import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callsTo, startOn, startProduct, until, type Calls, type Product } from '../support/product.ts';
import { rowsIn, summaryOf, type TestAnswer } from '../support/http.ts';

/** Jobs run only when asked, so that a test knows which run did what. */
const byHand = {
  API_KEY_PEPPER: 'of every server of this test',
  STALE_TRANSFERS_EVERY_MS: '0',
  STALE_TRANSFERS_AFTER_MS: '0',
  OVERDUE_HOLDS_EVERY_MS: '0',
  CLEAN_UP_EVERY_MS: '0',
};

/** Runs a job by hand and waits for its end. */
async function runJob({ call, get }: Calls, name: string): Promise<Record<string, unknown>> {
  const asked = await call('POST', `/v1/admin/jobs/${name}/run`);
  assert.equal(asked.status, 202, asked.text);
  const path = String(asked.headers.get('location'));
  let run: TestAnswer = asked;
  await until(
    async () => (run = await get(path)).json['finished_at'] !== null,
    `the run of ${name} ends`,
  );
  assert.equal(run.json['state'], 'done', run.text);
  return run.json;
}

const jobIn = (answer: TestAnswer, name: string) => {
  const job = rowsIn(answer, 'data').find((row) => row['name'] === name);
  assert.ok(job !== undefined, answer.text);
  return job;
};

test('a job comes round by itself, and shows its last run and its next', async (t) => {
  const product = await startProduct(t, { ...byHand, CLEAN_UP_EVERY_MS: '50' });
  const { get } = product;
  const twice = async () => rowsIn(await get('/v1/admin/job-runs?job=clean_up'), 'data').length > 1;
  await until(twice, 'clean_up has run twice');
  const jobs = await get('/v1/admin/jobs');
  const cleanUp = jobIn(jobs, 'clean_up');
  assert.equal(cleanUp['every_ms'], 50);
  assert.match(String(cleanUp['next_run_at']), /^\d{4}-/);
  const byItself = rowsIn(await get('/v1/admin/job-runs?job=clean_up'), 'data').at(-1);
  assert.deepEqual(
    [byItself?.['requested_by'], byItself?.['state'], byItself?.['progress']],
    [null, 'done', 1],
  );
  assert.deepEqual(byItself?.['result'], {
    operations: 0,
    job_runs: 0,
    worker_jobs: 0,
    sql_commands: 0,
    webhook_deliveries: 0,
  });
  const idle = jobIn(jobs, 'overdue_holds');
  assert.deepEqual([idle['every_ms'], idle['next_run_at'], idle['last_run']], [null, null, null]);
  const metrics = await fetch(`${product.server.url}/metrics`);
  assert.match(await metrics.text(), /scheduler_job_runs_total\{job="clean_up",outcome="done"\} [1-9]/);
});

test('a transfer whose job is lost is given back to the worker', async (t) => {
  const product = await startProduct(t, byHand);
  const { sql } = product;
  await product.open('a', { opening_balance_minor: 100, credit_limit_minor: 0 });
  await product.open('b', { credit_limit_minor: 0 });
  const executeAt = new Date(Date.now() + 3_600_000).toISOString();
  const accepted = await product.move('later', 'a', 'b', 60, { execute_at: executeAt });
  assert.equal(accepted.status, 202, accepted.text);
  const id = String(accepted.json['id']);
  const isTaken = async () => (await sql.query('select from worker.jobs')).rowCount === 1;
  await until(isTaken, 'the worker has its job');
  assert.deepEqual((await runJob(product, 'stale_transfers'))['result'], { given_back: 0 });
  await sql.query('delete from worker.jobs');
  await sql.query(`update ledger.transfers set execute_at = now() where id = $1`, [id]);
  const { requested_by: actor, result } = await runJob(product, 'stale_transfers');
  assert.deepEqual(result, { given_back: 1 });
  assert.ok(typeof actor === 'string', 'who asked for it is shown');
  await until(isTaken, 'the worker has a job again');
  await sql.query(`update worker.jobs set due_at = now()`);
  await restartUntilCompleted(t, product, id);
});

/** A ledger that begins anew knows the transfer as the database has it. */
async function restartUntilCompleted(
  t: Parameters<typeof startProduct>[0],
  { server, database }: Product,
  id: string,
): Promise<void> {
  await server.stop();
  const { get, amounts } = callsTo(
    await startOn(t, database, { ...byHand, ADMIN_API_KEY: server.adminKey }),
  );
  const isDone = async () => (await get(`/v1/transfers/${id}`)).json['status'] === 'COMPLETED';
  await until(isDone, 'the transfer is run');
  assert.deepEqual(await amounts('b'), [60, 0, 0, 60]);
}

test('a hold past its time that the writer missed is expired', async (t) => {
  const product = await startProduct(t, byHand);
  await product.open('a', { opening_balance_minor: 100, credit_limit_minor: 0 });
  await product.open('b', { credit_limit_minor: 0 });
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const held = await product.move('hold', 'a', 'b', 60, { hold: { expires_at: expires } });
  const id = String(held.json['id']);
  assert.equal(held.json['status'], 'HELD', held.text);
  await product.server.stop();
  await product.sql.query('update ledger.transfers set expires_at = null where id = $1', [id]);
  const again = await startOn(t, product.database, {
    ...byHand,
    ADMIN_API_KEY: product.server.adminKey,
  });
  const calls = callsTo(again);
  await product.sql.query(
    `update ledger.transfers set expires_at = now() - interval '1 hour' where id = $1`,
    [id],
  );
  assert.deepEqual((await runJob(calls, 'overdue_holds'))['result'], { expired: 1 });
  assert.equal((await calls.get(`/v1/transfers/${id}`)).json['status'], 'EXPIRED');
  assert.deepEqual(await calls.amounts('a'), [100, 0, 0, 100]);
  assert.deepEqual((await runJob(calls, 'overdue_holds'))['result'], { expired: 0 });
});

test('clean-up forgets what ended long ago, and nothing that a replay needs', async (t) => {
  const product = await startProduct(t, byHand);
  const { sql, get, call } = product;
  await product.open('a', { opening_balance_minor: 100, credit_limit_minor: 0 });
  const rebuilt = await call('POST', '/v1/admin/projections/balances/rebuild');
  const path = String(rebuilt.headers.get('location'));
  await until(async () => (await get(path)).json['state'] === 'done', 'the rebuild is done');
  await runJob(product, 'overdue_holds');
  await runJob(product, 'overdue_holds');
  assert.deepEqual((await runJob(product, 'clean_up'))['result'], {
    operations: 0,
    job_runs: 0,
    worker_jobs: 0,
    sql_commands: 0,
    webhook_deliveries: 0,
  });
  const kept = `select (select count(*) from ledger.keys) + (select count(*) from ledger.events) as n`;
  const before = (await sql.query(kept)).rows;
  await sql.query(`update read_models.operations set finished_at = now() - interval '91 days'`);
  await sql.query(`update scheduler.runs set finished_at = now() - interval '91 days'`);
  const { result } = await runJob(product, 'clean_up');
  assert.deepEqual(result, {
    operations: 1,
    job_runs: 2,
    worker_jobs: 0,
    sql_commands: 0,
    webhook_deliveries: 0,
  });
  assert.equal((await get(path, 404)).json['code'], 'not_found');
  assert.deepEqual((await sql.query(kept)).rows, before);
});

test('one run of a job at a time; a run whose process is gone is shown as failed', async (t) => {
  const product = await startProduct(t, byHand);
  const { sql, call, get } = product;
  await sql.query(
    `insert into relay.leases values ('job:clean_up', gen_random_uuid(), now() + interval '1 hour')`,
  );
  await sql.query(
    `insert into scheduler.runs (id, job, state) values (gen_random_uuid(), 'clean_up', 'running')`,
  );
  const refused = await call('POST', '/v1/admin/jobs/clean_up/run');
  assert.equal(summaryOf(refused), '409 operation_running');
  const runs = rowsIn(await get('/v1/admin/job-runs?job=clean_up'), 'data');
  assert.deepEqual(
    runs.map((run) => run['state']),
    ['running'],
    'its lease is another one',
  );
  await sql.query(`delete from relay.leases where name = 'job:clean_up'`);
  const first = async () => rowsIn(await get('/v1/admin/job-runs?job=clean_up'), 'data').at(-1);
  await until(async () => (await first())?.['state'] === 'failed', 'the lost run is ended');
  assert.match(String((await first())?.['error']), /the process that ran it is gone/);
  assert.equal((await runJob(product, 'clean_up'))['state'], 'done');
});

test('a job that is not there, and a caller who may not, are refused', async (t) => {
  const product = await startProduct(t, byHand);
  const { call } = product;
  assert.equal(summaryOf(await call('POST', '/v1/admin/jobs/nothing/run')), '404 not_found');
  assert.equal(
    summaryOf(await call('POST', '/v1/admin/jobs/Not%20a%20name/run')),
    '400 invalid_request {name}',
  );
  const path = '/v1/admin/job-runs/019aaaaa-0000-7000-8000-000000000000';
  assert.equal(summaryOf(await call('GET', path)), '404 not_found');
  const key = await product.post(
    '/v1/api-keys',
    { name: 'reader', scopes: ['read'], ledgers: ['main'] },
    'k',
  );
  const headers = { authorization: `Bearer ${String(key.json['key'])}` };
  for (const [method, where] of [
    ['GET', '/v1/admin/jobs'],
    ['POST', '/v1/admin/jobs/clean_up/run'],
  ] as const)
    assert.equal(summaryOf(await call(method, where, { headers })), '403 forbidden');
});
