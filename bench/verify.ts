import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { fill } from './long.ts';
import { entriesOf, readMetrics } from './metrics.ts';
import type { Options } from './options.ts';
import { readMemory } from './processes.ts';
import type { Section } from './report.ts';
import { writePath, withServer, type BenchServer } from './server.ts';

const program = join(import.meta.dirname, '..', 'src', 'cli.ts');
const reportShape = z.object({
  is_whole: z.boolean(),
  checks: z.array(z.object({ count: z.int() })),
});
const sampleMs = 50;

interface Measured {
  readonly seconds: number;
  readonly peakMiB: number;
  readonly broken: number;
}

/** How fast a book is verified, by the command, and how much memory that takes. */
export function measureVerify(options: Options): Promise<Section> {
  return withServer(writePath, options.accounts, async (server) => {
    await fill(server, options, 2 * options.transfers);
    const entries = entriesOf(await readMetrics(server));
    const { seconds, peakMiB, broken } = await runVerify(server);
    const perSecond = entries / seconds;
    return {
      title: `Verification, ${options.accounts.toLocaleString('en-US')} accounts`,
      columns: ['what', 'figure'],
      rows: [
        ['entries of two lines', entries],
        ['seconds, start included', seconds],
        ['entries per second, PostgreSQL included', perSecond],
        ['resident at most, MiB', peakMiB],
      ],
      targets: [
        { name: 'verified', actual: perSecond, goal: 50_000, at: 'least', unit: 'entries/s' },
        { name: 'memory', actual: peakMiB, goal: 300, at: 'most', unit: 'MiB' },
      ],
      checks: [{ name: 'bad records', expected: 0, actual: broken }],
    };
  });
}

/** Beside the server, which is idle: the command works on the database that it has started. */
async function runVerify({ dataDir }: BenchServer): Promise<Measured> {
  const beganAt = performance.now();
  const flags = ['--max-semi-space-size=4', '--no-parallel-scavenge'];
  const args = [...flags, program, 'verify', '--json', '--data-dir', dataDir];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let [peakMiB, isRunning] = [0, true];
  void ended.then(() => (isRunning = false));
  const stillRuns = (): boolean => isRunning;
  while (stillRuns()) {
    if (child.pid !== undefined) peakMiB = Math.max(peakMiB, peakOf(child.pid));
    await Promise.race([ended, delay(sampleMs)]);
  }
  const { checks } = reportShape.parse(JSON.parse(output));
  const broken = checks.reduce((sum, { count }) => sum + count, 0);
  return { seconds: (performance.now() - beganAt) / 1000, peakMiB, broken };
}

/** A process that has just ended has no memory any more. */
function peakOf(pid: number): number {
  try {
    return readMemory(pid).peak;
  } catch {
    return 0;
  }
}
