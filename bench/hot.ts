import type { Options } from './options.ts';
import type { Section } from './report.ts';
import type { BenchServer } from './server.ts';
import { medianOf } from './statistics.ts';
import { runWrk } from './wrk.ts';

/** One account that takes part in every transfer, beside transfers that are spread evenly. */
export async function measureHot(server: BenchServer, options: Options): Promise<Section> {
  const { seconds, runs, accounts } = options;
  const rates = { uniform: [] as number[], hot: [] as number[] };
  for (let run = 0; run < runs; run += 1) {
    for (const pattern of ['uniform', 'hot'] as const) {
      const load = { script: 'transfers', connections: 64, seconds, accounts, pattern } as const;
      rates[pattern].push((await runWrk(server, load)).perSecond);
    }
  }
  const uniform = medianOf(rates.uniform);
  const hot = medianOf(rates.hot);
  return {
    title: 'A hot account, 64 connections',
    columns: ['accounts', 'transfers per second'],
    rows: [
      [`evenly among ${options.accounts}`, uniform],
      ['one of them in every transfer', hot],
    ],
    targets: [
      { name: 'hot, to evenly spread', actual: (100 * hot) / uniform, goal: 80, at: 'least', unit: '%' },
    ],
    checks: [],
  };
}
