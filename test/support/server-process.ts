import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..');

/** What `npm start` runs, without npm in between, so that signals and figures are the program's own. */
function readStartCommand(): string[] {
  const { scripts } = packageShape.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  return scripts.start.split(' ').slice(1);
}

const packageShape = z.object({ scripts: z.object({ start: z.string() }) });

const startMsMax = 60_000;

/** The product as a process of its own, as a user starts it. */
export interface ServerProcess {
  readonly url: string;
  readonly adminKey: string;
  readonly pid: number;
  readonly dataDir: string;
  /** From the start of the process until it said that it is ready. */
  readonly readyMs: number;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when the process is gone, with its exit code, null after a signal. */
  readonly exited: Promise<number | null>;
  output(): string;
  /** Drains and ends the process; its data directory stays. */
  stop(): Promise<void>;
}

/** Servers on one database digest keys alike, whatever their directories. */
function pepperOf({ DATABASE_URL: url }: Readonly<Record<string, string>>): Record<string, string> {
  return url === undefined ? {} : { API_KEY_PEPPER: 'a pepper of the tests' };
}

/** Starts the server as `npm start` does, on a free port, and resolves when it says that it is ready. */
export async function startServer(
  dataDir: string = mkdtempSync(join(tmpdir(), 'credit-ledger-server-')),
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const startedAt = performance.now();
  const { DATABASE_URL: _url, ADMIN_API_KEY: _key, ...inherited } = process.env;
  const child = spawn(process.execPath, readStartCommand(), {
    cwd: root,
    env: { ...inherited, ...pepperOf(env), DATA_DIR: dataDir, PORT: '0', LOG_FORMAT: 'json', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => output.push(String(chunk)));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  stopWithThisProcess(child, exited);
  const url = await readUrl(child, output, exited);
  return {
    url,
    adminKey: env['ADMIN_API_KEY'] ?? readFileSync(join(dataDir, 'admin.key'), 'utf8').trim(),
    pid: child.pid ?? 0,
    dataDir,
    readyMs: performance.now() - startedAt,
    signal: (signal) => child.kill(signal),
    exited,
    output: () => output.join(''),
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** A program that leaves early, as at an interrupt, leaves no server behind. */
function stopWithThisProcess(child: ChildProcess, exited: Promise<unknown>): void {
  const stop = (): void => void child.kill('SIGTERM');
  process.once('exit', stop);
  void exited.then(() => process.off('exit', stop));
}

async function readUrl(
  child: ChildProcess,
  output: string[],
  exited: Promise<unknown>,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(
    () => reject(new Error(`no server after a minute: ${output.join('')}`)),
    startMsMax,
  );
  child.stdout?.on('data', (chunk: Buffer) => {
    output.push(String(chunk));
    const url = /API\s+(http:\S+)\/v1/.exec(output.join(''))?.[1];
    if (url !== undefined) resolve(url);
  });
  void exited.then(() => reject(new Error(`the server ended: ${output.join('')}`)));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** The embedded PostgreSQL of a data directory, as its lock file names it. */
export function readPostmaster(dataDir: string): { pid: number; socketDirectory: string; port: number } {
  const lines = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]), socketDirectory: lines[4] ?? '' };
}

const connectMsMax = 30_000;

/** Connects to the embedded PostgreSQL of a data directory as its superuser, as soon as it is there. */
export async function connectTo(dataDir: string): Promise<Client> {
  const until = performance.now() + connectMsMax;
  for (;;) {
    try {
      return await connectOnce(dataDir);
    } catch (error) {
      if (performance.now() > until) throw error;
      await delay(50);
    }
  }
}

async function connectOnce(dataDir: string): Promise<Client> {
  const { socketDirectory: host, port } = readPostmaster(dataDir);
  const client = new Client({ host, port, user: 'credit_ledger', database: 'credit_ledger' });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** What a server says that does not start; one that does is stopped again, and says nothing. */
export async function refusalOf(
  dataDir: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  try {
    await (await startServer(dataDir, env)).stop();
    return '';
  } catch (error) {
    return String(error);
  }
}

/** Removes the data directory of a server that has stopped. */
export function removeData({ dataDir }: ServerProcess): void {
  rmSync(dataDir, { recursive: true, force: true });
}
