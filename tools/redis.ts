// A real Redis of one's own from Debian's package, for tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  awaitPort,
  findFreePorts,
  hasProgram,
  startInBackground,
  type Background,
  type Broker,
} from './programs.ts';

/** What is missing on this machine to start a Redis, and how to get it. */
export function redisMissing(): string | undefined {
  if (hasProgram('redis-server')) return undefined;
  return 'Redis is not installed: apt-get install redis-server';
}

/** Starts one on 127.0.0.1 that keeps nothing on disk. */
export async function startRedis(): Promise<Broker & { readonly pause: () => void }> {
  const directory = mkdtempSync(join(tmpdir(), 'credit-ledger-redis-'));
  const [port = 0] = await findFreePorts(1);
  let running: Background | undefined;
  const start = async (): Promise<void> => {
    const flags = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory];
    running = startInBackground('redis-server', [...flags, '--save', '', '--appendonly', 'no']);
    await awaitPort(port, running);
  };
  const kill = async (): Promise<void> => running?.kill();
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    pause: () => running?.pause(),
    remove: async () => {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
