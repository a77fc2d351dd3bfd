import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { send } from '../test/support/http.ts';
import { entriesOf, readMetrics, waitUntilQuiet, type Metrics } from './metrics.ts';
import type { Options } from './options.ts';
import type { Section } from './report.ts';
import { everything, withServer, type BenchServer } from './server.ts';
import { runWrk } from './wrk.ts';

export const batchSize = 1000;
export const batchesInFlight = 4;
/** Of a steady stream; a thousand at once, twice a second, are bursts. */
const steadySize = 50;
const names = ['balances', 'statements', 'daily_balances', 'transfer_timeline', 'transfers'] as const;
const pollMs = 50;
/** A read model that takes longer than this to catch up has been left behind. */
const catchUpMsMax = 300_000;

/** What the read models cost the writers, how soon they show what was written, how fast they are rebuilt. */
export function measureReadModels(options: Options): Promise<Section> {
  return withServer(everything, options.accounts, async (server) => {
    const load = {
      script: 'batches',
      connections: batchesInFlight,
      seconds: options.seconds,
      accounts: options.accounts,
    } as const;
    await caughtUp(server);
    await runWrk(server, { ...load, seconds: Math.min(5, options.seconds) });
    await caughtUp(server);

    const followed = await measureFollowing(server, () => runWrk(server, load));
    const half = followed.followedPerSecond / 2;
    const shown = await measureShown(server, options, half, steadySize);
    const shownInBursts = await measureShown(server, options, half, batchSize);
    await setRunning(server, 'stop');
    const off = (await runWrk(server, load)).perSecond * batchSize;
    await waitUntilQuiet(server);
    await setRunning(server, 'start');
    await caughtUp(server);
    const rebuilt = await measureRebuild(server);
    return report({ ...followed, shown, shownInBursts, off, rebuilt });
  });
}

interface Figures {
  readonly writtenPerSecond: number;
  readonly appliedPerSecond: number;
  readonly catchUpSeconds: number;
  /** All that was written, by the time in which it was written and applied. */
  readonly followedPerSecond: number;
  readonly shown: number;
  readonly shownInBursts: number;
  readonly off: number;
  readonly rebuilt: { readonly perSecond: number; readonly differences: number };
}

function report(figures: Figures): Section {
  const { writtenPerSecond, appliedPerSecond, catchUpSeconds, off, rebuilt } = figures;
  const { followedPerSecond, shown, shownInBursts } = figures;
  return {
    title: `Read models, batches of 1,000, ${batchesInFlight} in flight`,
    columns: ['what', 'figure'],
    rows: [
      ['transfers written per second, read models off', off],
      ['transfers written per second, read models on', writtenPerSecond],
      ['transfers applied per second meanwhile, by the slowest', appliedPerSecond],
      ['seconds to catch up afterwards', catchUpSeconds],
      ['transfers per second that they can follow', followedPerSecond],
      [`p99 from posted to visible at half of that, ${steadySize} at once, ms`, shown],
      ['the same in bursts of 1,000, ms', shownInBursts],
      ['events per second of a rebuild of all', rebuilt.perSecond],
    ],
    targets: [
      {
        name: 'followed, to written without read models',
        actual: (100 * followedPerSecond) / off,
        goal: 40,
        at: 'least',
        unit: '%',
      },
      { name: 'lag gone after a load', actual: catchUpSeconds, goal: 60, at: 'most', unit: 's' },
      { name: 'posted to visible, p99', actual: shown, goal: 150, at: 'most', unit: 'ms' },
      { name: 'rebuild', actual: rebuilt.perSecond, goal: 25_000, at: 'least', unit: 'events/s' },
    ],
    checks: [{ name: 'differences found by the rebuild', expected: 0, actual: rebuilt.differences }],
  };
}

/** Under writers that do not wait for the read models: what was written, and what the slowest has applied. */
export async function measureFollowing(server: BenchServer, run: () => Promise<unknown>) {
  const before = await readMetrics(server);
  const begin = performance.now();
  await run();
  const seconds = (performance.now() - begin) / 1000;
  const after = await readMetrics(server);
  const quiet = await waitUntilQuiet(server);
  const ended = performance.now();
  await caughtUp(server);
  const written = entriesOf(quiet) - entriesOf(before);
  const catchUpSeconds = (performance.now() - ended) / 1000;
  return {
    writtenPerSecond: written / seconds,
    appliedPerSecond: (leastConsumed(after) - leastConsumed(before)) / 2 / seconds,
    catchUpSeconds,
    followedPerSecond: written / (seconds + catchUpSeconds),
  };
}

function leastConsumed(metrics: Metrics): number {
  return Math.min(...names.map((name) => metrics.get(`events_consumed_total{consumer="${name}"}`) ?? 0));
}

/** Posts at a steady rate and asks, with the position of the answer, until it is shown; p99 in ms. */
export async function measureShown(
  server: BenchServer,
  { seconds, accounts }: Options,
  transfersPerSecond: number,
  size = steadySize,
): Promise<number> {
  const pauseMs = (1000 * size) / transfersPerSecond;
  const waits: number[] = [];
  const begin = performance.now();
  const end = begin + seconds * 1000;
  const running: Promise<unknown>[] = [];
  for (let count = 0; performance.now() < end; count += 1) {
    running.push(postAndSee(server, accounts, count, size).then((ms) => waits.push(ms)));
    await delay(Math.max(0, begin + (count + 1) * pauseMs - performance.now()));
  }
  await Promise.all(running);
  const sorted = waits.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
}

const positionShape = z.object({ position: z.int() });

async function postAndSee(
  server: BenchServer,
  accounts: number,
  count: number,
  size: number,
): Promise<number> {
  const idOf = (index: number) =>
    `00000000-0000-4000-8000-${(1 + (index % accounts)).toString(16).padStart(12, '0')}`;
  const transfers = Array.from({ length: size }, (_, index) => ({
    from: idOf(count * 7919 + index * 31),
    to: idOf(count * 7919 + index * 31 + 1),
    amount_minor: 100 + index,
    currency: 'USD',
  }));
  const headers = {
    authorization: `Bearer ${server.adminKey}`,
    'idempotency-key': `shown-${process.pid}-${size}-${count}`,
  };
  const body = { mode: 'independent', transfers };
  const answer = await send(`${server.url}/v1/transfers/batch`, 'POST', headers, body);
  const { position } = positionShape.parse(answer.json);
  const posted = performance.now();
  const path = `/v1/accounts/${idOf(count)}/statements?limit=1&min_position=${position}`;
  const shown = await send(server.url + path, 'GET', headers, undefined);
  if (shown.status !== 200) throw new Error(`not visible: ${shown.text}`);
  return performance.now() - posted;
}

const operationShape = z.object({
  id: z.string(),
  state: z.string(),
  target_position: z.int(),
  error: z.string().nullable(),
  comparison: z.array(z.object({ differences: z.int() })).nullable(),
});

/** All of them at once, each event counted once. */
async function measureRebuild(server: BenchServer) {
  const begin = performance.now();
  const operations = [];
  for (const name of names) {
    const answer = await ask(server, 'POST', `/v1/admin/projections/${name}/rebuild`);
    operations.push(operationShape.parse(answer));
  }
  let events = 0;
  let differences = 0;
  for (const { id } of operations) {
    const ended = await waitForOperation(server, id);
    events = Math.max(events, ended.target_position);
    for (const table of ended.comparison ?? []) differences += table.differences;
  }
  return { perSecond: (1000 * events) / (performance.now() - begin), differences };
}

async function waitForOperation(server: BenchServer, id: string) {
  for (;;) {
    const found = operationShape.parse(await ask(server, 'GET', `/v1/admin/operations/${id}`));
    if (found.state === 'done' || found.state === 'differs') return found;
    if (found.state === 'failed') throw new Error(`the rebuild failed: ${found.error}`);
    await delay(pollMs);
  }
}

async function setRunning(server: BenchServer, wish: 'start' | 'stop'): Promise<void> {
  for (const name of names) await ask(server, 'POST', `/v1/admin/projections/${name}/${wish}`);
}

const lagShape = z.object({ data: z.array(z.object({ lag_positions: z.int() })) });

export async function caughtUp(server: BenchServer): Promise<void> {
  const deadline = performance.now() + catchUpMsMax;
  for (;;) {
    const { data } = lagShape.parse(await ask(server, 'GET', '/v1/admin/projections'));
    if (data.every((projection) => projection.lag_positions === 0)) return;
    if (performance.now() > deadline) throw new Error('the read models did not catch up');
    await delay(pollMs);
  }
}

async function ask(server: BenchServer, method: string, path: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${server.adminKey}` };
  const answer = await send(server.url + path, method, headers, undefined);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
  return answer.json;
}
