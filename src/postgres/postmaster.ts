import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { isAlive, pollUntil, readCommandLine } from './os-processes.ts';
import type { RunAs } from './run-as.ts';

/** What it takes to run one PostgreSQL server. */
export interface Installation {
  /** The directory of `initdb` and `postgres`. */
  bin: string;
  runAs: RunAs;
}

/** A server that accepts connections. */
export interface Postmaster {
  pid: number;
  socketDirectory: string;
  port: number;
}

const readyDeadlineMs = 60_000;
const stopDeadlineMs = 60_000;

/** Makes a cluster with checksums, UTF-8 and the superuser `credit_ledger`; `pgdata` is absent or empty. */
export function initializeCluster(
  { bin, runAs }: Installation,
  pgdata: string,
  localeArguments: readonly string[],
): void {
  makePrivateDirectory(pgdata, runAs);
  const options = ['-D', pgdata, '-U', 'credit_ledger', '-A', 'trust', '-E', 'UTF8', '--data-checksums'];
  const made = spawnSync(join(bin, 'initdb'), [...options, ...localeArguments], {
    ...runAs,
    cwd: '/',
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
  });
  if (made.status === 0) return;
  const output = made.error?.message ?? `${made.stderr}${made.stdout}`.trim();
  throw new Error(`can't make the PostgreSQL cluster in ${pgdata}: ${explainInitdb(output)}`);
}

function explainInitdb(output: string): string {
  if (output.includes('No space left on device')) return `the disk is full; free some space.\n${output}`;
  if (output.includes('Permission denied')) return `no permission; check who owns the path.\n${output}`;
  return output;
}

export function makePrivateDirectory(directory: string, runAs: RunAs): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (runAs.uid !== undefined && runAs.gid !== undefined) chownSync(directory, runAs.uid, runAs.gid);
}

interface PidFile extends Postmaster {
  status: string;
}

/** `postmaster.pid`: pid, directory, start time, port, socket directory, address, shared memory, status. */
function readPidFile(pgdata: string): PidFile | undefined {
  const file = join(pgdata, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  const [pid, , , port, socketDirectory = '', , , status = ''] = lines;
  return { pid: Number(pid), port: Number(port), socketDirectory, status: status.trim() };
}

/**
 * The living server of this directory, whoever started it: waits for one that is starting or stopping.
 * A pid from the file counts only if that process is a PostgreSQL on this very directory.
 */
export async function findRunning(pgdata: string): Promise<Postmaster | undefined> {
  const settled = await pollUntil(() => {
    const file = readPidFile(pgdata);
    if (file === undefined || !isPostmasterOf(file.pid, pgdata)) return 'absent';
    return file.status === 'ready' ? file : undefined;
  }, readyDeadlineMs);
  if (settled === undefined)
    throw new Error(`PostgreSQL in ${pgdata} runs but doesn't get ready; see its log`);
  return settled === 'absent' ? undefined : settled;
}

function isPostmasterOf(pid: number, pgdata: string): boolean {
  if (!isAlive(pid)) return false;
  const [command = '', ...rest] = readCommandLine(pid);
  return command.endsWith('/postgres') && rest[rest.indexOf('-D') + 1] === pgdata;
}

export interface StartOptions {
  pgdata: string;
  socketDirectory: string;
  logFile: string;
  settings: Readonly<Record<string, string>>;
}

/**
 * Starts the server and waits until it accepts connections. Right after a kill -9 the old server's
 * children may still be going and hold its lock file or shared memory: tries again for up to 60 s.
 */
export async function startPostmaster(where: Installation, options: StartOptions): Promise<Postmaster> {
  const attempt = async () => (await findRunning(options.pgdata)) ?? (await tryStart(where, options));
  const started = await pollUntil(attempt, readyDeadlineMs, 250);
  if (started !== undefined) return started;
  throw new Error(`another PostgreSQL keeps hold of ${options.pgdata}; see ${options.logFile}`);
}

async function tryStart(where: Installation, options: StartOptions): Promise<Postmaster | undefined> {
  const logStart = statSync(options.logFile, { throwIfNoEntry: false })?.size ?? 0;
  const child = spawnPostmaster(where, options);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`exit ${code ?? signal}`));
  });
  let outcome: string | undefined;
  void exited.then((text) => (outcome = text));
  const ready = await pollUntil(() => {
    const file = readPidFile(options.pgdata);
    if (file?.pid === child.pid && file?.status === 'ready') return file;
    return outcome;
  }, readyDeadlineMs);
  if (ready === undefined) throw new Error(`PostgreSQL doesn't get ready; see ${options.logFile}`);
  if (typeof ready !== 'string') return ready;
  const output = readFileSync(options.logFile).subarray(logStart).toString();
  if (/lock file .* already exists|pre-existing shared memory/.test(output)) return undefined;
  throw new Error(`PostgreSQL didn't start (${ready}):\n${output.trim()}`);
}

/** Detached, so that a Ctrl-C in the terminal reaches the program and not the database. */
function spawnPostmaster({ bin, runAs }: Installation, options: StartOptions): ChildProcess {
  const settings = { ...options.settings, unix_socket_directories: options.socketDirectory };
  const settingArguments = Object.entries(settings).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const log = openSync(options.logFile, 'a', 0o600);
  const child = spawn(join(bin, 'postgres'), ['-D', options.pgdata, ...settingArguments], {
    ...runAs,
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
  });
  child.unref();
  closeSync(log);
  return child;
}

/** A fast shutdown: transactions are rolled back, the data is checkpointed. Returns when it is gone. */
export async function stopPostmaster(pgdata: string): Promise<void> {
  const pid = readPidFile(pgdata)?.pid;
  if (pid === undefined || !isPostmasterOf(pid, pgdata)) return;
  process.kill(pid, 'SIGINT');
  const gone = await pollUntil(() => (isAlive(pid) ? undefined : true), stopDeadlineMs);
  if (gone === undefined) throw new Error(`PostgreSQL (pid ${pid}) doesn't stop; see its log`);
}

/** Removes a cluster that a killed process left half-made. */
export function discardCluster(pgdata: string): void {
  rmSync(pgdata, { recursive: true, force: true });
}
