import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Whether a program is on the path. */
export function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}

/** Runs a program to its end and answers what it printed. @throws with all it said when it failed. */
export function runToEnd(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const ended = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (ended.status === 0) return ended.stdout;
  throw new Error(`${command} failed: ${ended.error?.message ?? ended.stdout + ended.stderr}`);
}

/** Ports that are free now; asked together, so that they differ. */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('a server without a port');
      return address.port;
    }),
  );
  for (const server of servers) server.close();
  return ports;
}

/** A broker of one's own; what it holds is gone when it is removed. */
export interface Broker {
  readonly url: string;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Starts it again with what it held, on the same port. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

/** A program in the background, in a process group of its own. */
export interface Background {
  readonly output: () => string;
  readonly hasExited: () => boolean;
  /** Ends it and what it started, as a crash does. */
  kill(): Promise<void>;
  /** Stops it from doing anything, as a host that hangs does. */
  pause(): void;
}

/** Process groups that were started here and have not ended. */
const groups = new Set<number>();
let isWatching = false;

function endGroups(): void {
  for (const pid of groups) process.kill(-pid, 'SIGKILL');
}

/** Also when it is told to stop, unless somebody else listens, who then ends things in good order. */
function endWithThisProcess(): void {
  if (isWatching) return;
  isWatching = true;
  process.once('exit', endGroups);
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(1);
    });
}

/** Starts a program whose output is read by nobody until it fails. It ends with this process. */
export function startInBackground(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Background {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  let isGone = false;
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-20_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  endWithThisProcess();
  const { pid } = child;
  if (pid !== undefined) groups.add(pid);
  const exited = Promise.withResolvers<void>();
  child.once('error', (error) => keep(Buffer.from(error.message)));
  child.once('close', () => {
    isGone = true;
    if (pid !== undefined) groups.delete(pid);
    exited.resolve();
  });
  const end = (): void => {
    if (!isGone && pid !== undefined) process.kill(-pid, 'SIGKILL');
  };
  const kill = (): Promise<void> => {
    end();
    return exited.promise;
  };
  const pause = (): void => {
    if (!isGone && pid !== undefined) process.kill(-pid, 'SIGSTOP');
  };
  return { output: () => output, hasExited: () => isGone, kill, pause };
}

/** Waits until something listens on the port. */
export async function awaitPort(
  port: number,
  { output, hasExited }: Background,
  msMax = 60_000,
): Promise<void> {
  const until = performance.now() + msMax;
  while (!(await listens(port))) {
    if (hasExited() || performance.now() > until)
      throw new Error(`nothing listens on ${port}: ${output()}`);
    await delay(50);
  }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  const heard = await promise;
  socket.destroy();
  return heard;
}
