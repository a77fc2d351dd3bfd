// `npm run load -- <profile>`: runs bench/k6/ledger-load.ts, by default against a server of its own with an embedded
// PostgreSQL, and holds the ledger against what k6 was answered. A soak also says how memory, files and lag went.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { removeData, startServer } from '../test/support/server-process.ts';
import { deployTool, deployToolsMissing } from '../tools/deploy-tools.ts';
import { readMetrics } from './metrics.ts';
import { slopeOf, type Sample } from './slope.ts';

const root = join(import.meta.dirname, '..');
const script = join(import.meta.dirname, 'k6', 'ledger-load.ts');
const profiles = ['smoke', 'load', 'stress', 'spike', 'soak'] as const;
const sampleEveryMs = 5000;
/** The first part of a soak fills caches and heaps. */
const warmUpShare = 1 / 3;
const slopeMax = 0.01;

const text = { type: 'string' } as const;

interface Target {
  readonly url: string;
  readonly adminKey: string;
  stop(): Promise<void>;
}

/** Somebody else's server, or one of our own. */
async function findTarget(url: string | undefined, key: string | undefined): Promise<Target> {
  const nothing = (): Promise<void> => Promise.resolve();
  if (url !== undefined) return { url, adminKey: key ?? '', stop: nothing };
  const server = await startServer(undefined, { LOG_LEVEL: 'warn' });
  const stop = async (): Promise<void> => {
    await server.stop();
    removeData(server);
  };
  return { url: server.url, adminKey: server.adminKey, stop };
}

const summaryShape = z.looseObject({
  metrics: z.looseObject({
    transfers_acknowledged: z.looseObject({ count: z.number() }).optional(),
    http_reqs: z.looseObject({ count: z.number(), rate: z.number() }),
  }),
});

/** Runs k6 and shows what it says. @returns its status and what it counted */
async function runK6(args: readonly string[], env: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'k6-'));
  const summary = join(folder, 'summary.json');
  const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const flags = ['run', '--quiet', '--no-usage-report', '--summary-export', summary];
  const k6 = spawn(deployTool('k6'), [...flags, ...variables, ...args], { cwd: root, stdio: 'inherit' });
  const status = await new Promise<number | null>((settle) => k6.once('close', settle));
  try {
    return { status, metrics: summaryShape.parse(JSON.parse(readFileSync(summary, 'utf8'))).metrics };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const balanceShape = z.looseObject({
  totals: z.array(z.looseObject({ debits_minor: z.union([z.number(), z.string()]) })),
});

/** Transfers of one unit each: what they come to is how many there are. */
async function countTransfers({ url, adminKey }: Target, ledger: string): Promise<number> {
  const headers = { authorization: `Bearer ${adminKey}`, ledger };
  const answer = await fetch(`${url}/v1/reports/trial-balance?consistency=strong`, { headers });
  const { totals } = balanceShape.parse(await answer.json());
  return totals.reduce((sum, { debits_minor: debits }) => sum + Number(debits), 0);
}

/** Notes the server's own figures until it is told to stop. */
function watch(target: Target): { readonly samples: Sample[]; stop: () => Promise<void> } {
  const samples: Sample[] = [];
  const over = new AbortController();
  const begun = performance.now();
  const work = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const metrics = await readMetrics(target);
      const lags = [...metrics].filter(([name]) => name.startsWith('consumer_lag'));
      samples.push({
        seconds: (performance.now() - begun) / 1000,
        memory: metrics.get('process_resident_memory_bytes') ?? Number.NaN,
        files: metrics.get('process_open_fds') ?? Number.NaN,
        lag: Math.max(0, ...lags.map(([, lag]) => lag)),
        events: metrics.get('ledger_position') ?? Number.NaN,
      });
      await delay(sampleEveryMs, undefined, { signal: over.signal }).catch(() => undefined);
    }
  };
  const working = work();
  const stop = (): Promise<void> => {
    over.abort();
    return working;
  };
  return { samples, stop };
}

/** How memory, files and lag went after the warm-up, as shares in ten minutes. @returns whether they stand still */
function judge(samples: readonly Sample[]): boolean {
  const late = samples.slice(Math.floor(samples.length * warmUpShare));
  const slopes = slopeOf(late);
  for (const [name, slope] of Object.entries(slopes))
    process.stdout.write(`  ${name.padEnd(8)} ${(slope * 100).toFixed(2)} % in ten minutes\n`);
  const first = late[0];
  const last = late.at(-1);
  if (first !== undefined && last !== undefined)
    process.stdout.write(
      `  memory ${mib(first)} to ${mib(last)} MiB, files ${first.files} to ${last.files}, lag at most ${Math.max(...late.map(({ lag }) => lag))}\n`,
    );
  return Object.values(slopes).every((slope) => slope < slopeMax);
}

const mib = ({ memory }: Sample): number => Math.round(memory / 1024 ** 2);

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { url: text, key: text, rate: text, seconds: text },
  });
  const profile = profiles.find((name) => name === (positionals[0] ?? 'smoke'));
  if (profile === undefined) throw new Error(`a profile is one of ${profiles.join(', ')}`);
  const missing = deployToolsMissing();
  if (missing !== undefined) throw new Error(missing);
  const target = await findTarget(values.url, values.key ?? process.env['API_KEY']);
  const ledger = `load-${Date.now()}`;
  const watching = watch(target);
  try {
    const given = Object.fromEntries(
      Object.entries({ RATE: values.rate, SECONDS: values.seconds }).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    );
    const env = {
      PROFILE: profile,
      URL: target.url,
      API_KEY: target.adminKey,
      LEDGER: ledger,
      ...given,
    };
    const { status, metrics } = await runK6([script], env);
    await watching.stop();
    const known = metrics.transfers_acknowledged?.count;
    if (known === undefined) throw new Error('no transfer was acknowledged');
    const there = await countTransfers(target, ledger);
    process.stdout.write(
      `\n${metrics.http_reqs.count} requests; ${known} transfers were acknowledged, ${there} are there\n`,
    );
    mkdirSync(join(root, 'bench', 'results'), { recursive: true });
    const file = join(root, 'bench', 'results', `${ledger}-${profile}.json`);
    writeFileSync(file, JSON.stringify({ profile, metrics, samples: watching.samples }, undefined, 1));
    const isStill = profile === 'soak' ? judge(watching.samples) : true;
    // One whose answer was lost may be there all the same; one that was acknowledged has to be.
    if (status !== 0 || there < known || !isStill) process.exitCode = 1;
  } finally {
    await watching.stop();
    await target.stop();
  }
}

await main();
