import { entriesOf, meanBetween, readMetrics, waitUntilQuiet } from './metrics.ts';
import type { Options } from './options.ts';
import { readCpu, readFamilyCpu } from './processes.ts';
import type { Cell, Section } from './report.ts';
import type { BenchServer } from './server.ts';
import { runWrk } from './wrk.ts';

interface Column {
  readonly connections: number;
  readonly cells: readonly Cell[];
}

/** Where the time of a transfer over HTTP goes: the writer's histograms, and CPU per request. */
export async function measureBreakdown(server: BenchServer, options: Options): Promise<Section> {
  const columns: Column[] = [];
  for (const connections of [1, 64, 256]) {
    columns.push({ connections, cells: await breakDown(server, options, connections) });
  }
  return {
    title: 'Where the time goes',
    columns: ['mean', ...columns.map(({ connections }) => `${connections} connections`)],
    rows: names.map((name, index) => rowOf(name, columns, index)),
    targets: [],
    checks: [],
  };
}

function rowOf(name: string, columns: readonly Column[], index: number): Cell[] {
  const cells: Cell[] = columns.map((column) => column.cells[index] ?? '');
  return [name, ...cells];
}

const names = [
  'transfers per second',
  'commands in a batch',
  'queue wait of the oldest, ms',
  'decide a batch, ms',
  'commit a batch, ms',
  'Node, µs of CPU per request',
  'PostgreSQL, µs of CPU per request',
];

async function breakDown(server: BenchServer, options: Options, connections: number): Promise<Cell[]> {
  const before = await readMetrics(server);
  const cpuBefore = { node: readCpu(server.pid), postgres: readFamilyCpu(server.postgres.pid) };
  const { seconds, accounts } = options;
  const { perSecond } = await runWrk(server, { script: 'transfers', connections, seconds, accounts });
  const after = await waitUntilQuiet(server);
  const requests = entriesOf(after) - entriesOf(before);
  const milliseconds = (name: string): number => meanBetween(before, after, name) * 1000;
  return [
    perSecond,
    meanBetween(before, after, 'ledger_batch_commands'),
    milliseconds('ledger_queue_wait_seconds'),
    milliseconds('ledger_decide_seconds'),
    milliseconds('ledger_commit_seconds'),
    (readCpu(server.pid) - cpuBefore.node) / requests,
    (readFamilyCpu(server.postgres.pid) - cpuBefore.postgres) / requests,
  ];
}
