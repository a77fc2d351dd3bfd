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
  p99_done: z.int().optional(),
});

/** Drives the server for a while with one thread. @throws {Error} where a request was refused or lost. */
export async function runWrk(server: BenchServer, load: Load): Promise<LoadResult> {
  const result = await runWrkBeyond(server, load);
  const { requests, refused, broken } = result;
  if (refused + broken > 0)
    throw new Error(`of ${requests} requests ${refused} were refused and ${broken} lost`);
  return result;
}

/** What wrk saw where requests may be refused. */
export interface OverloadResult extends LoadResult {
  readonly refused: number;
  readonly broken: number;
  /** Of the requests that were not refused, by the second, and the 99th percentile in milliseconds. */
  readonly donePerSecond: number;
  readonly p99Done: number;
}

/** The same with more than the server takes. */
export async function runWrkBeyond(
  server: Pick<BenchServer, 'url' | 'adminKey'>,
  load: Load,
): Promise<OverloadResult> {
  const { script, connections, seconds, accounts, pattern = 'uniform' } = load;
  const run = randomBytes(6).toString('hex');
  const flags = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '20s'];
  const file = join(import.meta.dirname, 'wrk', `${script}.lua`);
  const given = [server.adminKey, String(accounts), pattern, run];
  const args = [...flags, '-s', file, server.url, '--', ...given];
  const output = await runProgram(findProgram('wrk'), args);
  const result = resultShape.parse(JSON.parse(/^RESULT (.*)$/m.exec(output)?.[1] ?? '{}'));
  const { requests, microseconds, refused, broken } = result;
  return {
    connections,
    requests,
    refused,
    broken,
    perSecond: (requests * 1e6) / microseconds,
    donePerSecond: ((requests - refused) * 1e6) / microseconds,
    p50: result.p50 / 1000,
    p99: result.p99 / 1000,
    p99Done: (result.p99_done ?? result.p99) / 1000,
  };
}
