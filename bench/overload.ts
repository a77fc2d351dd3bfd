import { randomBytes } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { Client } from 'pg';
import { removeData, startServer as startProduct } from '../test/support/server-process.ts';
import { startTestServer } from '../test/support/server.ts';
import { openAccounts } from './accounts.ts';
import { connectionFlood, keyFlood, slowClients, type Flood } from './floods.ts';
import { runOpenLoop, type OpenResult } from './open-loop.ts';
import type { Options } from './options.ts';
import type { Section } from './report.ts';
import { withServer, writePath, type BenchServer } from './server.ts';
import { runWrk, runWrkBeyond, type OverloadResult } from './wrk.ts';

/** Connections that give about the most. */
const connectionsBest = 256;
const accountsMax = 10_000;

/**
 * More than the server takes, in two ways: five times the connections that give the most, each asking again at once
 * when it is refused; and a fixed rate of five times what the writer commits, whether or not it answers.
 */
export async function measureOverload(options: Options): Promise<Section> {
  const { seconds } = options;
  const accounts = Math.min(options.accounts, accountsMax);
  const closed = await withServer(writePath, accounts, async (server) => {
    const load = { script: 'transfers', seconds, accounts } as const;
    await runWrk(server, { ...load, connections: 64, seconds: Math.max(seconds, 15) });
    const best = await runWrkBeyond(server, { ...load, connections: connectionsBest });
    const beyond = await runWrkBeyond(server, { ...load, connections: 5 * connectionsBest });
    const usual = await runWrkBeyond(server, { ...load, connections: 64 });
    return { best, beyond, usual, floods: await measureFloods(server, seconds, accounts) };
  });
  const open = await measureCapped(seconds);
  return toSection(closed, open);
}

const floods: Readonly<Record<string, Flood>> = {
  '1,000 slow clients': slowClients,
  '1,000 connections a second opened and left': connectionFlood,
  '1,000 unknown keys a second': keyFlood,
};

async function measureFloods(server: BenchServer, seconds: number, accounts: number) {
  const results: [string, OverloadResult][] = [];
  for (const [name, flood] of Object.entries(floods)) {
    const end = flood(server.url);
    const load = { script: 'transfers', connections: 64, seconds, accounts } as const;
    results.push([name, await runWrkBeyond(server, load)]);
    end();
  }
  return results;
}

/** Batches of 20, three of them on the way at once, each 50 ms and its commit: 1,000 transfers a second at most. */
const capped = { batchMax: 20, delayMs: 50, perSecond: 1000 };

interface Capped {
  readonly capacity: number;
  readonly usual: OpenResult;
  readonly beyond: OpenResult;
}

async function measureCapped(seconds: number): Promise<Capped> {
  const postgres = await startTestServer();
  const proxy = await startSlowProxy(postgres.url, capped.delayMs);
  const env = { DATABASE_URL: proxy.url, ROLE: writePath, BATCH_MAX: String(capped.batchMax) };
  const server = await startProduct(undefined, env);
  try {
    await openAccounts(server, 1000);
    const run = (perSecond: number): Promise<OpenResult> =>
      runOpenLoop({
        url: server.url,
        key: server.adminKey,
        perSecond,
        seconds,
        accounts: 1000,
        run: randomBytes(6).toString('hex'),
      });
    const load = { script: 'transfers', connections: 64, seconds, accounts: 1000 } as const;
    const { donePerSecond: capacity } = await runWrkBeyond(server, load);
    const usual = await run(capped.perSecond / 2);
    return { capacity, usual, beyond: await run(5 * capped.perSecond) };
  } finally {
    await server.stop();
    removeData(server);
    proxy.close();
    await postgres.stop();
  }
}

/** Passes everything on to PostgreSQL; answers come so much later. */
async function startSlowProxy(url: string, delayMs: number) {
  const { host, port, user, database } = new Client(url);
  const server = createServer((near) => {
    const far = connect(`${host}/.s.PGSQL.${port}`);
    near.on('data', (chunk) => far.write(chunk)).on('error', () => {});
    far.on('data', (chunk) => setTimeout(() => near.write(chunk), delayMs)).on('error', () => {});
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  const address = await new Promise<ReturnType<typeof server.address>>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(server.address())),
  );
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const proxied = `postgresql://${user}@127.0.0.1:${address.port}/${database}`;
  return { url: proxied, close: () => void server.close() };
}

interface Closed {
  readonly best: OverloadResult;
  readonly beyond: OverloadResult;
  readonly usual: OverloadResult;
  readonly floods: readonly (readonly [string, OverloadResult])[];
}

function toSection({ best, beyond, usual, floods: flooded }: Closed, open: Capped): Section {
  const openSeconds = open.beyond.sent / (5 * capped.perSecond);
  const openRow = (name: string, { sent, done, refused, p99Done }: OpenResult, perSecond: number) => [
    name,
    (done / sent) * perSecond,
    (refused / sent) * perSecond,
    p99Done,
  ];
  const closedRow = (name: string, { donePerSecond, perSecond, p99Done }: OverloadResult) => [
    name,
    donePerSecond,
    perSecond - donePerSecond,
    p99Done,
  ];
  const broken = [best, beyond, usual, ...flooded.map(([, result]) => result)].reduce(
    (sum, result) => sum + result.broken,
    open.usual.other + open.beyond.other,
  );
  return {
    title: 'Overload: what is carried out when more comes than can be',
    columns: ['load', 'done per second', 'refused per second', 'p99 ms of what was done'],
    rows: [
      closedRow(`connections: ${connectionsBest}`, best),
      closedRow(`connections: ${5 * connectionsBest}`, beyond),
      ['writer capped at 1,000/s, connections: 64', open.capacity, 0, ''],
      openRow('writer capped at 1,000/s, 500/s come', open.usual, capped.perSecond / 2),
      openRow('writer capped at 1,000/s, 5,000/s come', open.beyond, 5 * capped.perSecond),
      closedRow('connections: 64', usual),
      ...flooded.map(([name, result]) => closedRow(`connections: 64, and ${name}`, result)),
    ],
    targets: [
      {
        name: 'done with 5 × the connections',
        actual: beyond.donePerSecond / best.donePerSecond,
        goal: 0.8,
        at: 'least',
        unit: '×',
      },
      {
        name: 'p99 of what was done with 5 × the connections',
        actual: beyond.p99Done / best.p99Done,
        goal: 2,
        at: 'most',
        unit: '×',
      },
      {
        name: 'done with 5 × the rate of a capped writer',
        actual: open.beyond.done / openSeconds / open.capacity,
        goal: 0.8,
        at: 'least',
        unit: '×',
      },
      {
        name: 'p99 of what was done with 5 × the rate',
        actual: open.beyond.p99Done / open.usual.p99Done,
        goal: 2,
        at: 'most',
        unit: '×',
      },
    ],
    checks: [
      { name: 'requests without an answer, or with one of another kind', expected: 0, actual: broken },
    ],
  };
}
