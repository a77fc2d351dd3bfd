// Every role twice, as separate processes on one machine, with Kafka between them: `npm run cluster`. Each has a
// port and a log file of its own; Ctrl-C drains them all. KAFKA_BROKERS takes a Kafka that is there already.
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { kafkaMissing, startKafka } from './kafka.ts';
import type { Broker } from './programs.ts';

const root = resolve(import.meta.dirname, '..');
const readyMsMax = 120_000;

const roles = ['gateway', 'ledger', 'relay', 'projections', 'worker', 'scheduler'] as const;
const copies = 2;
export const memberCount = roles.length * copies;

/** All but the first ledger. */
const others = Array.from({ length: copies }, (_, copy) => roles.map((role) => ({ role, copy })))
  .flat()
  .filter(({ role, copy }) => role !== 'ledger' || copy > 0);

/** One process of the cluster. */
export interface Member {
  readonly name: string;
  readonly role: string;
  readonly url: string;
  readonly logFile: string;
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
}

export interface ClusterOptions {
  readonly dataDir: string;
  /** One for each process, in the order of the roles, both copies of one after the other. */
  readonly ports: readonly number[];
  readonly kafkaBrokers: string;
  /** Further settings of every process. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Cluster {
  readonly members: readonly Member[];
  /** Drains and ends every process, gateways first. */
  stop(): Promise<void>;
}

/** Starts every role twice and resolves when all of them are ready. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  mkdirSync(join(options.dataDir, 'logs'), { recursive: true });
  const members: Member[] = [];
  const stop = async (): Promise<void> => {
    for (const { child } of members) child.kill('SIGTERM');
    await Promise.all(members.map(({ exited }) => exited));
  };
  try {
    // The first one starts PostgreSQL and makes the schema; the others would wait for it.
    members.push(startMember(options, 'ledger', 0));
    await Promise.all(members.map(awaitReady));
    for (const { role, copy } of others) members.push(startMember(options, role, copy));
    await Promise.all(members.map(awaitReady));
    return { members: members.toSorted((a, b) => a.name.localeCompare(b.name)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startMember(options: ClusterOptions, role: (typeof roles)[number], copy: number): Member {
  const { dataDir, ports, kafkaBrokers, env } = options;
  const port = ports[roles.indexOf(role) * copies + copy] ?? 0;
  const name = `${role}-${copy + 1}`;
  const logFile = join(dataDir, 'logs', `${name}.log`);
  const child = spawn(process.execPath, ['--import', './tools/compile-cache.mjs', 'src/main.ts'], {
    cwd: root,
    env: {
      ...process.env,
      ...env,
      ROLE: role,
      PORT: String(port),
      DATA_DIR: dataDir,
      KAFKA_BROKERS: kafkaBrokers,
      LOG_FORMAT: 'json',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const exited = new Promise((settle) => child.once('exit', settle));
  return { name, role, url: `http://127.0.0.1:${port}`, logFile, child, exited };
}

async function awaitReady({ name, url, child, logFile }: Member): Promise<void> {
  const until = performance.now() + readyMsMax;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || performance.now() > until)
      throw new Error(`${name} did not become ready: see ${logFile}`);
    await delay(100);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}

async function findKafka(): Promise<{ url: string; broker: Broker | undefined }> {
  const given = process.env['KAFKA_BROKERS'];
  if (given !== undefined && given !== '') return { url: given, broker: undefined };
  const missing = kafkaMissing();
  if (missing !== undefined) throw new Error(`${missing}, or name a Kafka in KAFKA_BROKERS`);
  const broker = await startKafka();
  return { url: broker.url, broker };
}

async function main(): Promise<void> {
  const { url, broker } = await findKafka();
  const dataDir = resolve(process.env['DATA_DIR'] ?? join(root, '.data'));
  const firstPort = Number(process.env['PORT'] ?? 4000);
  process.stdout.write(`Kafka: ${url}\nStarting ${memberCount} processes …\n`);
  const ports = Array.from({ length: memberCount }, (_, index) => firstPort + index);
  const cluster = await startCluster({ dataDir, ports, kafkaBrokers: url });
  for (const { name, url: address, logFile } of cluster.members)
    process.stdout.write(`  ${name.padEnd(14)} ${address}/readyz  ${logFile}\n`);
  process.stdout.write(`\nThe API is at both gateways, the admin key in ${dataDir}/admin.key\n`);
  let isEnding = false;
  const end = (): void => {
    if (isEnding) return;
    isEnding = true;
    void cluster
      .stop()
      .then(() => broker?.remove())
      .then(() => process.exit(0));
  };
  process.once('SIGINT', end).once('SIGTERM', end);
}

if (import.meta.main) await main();
