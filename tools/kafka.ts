// A real Kafka for those without Docker: `npm run kafka` starts one until it is interrupted, and prints how to
// reach it. It needs Java 17 and Maven, which fetches the broker's jars once.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  awaitPort,
  findFreePorts,
  hasProgram,
  runToEnd,
  startInBackground,
  type Background,
  type Broker,
} from './programs.ts';

const jars = join(import.meta.dirname, '..', '.cache', 'kafka-4.1.0');

/** What is missing on this machine to start a Kafka, and how to get it. */
export function kafkaMissing(): string | undefined {
  if (!hasProgram('java')) return 'Java is not installed: apt-get install openjdk-17-jre-headless';
  if (!existsSync(jars) && !hasProgram('mvn')) return 'Maven is not installed: apt-get install maven';
  return undefined;
}

/** Fetches the jars where they are not there yet. Whole or not at all: others may be doing the same. */
function ensureJars(): void {
  if (existsSync(jars)) return;
  const draft = `${jars}.${randomBytes(4).toString('hex')}`;
  const pom = join(import.meta.dirname, 'kafka-pom.xml');
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${draft}`];
  runToEnd('mvn', ['-q', '-B', '-f', pom, ...goal]);
  try {
    renameSync(draft, jars);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(jars)) throw error;
  }
}

function writeProperties(directory: string, port: number, controllerPort: number): string {
  const file = join(directory, 'server.properties');
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(directory, 'data'),
    'auto.create.topics.enable': false,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // One that was killed is back sooner than its old self is given up.
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
  };
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** Starts a broker of one node on 127.0.0.1, in a temporary directory. */
export async function startKafka(wantedPort?: number): Promise<Broker> {
  ensureJars();
  const directory = mkdtempSync(join(tmpdir(), 'credit-ledger-kafka-'));
  const [free = 0, controllerPort = 0] = await findFreePorts(2);
  const port = wantedPort ?? free;
  const properties = writeProperties(directory, port, controllerPort);
  const java = ['-cp', `${jars}/*`, '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];
  // A hyphen in front would be taken for a flag.
  const clusterId = randomBytes(16).toString('base64url').replaceAll('-', 'x');
  runToEnd('java', [...java, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties]);
  let running: Background | undefined;
  const broker: Broker = {
    url: `127.0.0.1:${port}`,
    start: async () => {
      running = startInBackground('java', ['-Xmx512m', ...java, 'kafka.Kafka', properties]);
      await awaitPort(port, running);
    },
    kill: async () => running?.kill(),
    remove: async () => {
      await broker.kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await broker.start();
  return broker;
}

async function main(): Promise<void> {
  const missing = kafkaMissing();
  if (missing !== undefined) {
    process.stderr.write(`${missing}\n`);
    process.exit(1);
  }
  const broker = await startKafka(Number(process.env['KAFKA_PORT'] ?? 9092));
  process.stdout.write(`Kafka is ready on ${broker.url}. In another terminal:\n\n`);
  process.stdout.write(
    `  KAFKA_BROKERS=${broker.url} npm start\n\nCtrl-C ends it and removes its data.\n`,
  );
  const end = (): void => void broker.remove().then(() => process.exit(0));
  process.once('SIGINT', end).once('SIGTERM', end);
}

if (import.meta.main) await main();
