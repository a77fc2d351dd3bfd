import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Client } from 'pg';
import { pino } from 'pino';
import { z } from 'zod';
import { startEmbedded } from '../../src/postgres/embedded.ts';
import { isAlive } from '../../src/postgres/os-processes.ts';
import { canEnter } from '../../src/postgres/run-as.ts';

const log = pino({ level: 'silent' });
const program = join(import.meta.dirname, '..', 'support', 'embedded-program.ts');

function makeDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'embedded-'));
  t.after(() => {
    killPostmaster(directory);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

function readPostmasterPid(dataDir: string): number | undefined {
  const file = join(dataDir, 'postgres', 'postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : undefined;
}

/** Whatever a failed test has left running. */
function killPostmaster(dataDir: string): void {
  const pid = readPostmasterPid(dataDir);
  if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGKILL');
}

const announcement = z.object({
  adopted: z.boolean(),
  host: z.string(),
  user: z.string(),
  database: z.string(),
});

interface Program {
  child: ChildProcess;
  adopted: boolean;
  host: string;
  leave: () => Promise<unknown>;
  kill: () => Promise<unknown>;
}

async function startProgram(t: TestContext, dataDir: string, uid?: number): Promise<Program> {
  const child = spawn(process.execPath, [program, dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  t.after(() => child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const line = await Promise.race([once(createInterface(child.stdout), 'line'), exited]);
  const { adopted, host } = announcement.parse(JSON.parse(String(line[0])));
  const leave = () => {
    child.stdin.write('leave\n');
    return exited;
  };
  const kill = () => {
    child.kill('SIGKILL');
    return exited;
  };
  return { child, adopted, host, leave, kill };
}

async function query(host: string, text: string): Promise<unknown[]> {
  const client = new Client({ host, user: 'credit_ledger', database: 'credit_ledger' });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

test('a fresh directory gets a durable PostgreSQL 18 on a socket only, which stops when left', async (t) => {
  const dataDir = makeDirectory(t);
  const server = await startEmbedded({ dataDir, log });
  const host = String(server.clientConfig.host);
  const names = [
    'server_version_num',
    'fsync',
    'full_page_writes',
    'synchronous_commit',
    'listen_addresses',
  ];
  const facts = names.map((name) => `current_setting('${name}')`);
  const [version, ...settings] = await query(host, `select ${facts.join(', ')}`);
  assert.match(String(version), /^18/);
  assert.deepEqual(settings, ['on', 'on', 'on', '']);
  assert.equal(server.adopted, false);
  const pid = readPostmasterPid(dataDir) ?? 0;
  await server.stop();
  assert.equal(isAlive(pid), false);
});

test('after a kill -9 of the program the next one adopts the server with its data', async (t) => {
  const dataDir = makeDirectory(t);
  const first = await startProgram(t, dataDir);
  await query(first.host, 'create table kept (id int)');
  const pid = readPostmasterPid(dataDir);
  await first.kill();
  const second = await startProgram(t, dataDir);
  assert.equal(second.adopted, true);
  assert.equal(readPostmasterPid(dataDir), pid);
  assert.deepEqual(await query(second.host, 'select count(*)::int from kept'), [0]);
  await second.leave();
  assert.equal(isAlive(pid ?? 0), false);
});

test('after a kill -9 of the server the next start replaces the stale lock file', async (t) => {
  const dataDir = makeDirectory(t);
  const first = await startProgram(t, dataDir);
  await query(first.host, 'create table kept (id int)');
  await first.kill();
  killPostmaster(dataDir);
  const server = await startEmbedded({ dataDir, log });
  assert.equal(server.adopted, false);
  assert.deepEqual(await query(first.host, 'select count(*)::int from kept'), [0]);
  await server.stop();
});

test('of several programs the first starts the server and the last one out stops it', async (t) => {
  const dataDir = makeDirectory(t);
  const programs = await Promise.all([1, 2, 3].map(() => startProgram(t, dataDir)));
  assert.equal(programs.filter((one) => !one.adopted).length, 1);
  const pid = readPostmasterPid(dataDir) ?? 0;
  const [first, second, third] = programs;
  await first?.leave();
  assert.equal(isAlive(pid), true);
  await second?.kill();
  assert.equal(isAlive(pid), true);
  await third?.leave();
  assert.equal(isAlive(pid), false);
});

test('two data directories have two servers side by side', async (t) => {
  const [one, two] = await Promise.all(
    [makeDirectory(t), makeDirectory(t)].map((dataDir) => startEmbedded({ dataDir, log })),
  );
  await query(String(one?.clientConfig.host), 'create table only_here (id int)');
  const elsewhere = await query(String(two?.clientConfig.host), "select to_regclass('only_here')");
  assert.deepEqual(elsewhere, [null]);
  await Promise.all([one?.stop(), two?.stop()]);
});

test('a data directory with a long path gets a short socket path', async (t) => {
  const dataDir = join(makeDirectory(t), 'a'.repeat(60), 'b'.repeat(60));
  t.after(() => killPostmaster(dataDir));
  mkdirSync(join(dataDir, '..'), { mode: 0o711 });
  chmodSync(join(dataDir, '..', '..'), 0o711);
  const server = await startEmbedded({ dataDir, log });
  const host = String(server.clientConfig.host);
  t.after(() => rmSync(host, { recursive: true, force: true }));
  assert.ok(Buffer.byteLength(`${dataDir}/postgres/.s.PGSQL.5432`) > 108);
  assert.ok(Buffer.byteLength(`${host}/.s.PGSQL.5432`) < 108);
  assert.equal(statSync(host).mode & 0o777, 0o700);
  assert.deepEqual(await query(host, 'select 1'), [1]);
  await server.stop();
});

test('a socket directory that someone else prepared as a link is refused and left alone', async (t) => {
  const dataDir = join(makeDirectory(t), 'a'.repeat(60), 'b'.repeat(60));
  mkdirSync(join(dataDir, '..'), { mode: 0o711 });
  chmodSync(join(dataDir, '..', '..'), 0o711);
  const victim = makeDirectory(t);
  const digest = createHash('sha256').update(join(dataDir, 'postgres')).digest('hex').slice(0, 16);
  const link = `/tmp/credit-ledger-${digest}`;
  symlinkSync(victim, link);
  t.after(() => rmSync(link));
  await assert.rejects(startEmbedded({ dataDir, log }), /belongs to someone else/);
  assert.equal(statSync(victim).uid, process.getuid?.());
});

test('a cluster half made by a killed program is made anew', async (t) => {
  const dataDir = makeDirectory(t);
  mkdirSync(join(dataDir, 'postgres.new-1'));
  writeFileSync(join(dataDir, 'postgres.new-1', 'PG_VERSION'), '18\n');
  const server = await startEmbedded({ dataDir, log });
  assert.equal(existsSync(join(dataDir, 'postgres.new-1')), false);
  await server.stop();
});

test('a directory of another major version is refused with the way out', async (t) => {
  const dataDir = makeDirectory(t);
  mkdirSync(join(dataDir, 'postgres'));
  writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '17\n');
  await assert.rejects(
    startEmbedded({ dataDir, log }),
    /made by PostgreSQL 17 and the embedded one is 18: dump/,
  );
});

const asRoot = { skip: process.getuid?.() === 0 ? false : 'needs root to become another user' };
const ordinaryUid = 65_534;

/** The other user has to reach the checkout's own files, too. */
function whyNotAsOther(): string | false {
  if (process.getuid?.() !== 0) return 'needs root to become another user';
  const canReach = canEnter(import.meta.dirname, { uid: ordinaryUid, gid: ordinaryUid });
  return canReach ? false : 'the checkout lies in a directory that only root can enter';
}

const asOther = { skip: whyNotAsOther() };

test('an ordinary user runs the server as itself', asOther, async (t) => {
  const dataDir = makeDirectory(t);
  chownSync(dataDir, ordinaryUid, ordinaryUid);
  const only = await startProgram(t, dataDir, ordinaryUid);
  const status = readFileSync(`/proc/${readPostmasterPid(dataDir)}/status`, 'utf8');
  assert.match(status, new RegExp(`^Uid:\\s+${ordinaryUid}\\s`, 'm'));
  await only.leave();
});

test('a data directory that only root can reach keeps its cluster elsewhere', asRoot, async (t) => {
  const dataDir = join(makeDirectory(t), 'data');
  t.after(() => killPostmaster(dataDir));
  const first = await startEmbedded({ dataDir, log });
  const cluster = realpathSync(join(dataDir, 'postgres'));
  t.after(() => rmSync(join(cluster, '..'), { recursive: true, force: true }));
  assert.ok(!cluster.startsWith(dataDir));
  await query(String(first.clientConfig.host), 'create table kept (id int)');
  await first.stop();
  const second = await startEmbedded({ dataDir, log });
  assert.deepEqual(await query(String(second.clientConfig.host), 'select count(*)::int from kept'), [0]);
  await second.stop();
});

test('a user without permission for the data directory is told so', asOther, async (t) => {
  const parent = makeDirectory(t);
  chmodSync(parent, 0o755);
  const child = spawn(process.execPath, [program, join(parent, 'data')], {
    uid: ordinaryUid,
    gid: ordinaryUid,
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  assert.match(output, /the data directory .* can not be made: no permission/);
});

test(
  'a lock file whose pid now belongs to another program is stale, and that program unhurt',
  asRoot,
  async (t) => {
    const dataDir = makeDirectory(t);
    const first = await startEmbedded({ dataDir, log });
    const file = join(dataDir, 'postgres', 'postmaster.pid');
    const lockFile = readFileSync(file, 'utf8');
    await first.stop();
    const stranger = spawn('sleep', ['600']);
    t.after(() => stranger.kill('SIGKILL'));
    writeFileSync(file, lockFile.replace(/^\d+/, String(stranger.pid)));
    const second = await startEmbedded({ dataDir, log });
    assert.equal(second.adopted, false);
    await second.stop();
    assert.equal(isAlive(stranger.pid ?? 0), true);
  },
);
