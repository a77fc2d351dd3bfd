import { entriesOf, readMetrics, waitUntilQuiet } from './metrics.ts';
import type { Options } from './options.ts';
import { readCpu, readFamilyCpu } from './processes.ts';
import type { Section } from './report.ts';
import { writePath, withServer, type BenchServer } from './server.ts';
import { medianOf } from './statistics.ts';
import { runWrk } from './wrk.ts';

/** A short journal; shorter still where the long one is short, too. */
const linesAtFirstMax = 100_000;
/** Short, so that the first measurement does not itself make the journal long. */
const measureSeconds = 2;

interface Cost {
  readonly lines: number;
  /** Microseconds of time per transfer. */
  readonly time: number;
  /** Microseconds of CPU per transfer, Node and PostgreSQL. */
  readonly cpu: number;
}

/** What a transfer costs with a short journal and with a long one, at 64 connections. */
export function measureLong(options: Options): Promise<Section> {
  return withServer(writePath, options.accounts, async (server) => {
    await fill(server, options, Math.min(linesAtFirstMax, options.lines / 2));
    await runWrk(server, loadOf(options));
    const short = await measureCost(server, options);
    await fill(server, options, options.lines);
    const long = await measureCost(server, options);
    const ratio = { name: 'time per transfer, long to short', actual: long.time / short.time };
    return {
      title: 'A long journal, 64 connections',
      columns: ['lines in the journal', 'µs per transfer', 'µs of CPU per transfer'],
      rows: [short, long].map(({ lines, time, cpu }) => [lines.toLocaleString('en-US'), time, cpu]),
      targets: [{ ...ratio, goal: 1.3, at: 'most', unit: '×' }],
      checks: [],
    };
  });
}

const loadOf = ({ accounts }: Options) =>
  ({ script: 'transfers', connections: 64, seconds: measureSeconds, accounts }) as const;

async function countLines(server: BenchServer): Promise<number> {
  return 2 * entriesOf(await readMetrics(server));
}

/** Fills the journal through the batch API. */
export async function fill(server: BenchServer, { accounts }: Options, lines: number): Promise<void> {
  for (let found = await countLines(server); found < lines; found = await countLines(server)) {
    const seconds = lines - found > 1_000_000 ? 10 : 1;
    await runWrk(server, { script: 'batches', connections: 4, seconds, accounts });
    await waitUntilQuiet(server);
    process.stderr.write(
      `  ${found.toLocaleString('en-US')} of ${lines.toLocaleString('en-US')} lines\n`,
    );
  }
}

async function measureCost(server: BenchServer, options: Options): Promise<Cost> {
  const lines = await countLines(server);
  const times: number[] = [];
  const cpus: number[] = [];
  for (let run = 0; run < options.runs; run += 1) {
    const before = readCpu(server.pid) + readFamilyCpu(server.postgres.pid);
    const { perSecond, requests } = await runWrk(server, loadOf(options));
    times.push(1e6 / perSecond);
    cpus.push((readCpu(server.pid) + readFamilyCpu(server.postgres.pid) - before) / requests);
  }
  return { lines, time: medianOf(times), cpu: medianOf(cpus) };
}
