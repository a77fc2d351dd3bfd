import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Client } from 'pg';
import { z } from 'zod';
import { createDatabase, type TestDatabase } from '../support/databases.ts';
import { rowsIn, summaryOf, type TestAnswer } from '../support/http.ts';
import { callsTo, startOn, until, type Calls } from '../support/product.ts';
import { verifyBook } from '../support/verify-book.ts';

/** Where the log of these tests begins: so near the end of its first partition that few events fill it. */
const begin = 19_999_990;
const partitionEnd = 19_999_999;

const byHand = {
  API_KEY_PEPPER: 'of every server of this test',
  ARCHIVE_EVERY_MS: '0',
  RECONCILE_EVERY_MS: '0',
  EVENT_RETENTION_DAYS: '1',
};

interface Book extends Calls {
  readonly sql: Client;
  readonly archiveDir: string;
  readonly database: TestDatabase;
}

/** A book whose events fill the first partition and go on in the second. */
async function openBook(t: TestContext, env: Record<string, string> = {}): Promise<Book> {
  const database = await createDatabase(t);
  const sql = await database.connect();
  const archiveDir = await mkdtemp(join(tmpdir(), 'archive-'));
  t.after(() => rm(archiveDir, { recursive: true, force: true }));
  await sql.query(`update ledger.head set position = ${begin}`);
  await sql.query(`update worker.checkpoints set position = ${begin}`);
  const names = `unnest(array['balances', 'statements', 'daily_balances', 'transfer_timeline', 'transfers'])`;
  await sql.query(
    `insert into read_models.projections (name, base_position) select n, ${begin} from ${names} n`,
  );
  await sql.query(`insert into read_models.checkpoints
    select n, 'log', ${begin}, now() from ${names} n`);
  const settings = { ...byHand, ARCHIVE_DIR: archiveDir, ...env };
  const calls = callsTo(await startOn(t, database, settings));
  await calls.open('a', { opening_balance_minor: 1000, credit_limit_minor: 0 });
  await calls.open('b', { credit_limit_minor: 0 });
  for (let n = 0; n < 6; n += 1) await calls.move(`move-${n}`, 'a', 'b', 1);
  // The worker saves its place with events only, and not with each.
  let nudges = 0;
  const isPast = async () => {
    await calls.open(`nudge-${(nudges += 1)}`);
    const text = `select from worker.checkpoints where position > ${partitionEnd}`;
    return (await sql.query(text)).rowCount === 1;
  };
  await until(isPast, 'the worker is past the partition');
  const isLevel = async () =>
    rowsIn(await calls.get('/v1/admin/projections'), 'data').every((row) => row['lag_positions'] === 0);
  await until(isLevel, 'every projection has caught up');
  return { ...calls, sql, archiveDir, database };
}

/** Events of the partition become older than is kept; the trigger that forbids it stands aside for that. */
async function age({ sql }: Book): Promise<void> {
  await sql.query(`set session_replication_role = replica`);
  await sql.query(`update ledger.events set recorded_at = recorded_at - interval '2 days'
    where position <= ${partitionEnd}`);
  await sql.query(`set session_replication_role = origin`);
}

async function archive({ call, get }: Calls): Promise<Record<string, unknown>> {
  const asked = await call('POST', '/v1/admin/jobs/archive/run');
  let run: TestAnswer = asked;
  await until(async () => {
    run = await get(String(asked.headers.get('location')));
    return run.json['finished_at'] !== null;
  }, 'the archiving ends');
  assert.equal(run.json['state'], 'done', run.text);
  return resultShape.parse(JSON.parse(run.text)).result;
}

const partitions = async (sql: Client) =>
  (await sql.query<{ name: string }>('select name from ledger.event_partitions')).rows.map(
    ({ name }) => name,
  );

const resultShape = z.object({ result: z.record(z.string(), z.unknown()) });

const feed = (after: number) => `/v1/events?after_position=${after}&limit=1000`;

test('an old partition that is archived is dropped, and feed and rebuild go on as before', async (t) => {
  const book = await openBook(t);
  const { get, call, sql, archiveDir } = book;
  const before = await get(feed(begin));
  assert.ok(rowsIn(before, 'data').length > 10, before.text);
  const young = await archive(book);
  assert.deepEqual(young, { archived_files: 1, dropped_partitions: [], kept_partitions: [] });
  const files = (await readdir(archiveDir)).toSorted();
  assert.deepEqual(files, [
    'events-000000019999991-000000019999999.ndjson.gz',
    'events-000000019999991-000000019999999.ndjson.gz.sha256',
  ]);
  await age(book);
  assert.deepEqual(await archive(book), {
    archived_files: 0,
    dropped_partitions: ['events_00000'],
    kept_partitions: [],
  });
  assert.deepEqual(await partitions(sql), ['events_00001']);
  const after = await get(feed(begin));
  const withoutTime = (text: string) => text.replaceAll(/"recorded_at":"[^"]*"/g, '');
  assert.equal(withoutTime(after.text), withoutTime(before.text), 'archive and log read as one');
  const balances = await get('/v1/accounts/ext:b/balance');
  const rebuilt = await call('POST', '/v1/admin/projections/statements/replay', {
    body: { from_position: begin },
  });
  assert.equal(rebuilt.status, 202, rebuilt.text);
  const path = String(rebuilt.headers.get('location'));
  await until(async () => (await get(path)).json['finished_at'] !== null, 'the replay ends');
  assert.equal((await get(path)).json['state'], 'done');
  assert.equal((await get('/v1/accounts/ext:b/balance')).json['balance_minor'], 6);
  assert.equal(balances.json['balance_minor'], 6);
  const places = { sealDir: join(archiveDir, 'none'), archiveDir, begin };
  assert.deepEqual(await verifyBook(sql, places), [], 'archive and log are verified as one');
  const [file = ''] = files;
  await writeFile(join(archiveDir, file), 'something else');
  assert.match(JSON.stringify(await verifyBook(sql, places)), /the archive can not be read/);
});

test('a partition stays while a consumer, a reader of its archive or its age forbid to drop it', async (t) => {
  const book = await openBook(t);
  const { sql, call, archiveDir } = book;
  await archive(book);
  await age(book);
  await call('POST', '/v1/admin/projections/statements/stop');
  const checkpoint = `update read_models.checkpoints set position = $1 where projection = 'statements'`;
  await sql.query(`update read_models.projections set base_position = 5 where name = 'statements'`);
  await sql.query(checkpoint, [partitionEnd - 1]);
  const kept = async () => (await archive(book))['kept_partitions'];
  assert.deepEqual(await kept(), [
    { partition: 'events_00000', reason: `statements is at ${partitionEnd - 1}` },
  ]);
  await sql.query(checkpoint, [partitionEnd]);
  const [name = ''] = (await readdir(archiveDir)).toSorted();
  const file = join(archiveDir, name);
  const bytes = await readFile(file);
  await writeFile(file, Buffer.concat([bytes, Buffer.from('x')]));
  assert.match(JSON.stringify(await kept()), /does not have the checksum/);
  await rename(file, `${file}.away`);
  assert.match(JSON.stringify(await kept()), /no such file/);
  await rename(`${file}.away`, file);
  await writeFile(file, bytes);
  await sql.query(`set session_replication_role = replica`);
  const { rows } = await sql.query('delete from ledger.event_archives returning *');
  await sql.query(`set session_replication_role = origin`);
  await assert.rejects(
    sql.query(`select ledger.drop_event_partition('events_00000')`),
    /are not archived/,
    'PostgreSQL itself looks too',
  );
  assert.equal(rows.length, 1);
  assert.ok((await partitions(sql)).includes('events_00000'));
  assert.deepEqual((await archive(book))['dropped_partitions'], ['events_00000'], 'archived again');
});

test('a position older than log and archive answers 410, and an archive that is damaged is not served', async (t) => {
  const book = await openBook(t);
  const { archiveDir, call } = book;
  await archive(book);
  await age(book);
  await archive(book);
  assert.equal(summaryOf(await call('GET', feed(begin - 1))), '410 position_expired');
  assert.equal(summaryOf(await call('GET', feed(5))), '410 position_expired');
  assert.equal((await call('GET', feed(begin))).status, 200);
  const [name = ''] = (await readdir(archiveDir)).toSorted();
  await rm(join(archiveDir, name));
  const other = callsTo(await startOn(t, book.database, { ...byHand, ARCHIVE_DIR: archiveDir }));
  assert.equal(summaryOf(await other.call('GET', feed(begin))), '503 ledger_unavailable');
  assert.deepEqual(await partitions(book.sql), ['events_00001'], 'a start does not make it anew');
});
