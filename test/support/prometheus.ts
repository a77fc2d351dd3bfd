import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { z } from 'zod';
import { awaitPort, findFreePorts, startInBackground } from '../../tools/programs.ts';
import { until } from './product.ts';

export const monitoring = join(import.meta.dirname, '..', '..', 'deploy');

const resultShape = z.object({
  data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()) })) }),
});
const alertsShape = z.object({
  data: z.object({
    alerts: z.array(z.object({ labels: z.record(z.string(), z.string()), state: z.string() })),
  }),
});

const readyMsMax = 60_000;

export interface TestPrometheus {
  /** @returns how many series a query gives now */
  readonly count: (query: string) => Promise<number>;
  /** Names of the alerts that fire. */
  readonly firing: () => Promise<string[]>;
}

/** @throws with what was answered, where that is no JSON or a failure */
async function askJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  if (!response.ok || !isJson) throw new Error(`${url}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** A real Prometheus with the rules of deploy/, which looks every second; alerts wait for `forSeconds` at most. */
export async function startPrometheus(
  t: TestContext,
  target: string,
  forSeconds: number,
): Promise<TestPrometheus> {
  const directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const rules = readFileSync(join(monitoring, 'prometheus', 'alerts.yml'), 'utf8');
  writeFileSync(join(directory, 'alerts.yml'), rules.replaceAll(/^( +for: ).*$/gm, `$1${forSeconds}s`));
  const job = { job_name: 'credit-ledger', static_configs: [{ targets: [new URL(target).host] }] };
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['alerts.yml'],
    scrape_configs: [job],
  };
  const file = join(directory, 'prometheus.yml');
  writeFileSync(file, JSON.stringify(config));
  const [port = 0] = await findFreePorts(1);
  const running = startInBackground('prometheus', [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ]);
  t.after(async () => {
    await running.kill();
    rmSync(directory, { recursive: true, force: true });
  });
  await awaitPort(port, running);
  const url = `http://127.0.0.1:${port}`;
  // It listens before it has opened what it keeps, and answers every query 503 until then.
  const isReady = async () => (await fetch(`${url}/-/ready`)).ok;
  await until(isReady, 'Prometheus is ready', readyMsMax);
  const ask = (path: string) => askJson(`${url}/api/v1/${path}`);
  return {
    count: async (query) =>
      resultShape.parse(await ask(`query?query=${encodeURIComponent(query)}`)).data.result.length,
    firing: async () => {
      const { alerts } = alertsShape.parse(await ask('alerts')).data;
      return alerts.flatMap(({ labels, state }) =>
        state === 'firing' ? [labels['alertname'] ?? ''] : [],
      );
    },
  };
}
