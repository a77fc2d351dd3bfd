import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { rowsIn } from '../support/http.ts';
import { callsTo, type Calls } from '../support/product.ts';
import { assertReconciled, caughtUp } from '../support/reconciled.ts';
import { connectTo, startServer, type ServerProcess } from '../support/server-process.ts';

const root = join(import.meta.dirname, '..', '..');

interface Places {
  readonly data: string;
  readonly wal: string;
  readonly backup: string;
  readonly restored: string;
}

function makePlaces(t: TestContext): Places {
  const home = mkdtempSync(join(tmpdir(), 'backup-'));
  // PostgreSQL's own user has to get to its files.
  chmodSync(home, 0o711);
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const place = (name: string) => join(home, name);
  const [data, wal, backup, restored] = ['data', 'wal', 'backup', 'restored'].map(place);
  return { data: data ?? '', wal: wal ?? '', backup: backup ?? '', restored: restored ?? '' };
}

function run(tool: 'backup' | 'restore', args: readonly string[]): { status: number; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/cli.ts', tool, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status: status ?? -1, output: stdout + stderr };
}

function succeed(tool: 'backup' | 'restore', args: readonly string[]): string {
  const { status, output } = run(tool, args);
  assert.equal(status, 0, output);
  return output;
}

async function start(
  t: TestContext,
  data: string,
  env: Record<string, string> = {},
): Promise<ServerProcess> {
  const server = await startServer(data, { RECONCILE_EVERY_MS: '0', ...env });
  t.after(() => server.stop());
  return server;
}

/** Every hash of the journal by the independent program, and every read model by a whole reconciliation. */
async function assertProved(calls: Calls, entries: number): Promise<void> {
  const data = rowsIn(await calls.get('/v1/entries?limit=1000'), 'data');
  const input = data.map((row) => JSON.stringify(row)).join('\n');
  const program = join(root, 'test/support/verify-chain.py');
  const { stdout, status } = spawnSync('python3', [program], { input, encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  assert.equal(stdout.split(' ')[0], String(entries));
  await caughtUp(calls);
  await assertReconciled(calls);
}

test('a backup under load and its WAL give the book back as it was at any moment, proved', async (t) => {
  const places = makePlaces(t);
  const server = await start(t, places.data, { WAL_ARCHIVE_DIR: places.wal });
  const book = callsTo(server);
  await book.open('a', { opening_balance_minor: 1000, credit_limit_minor: 0 });
  await book.open('b', { credit_limit_minor: 0 });
  await book.move('before', 'a', 'b', 1);
  const over = new AbortController();
  const load = (async () => {
    for (let n = 0; !over.signal.aborted; n += 1)
      await book.move(`load-${n}`, 'b', 'a', 1).catch(() => undefined);
  })();
  const taken = succeed('backup', ['--data-dir', places.data, '--to', places.backup]);
  assert.match(taken, /at least position [1-9]\d*, epoch 1; \d+ files/);
  over.abort();
  await load;
  await book.move('between', 'a', 'b', 10);
  const sql = await connectTo(places.data);
  const { rows } = await sql.query<{ now: Date; entries: number }>(
    'select clock_timestamp() as now, entry_count::int as entries from ledger.ledgers',
  );
  const [moment] = rows;
  assert.ok(moment !== undefined);
  await book.move('after', 'a', 'b', 100);
  await sql.end();
  const amounts = await book.amounts('b');
  await server.stop();

  const until = moment.now.toISOString();
  const more = ['--from', places.backup, '--wal', places.wal];
  const point = succeed('restore', [...more, '--data-dir', places.restored, '--until', until]);
  assert.match(point, new RegExp(`position \\d+, ${moment.entries} entries, epoch 10\\d\\d`));
  const back = await start(t, places.restored);
  await assertProved(callsTo(back), moment.entries);
  assert.equal((await callsTo(back).get('/v1/transfers?limit=1')).text.includes('"after"'), false);
  assert.equal((await callsTo(back).amounts('b'))[0], Number(amounts[0]) - 100);
  assert.equal((await callsTo(back).move('after', 'a', 'b', 100)).status, 201, 'it goes on');
  await back.stop();

  const whole = join(places.restored, '..', 'whole');
  assert.match(
    succeed('restore', [...more, '--data-dir', whole]),
    new RegExp(`${moment.entries + 1} entries`),
  );
  const all = await start(t, whole);
  await assertProved(callsTo(all), moment.entries + 1);
  assert.deepEqual(await callsTo(all).amounts('b'), amounts);
  await all.stop();
});

test('a damaged backup is refused, and nothing is restored over a book', async (t) => {
  const places = makePlaces(t);
  const server = await start(t, places.data);
  await callsTo(server).open('a', { opening_balance_minor: 5, credit_limit_minor: 0 });
  succeed('backup', ['--data-dir', places.data, '--to', places.backup]);
  await server.stop();
  const again = run('backup', ['--data-dir', places.data, '--to', places.backup]);
  assert.match(again.output, /is not empty/);
  const over = run('restore', ['--from', places.backup, '--data-dir', places.data]);
  assert.equal(over.status, 1);
  assert.match(over.output, /nothing is restored over a book/);
  succeed('restore', ['--from', places.backup, '--data-dir', places.restored]);
  const back = await start(t, places.restored);
  await assertProved(callsTo(back), 1);
  await back.stop();
  appendFileSync(join(places.backup, 'data', 'PG_VERSION'), ' ');
  const other = join(places.restored, '..', 'other');
  const damaged = run('restore', ['--from', places.backup, '--data-dir', other]);
  assert.equal(damaged.status, 1);
  assert.match(damaged.output, /data\/PG_VERSION is not what was backed up/);
  assert.equal(existsSync(join(other, 'postgres')), false);
});
