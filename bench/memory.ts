import { removeData } from '../test/support/server-process.ts';
import { openAccounts } from './accounts.ts';
import { entriesOf, readMetrics } from './metrics.ts';
import type { Options } from './options.ts';
import { readMemory } from './processes.ts';
import type { Section, Target } from './report.ts';
import { everything, startServer, writePath, type BenchServer } from './server.ts';
import { medianOf } from './statistics.ts';
import { runWrk } from './wrk.ts';

/** Memory after many transfers of one request each, and how long a start takes on their data and on none. */
export async function measureMemory(options: Options): Promise<Section> {
  const server = await startServer(writePath);
  try {
    await openAccounts(server, options.accounts);
    const transfers = await postAtLeast(server, options);
    const memory = readMemory(server.pid);
    await server.stop();
    const existing = await timeStarts(options.runs, server.dataDir);
    const fresh = await timeStarts(options.runs);
    return sectionOf(options, transfers, memory, existing, fresh);
  } finally {
    await server.stop();
    removeData(server);
  }
}

async function postAtLeast(
  server: BenchServer,
  { transfers, seconds, accounts }: Options,
): Promise<number> {
  for (;;) {
    const posted = entriesOf(await readMetrics(server));
    if (posted >= transfers) return posted;
    await runWrk(server, { script: 'transfers', connections: 64, seconds, accounts });
  }
}

/** The median time until a server is ready, in milliseconds; without a directory each makes its own. */
async function timeStarts(runs: number, dataDir?: string): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const server = await startServer(everything, dataDir);
    times.push(server.readyMs);
    await server.stop();
    if (dataDir === undefined) removeData(server);
  }
  return medianOf(times);
}

function sectionOf(
  options: Options,
  transfers: number,
  memory: { readonly now: number; readonly peak: number },
  existing: number,
  fresh: number,
): Section {
  return {
    title: `Memory and start, ${options.accounts.toLocaleString('en-US')} accounts`,
    columns: ['what', 'figure', 'unit'],
    rows: [
      ['transfers posted', transfers, ''],
      ['Node, resident', memory.now, 'MiB'],
      ['Node, resident at most', memory.peak, 'MiB'],
      ['start on these data', existing, 'ms'],
      ['start on a new directory', fresh, 'ms'],
    ],
    targets: [
      most('resident memory of Node', memory.now, 300, 'MiB'),
      most('start on existing data', existing, 3000, 'ms'),
      most('start on a new directory', fresh, 10_000, 'ms'),
    ],
    checks: [],
  };
}

function most(name: string, actual: number, goal: number, unit: string): Target {
  return { name, actual, goal, at: 'most', unit };
}
