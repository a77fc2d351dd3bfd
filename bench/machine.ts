import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { findProgram } from './program.ts';
import { queryRows, type Postgres } from './postgres.ts';

export type Machine = Readonly<Record<string, string>>;

/** A measurement on a machine that does other things, too, says little. */
const busyLoad = 0.5;
const [loadAtStart = 0] = loadavg();

/** What the figures depend on. */
export async function describeMachine(postgres: Postgres, dataDir: string): Promise<Machine> {
  const [first] = cpus();
  const server = await describeServer(postgres);
  return {
    time: new Date().toISOString(),
    commit: outputOf('git', ['describe', '--always', '--dirty']),
    processor: `${cpus().length} × ${first?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `Linux ${release()}`,
    'data on': outputOf('df', ['--output=fstype,source', dataDir]).split('\n').at(-1) ?? '',
    node: process.version,
    ...server,
    pgbench: outputOf(findProgram('pgbench'), ['--version']),
    wrk: /wrk \S+/.exec(outputOf(findProgram('wrk'), ['--version']))?.[0] ?? 'unknown',
    'load at start': loadAtStart.toFixed(2),
  };
}

/** Whether the machine had other things to do when the benchmark began. */
export function isBusy(): boolean {
  return loadAtStart > busyLoad;
}

async function describeServer(postgres: Postgres): Promise<Machine> {
  const names = [
    'server_version',
    'fsync',
    'synchronous_commit',
    'full_page_writes',
    'shared_buffers',
    'max_wal_size',
  ];
  const sql = 'select name, current_setting(name) as value from unnest($1::text[]) as name';
  const rows = await queryRows<{ name: string; value: string }>(postgres, sql, [names]);
  return Object.fromEntries(rows.map(({ name, value }) => [`postgres ${name}`, value]));
}

/** wrk prints its version and ends with 1. */
function outputOf(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout).trim() : 'unknown';
  }
}
