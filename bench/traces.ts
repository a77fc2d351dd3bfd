import { createServer } from 'node:http';
import type { Options } from './options.ts';
import type { Section } from './report.ts';
import { withServer, writePath, type BenchServer } from './server.ts';
import { medianOf } from './statistics.ts';
import { runWrk, type LoadResult } from './wrk.ts';

const connections = 64;
const accountsMax = 10_000;
const warmUpSeconds = 15;
/** The share of requests that is traced, by what the rows are called. */
const ratios = { 'not traced': '0', 'a hundredth is traced': '0.01', 'everything is traced': '1' };
type Kind = keyof typeof ratios;
const kinds: readonly Kind[] = ['not traced', 'a hundredth is traced', 'everything is traced'];

/** What tracing costs: servers that differ in nothing else take turns, so that all meet the machine as it is. */
export async function measureTraces(options: Options): Promise<Section> {
  const accounts = Math.min(options.accounts, accountsMax);
  const collector = await startCollector();
  const found = new Map<Kind, LoadResult[]>(kinds.map((kind) => [kind, []]));
  const load = { script: 'transfers', connections, accounts } as const;
  const servers = new Map<Kind, BenchServer>();
  const measure = async (): Promise<void> => {
    for (const server of servers.values()) await runWrk(server, { ...load, seconds: warmUpSeconds });
    for (let run = 0; run < options.runs; run += 1)
      for (const [kind, server] of servers)
        found.get(kind)?.push(await runWrk(server, { ...load, seconds: options.seconds }));
  };
  const withAll = async ([kind, ...others]: readonly Kind[]): Promise<void> => {
    if (kind === undefined) return measure();
    const endpoint = kind === 'not traced' ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const env = { ...endpoint, OTEL_TRACES_SAMPLER_ARG: ratios[kind] };
    await withServer(
      writePath,
      accounts,
      (server) => {
        servers.set(kind, server);
        return withAll(others);
      },
      env,
    );
  };
  await withAll(kinds);
  collector.close();
  return toSection(found, collector.requests());
}

function toSection(found: ReadonlyMap<Kind, readonly LoadResult[]>, exports: number): Section {
  const median = (kind: Kind, field: keyof LoadResult): number =>
    medianOf((found.get(kind) ?? []).map((result) => result[field]));
  const share = median('a hundredth is traced', 'perSecond') / median('not traced', 'perSecond');
  return {
    title: `Tracing: one transfer per request, ${connections} connections`,
    columns: ['requests', 'per second', 'p50 ms', 'p99 ms'],
    rows: kinds.map((kind) => [
      kind,
      ...(['perSecond', 'p50', 'p99'] as const).map((f) => median(kind, f)),
    ]),
    targets: [
      { name: 'cost of tracing a hundredth', actual: 100 * (1 - share), goal: 5, at: 'most', unit: '%' },
    ],
    checks: [{ name: 'the collector heard of it', expected: 1, actual: Math.min(1, exports) }],
  };
}

/** Takes what is exported and keeps none of it. */
async function startCollector() {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume().on('end', () => response.writeHead(200).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => requests,
    close: () => void server.close(),
  };
}
