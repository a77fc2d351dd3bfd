import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { findProgram, runProgram } from './program.ts';
import type { BenchServer } from './server.ts';

export interface Load {
  readonly script: 'transfers' | 'batches';
  readonly connections: number;
  readonly seconds: number;
  readonly accounts: number;
  /** Whether the first account takes part in every transfer. */
  readonly pattern?: 'uniform' | 'hot';
}

/** What wrk saw; latencies in milliseconds. */
export interface LoadResult {
  readonly connections: number;
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

const resultShape = z.object({
  requests: z.int(),
  microseconds: z.int(),
  refused: z.int(),
  broken: z.int(),
  p50: z.int(),
  p99: z.int(),
});

/** Drives the server for a while with one thread. @throws {Error} where a request was refused or lost. */
export async function runWrk(server: BenchServer, load: Load): Promise<LoadResult> {
  const { script, connections, seconds, accounts, pattern = 'uniform' } = load;
  const run = randomBytes(6).toString('hex');
  const flags = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '20s'];
  const file = join(import.meta.dirname, 'wrk', `${script}.lua`);
  const given = [server.adminKey, String(accounts), pattern, run];
  const output = await runProgram(findProgram('wrk'), [
    ...flags,
    '-s',
    file,
    server.url,
    '--',
    ...given,
  ]);
  const result = resultShape.parse(JSON.parse(/^RESULT (.*)$/m.exec(output)?.[1] ?? '{}'));
  const { requests, microseconds, refused, broken } = result;
  if (refused + broken > 0)
    throw new Error(`of ${requests} requests ${refused} were refused and ${broken} lost`);
  const perSecond = (requests * 1e6) / microseconds;
  return { connections, requests, perSecond, p50: result.p50 / 1000, p99: result.p99 / 1000 };
}
