import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { isCode } from './binaries.ts';
import { pollUntil, readStartTicks } from './os-processes.ts';

/** Longer than the slowest thing done under the lock: waiting 60 s for a killed server to let go. */
const lockDeadlineMs = 120_000;

/**
 * Runs the work while no other process starts or stops the server of this directory. The lock is a
 * listening socket in Linux's abstract namespace: the kernel frees it whatever way its holder dies.
 */
export async function withLock<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const { dev, ino } = statSync(directory);
  const name = `\0credit-ledger/${dev}/${ino}`;
  const lock = await pollUntil(() => tryListen(name), lockDeadlineMs, 50);
  if (lock === undefined) {
    throw new Error(
      `another process has been starting or stopping PostgreSQL in ${directory} for too long`,
    );
  }
  try {
    return await work();
  } finally {
    await new Promise((resolve) => lock.close(resolve));
  }
}

function tryListen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => (isCode(error, 'EADDRINUSE') ? resolve(undefined) : reject(error)));
    server.listen({ path: name }, () => resolve(server));
  });
}

let registered = 0;

/**
 * Says that this process uses the directory's server; returns the call that takes it back. The file is
 * empty and its name says all, so a process killed at any moment leaves nothing half-written.
 */
export function register(dataDir: string): () => void {
  const directory = join(dataDir, 'processes');
  mkdirSync(directory, { recursive: true });
  registered += 1;
  const file = join(directory, `${process.pid}-${readStartTicks(process.pid) ?? '0'}-${registered}`);
  writeFileSync(file, '');
  return () => rmSync(file, { force: true });
}

/** Whether a living process is registered; forgets those that died without saying so. */
export function isInUse(dataDir: string): boolean {
  const directory = join(dataDir, 'processes');
  const dead = readdirSync(directory).filter((name) => !isRegistrantAlive(name));
  for (const name of dead) rmSync(join(directory, name), { force: true });
  return readdirSync(directory).length > 0;
}

function isRegistrantAlive(name: string): boolean {
  const [pid = '', startTicks] = name.split('-');
  return readStartTicks(Number(pid)) === startTicks;
}
