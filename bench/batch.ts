import { openBaseline } from './batch-baseline.ts';
import { entriesOf, readMetrics, waitUntilQuiet } from './metrics.ts';
import type { Options } from './options.ts';
import { countRows, type Postgres } from './postgres.ts';
import type { Check, Section } from './report.ts';
import type { BenchServer } from './server.ts';
import { medianOf } from './statistics.ts';
import { runWrk } from './wrk.ts';

const batchSize = 1000;
const requestsInFlight = 4;

/** What one transfer leaves behind, by table; a batch through the API binds one key more for itself. */
const rowsPerTransfer = { transfers: 1, keys: 1, entries: 1, lines: 2, events: 2 } as const;
const tables = ['transfers', 'keys', 'entries', 'lines', 'events'] as const;

/** The batch API beside a hand-written SQL function that writes the same rows. */
export async function measureBatch(server: BenchServer, options: Options): Promise<Section> {
  const { seconds, runs, accounts } = options;
  const load = { script: 'batches', connections: requestsInFlight, seconds, accounts } as const;
  const before = await countAll(server.postgres, 'ledger');
  const entriesBefore = entriesOf(await readMetrics(server));
  await runWrk(server, load);
  const baseline = await openBaseline(server.postgres);
  await baseline.run(seconds);
  const api: number[] = [];
  const byHand: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    api.push((await runWrk(server, load)).perSecond * batchSize);
    await waitUntilQuiet(server);
    byHand.push(await baseline.run(seconds));
  }
  await baseline.close();
  const entries = entriesOf(await readMetrics(server)) - entriesBefore;
  const after = await countAll(server.postgres, 'ledger');
  const grown = (table: Table): number => (after.get(table) ?? 0) - (before.get(table) ?? 0);
  const written = await countAll(server.postgres, 'baseline');
  return {
    title: `Batches of 1,000, ${requestsInFlight} in flight`,
    columns: ['what', 'transfers per second'],
    rows: [
      ['POST /v1/transfers/batch', medianOf(api)],
      ['SQL function written by hand', medianOf(byHand)],
    ],
    targets: [
      {
        name: 'API, to SQL by hand',
        actual: (100 * medianOf(api)) / medianOf(byHand),
        goal: 60,
        at: 'least',
        unit: '%',
      },
    ],
    checks: [
      ...checkRows('ledger', entries, entries / batchSize, grown),
      ...checkRows('baseline', baseline.posted, 0, (table) => written.get(table) ?? 0),
    ],
  };
}

type Table = (typeof tables)[number];

async function countAll(postgres: Postgres, schema: string): Promise<Map<Table, number>> {
  const counts = new Map<Table, number>();
  for (const table of tables) counts.set(table, await countRows(postgres, `${schema}.${table}`));
  return counts;
}

function checkRows(
  schema: string,
  transfers: number,
  batchKeys: number,
  count: (table: Table) => number,
): Check[] {
  return tables.map((table) => ({
    name: `rows in ${schema}.${table}`,
    expected: transfers * rowsPerTransfer[table] + (table === 'keys' ? batchKeys : 0),
    actual: count(table),
  }));
}
