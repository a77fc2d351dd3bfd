import { entriesOf, readMetrics, waitUntilQuiet } from './metrics.ts';
import type { Options } from './options.ts';
import { preparePgbench, runPgbench } from './pgbench.ts';
import { countRows } from './postgres.ts';
import type { Check, Section } from './report.ts';
import type { BenchServer } from './server.ts';
import { medianOf } from './statistics.ts';
import { runWrk, type LoadResult } from './wrk.ts';

const pgbenchClients = [1, 16, 64];
const connectionCounts = [1, 64, 256];
/** A fresh server compiles what runs often for so long; a shorter warm-up would measure the compiler. */
const warmUpSecondsMin = 20;

/**
 * One transfer per HTTP request beside pgbench's TPC-B on the same PostgreSQL. The two take turns within each
 * run, so that both meet the machine as it is at that time.
 */
export async function measureHttp(server: BenchServer, options: Options): Promise<Section> {
  const { seconds, runs, accounts } = options;
  await preparePgbench(server.postgres);
  const before = entriesOf(await readMetrics(server));
  const rowsBefore = await countRows(server.postgres, 'ledger.transfers');
  const warmUp = await runWrk(server, {
    script: 'transfers',
    connections: 64,
    seconds: Math.max(seconds, warmUpSecondsMin),
    accounts,
  });
  const tps = new Map<number, number[]>(pgbenchClients.map((clients) => [clients, []]));
  const loads = new Map<number, LoadResult[]>(connectionCounts.map((connections) => [connections, []]));
  for (let run = 0; run < runs; run += 1) {
    for (const [clients, found] of tps) found.push(await runPgbench(server.postgres, clients, seconds));
    for (const [connections, found] of loads) {
      found.push(await runWrk(server, { script: 'transfers', connections, seconds, accounts }));
    }
  }
  const entries = entriesOf(await waitUntilQuiet(server)) - before;
  const rows = (await countRows(server.postgres, 'ledger.transfers')) - rowsBefore;
  return {
    ...compare(tps, loads),
    checks: checkCounts(rows, entries, [warmUp, ...loads.values()].flat()),
  };
}

/**
 * Every 201 that wrk received is a transfer in the database. There are a few more: wrk leaves at its time,
 * with at most one answer on its way for each connection.
 */
function checkCounts(rows: number, entries: number, loads: readonly LoadResult[]): Check[] {
  const received = loads.reduce((sum, { requests }) => sum + requests, 0);
  const unheard = loads.reduce((sum, { connections }) => sum + connections, 0);
  const excess = Math.max(0, rows - received - unheard);
  return [
    { name: 'transfers in the database, as many as entries committed', expected: entries, actual: rows },
    { name: 'answers 201 without a transfer', expected: 0, actual: Math.max(0, received - rows) },
    { name: 'transfers beyond one unheard answer per connection', expected: 0, actual: excess },
  ];
}

type Rates = ReadonlyMap<number, readonly number[]>;
type Loads = ReadonlyMap<number, readonly LoadResult[]>;

function compare(tps: Rates, loads: Loads): Omit<Section, 'checks'> {
  const bench = (clients: number): number => medianOf(tps.get(clients) ?? []);
  const http = (connections: number, field: keyof LoadResult): number =>
    medianOf((loads.get(connections) ?? []).map((result) => result[field]));
  const best = Math.max(...pgbenchClients.map(bench));
  const ratio = (name: string, connections: number, base: number, goal: number) =>
    ({ name, actual: http(connections, 'perSecond') / base, goal, at: 'least', unit: '×' }) as const;
  return {
    title: 'One transfer per HTTP request, and pgbench TPC-B (scale 20, prepared) on the same server',
    columns: ['load', 'per second', 'p50 ms', 'p99 ms'],
    rows: [
      ...pgbenchClients.map((clients) => [`pgbench, clients: ${clients}`, bench(clients), '', '']),
      ...connectionCounts.map((connections) => [
        `HTTP, connections: ${connections}`,
        http(connections, 'perSecond'),
        http(connections, 'p50'),
        http(connections, 'p99'),
      ]),
    ],
    targets: [
      ratio('64 connections, to pgbench with 64 clients', 64, bench(64), 2.5),
      ratio("256 connections, to pgbench's best", 256, best, 3),
      ratio('1 connection, to pgbench with 1 client', 1, bench(1), 0.6),
    ],
  };
}
