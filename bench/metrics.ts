import { setTimeout as delay } from 'node:timers/promises';
import type { ServerProcess } from '../test/support/server-process.ts';

/** The server's own counters at a moment, by name and labels as Prometheus writes them. */
export type Metrics = ReadonlyMap<string, number>;

export async function readMetrics({ url }: Pick<ServerProcess, 'url'>): Promise<Metrics> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const pairs = [...text.matchAll(/^([a-z_]+(?:\{[^}]*\})?) (\S+)$/gm)];
  return new Map(pairs.map(([, name = '', value]) => [name, Number(value)]));
}

/** Entries the writer has committed; each transfer of a load makes one. */
export function entriesOf(metrics: Metrics): number {
  return metrics.get('ledger_entries_created_total') ?? 0;
}

/** The mean of what a histogram took in between two moments. */
export function meanBetween(before: Metrics, after: Metrics, name: string): number {
  const grown = (field: string): number =>
    (after.get(`${name}_${field}`) ?? 0) - (before.get(`${name}_${field}`) ?? 0);
  return grown('sum') / grown('count');
}

const quietMsMax = 10_000;

/** Waits until everything that was sent is committed: wrk leaves without its last answers. */
export async function waitUntilQuiet(server: ServerProcess): Promise<Metrics> {
  const deadline = performance.now() + quietMsMax;
  let before = await readMetrics(server);
  for (;;) {
    await delay(100);
    const after = await readMetrics(server);
    if (after.get('ledger_queue_commands') === 0 && entriesOf(before) === entriesOf(after)) return after;
    if (performance.now() > deadline) throw new Error('the server did not come to rest');
    before = after;
  }
}
