// A real RabbitMQ of one's own from Debian's package: `npm run rabbitmq` starts one until it is interrupted.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  awaitPort,
  findFreePorts,
  startInBackground,
  type Background,
  type Broker,
} from './programs.ts';

/** The package's own scripts; those on the path insist on the package's user. */
const programs = '/usr/lib/rabbitmq/bin';

/** What is missing on this machine to start a RabbitMQ, and how to get it. */
export function rabbitmqMissing(): string | undefined {
  if (existsSync(join(programs, 'rabbitmq-server'))) return undefined;
  return 'RabbitMQ is not installed: apt-get install rabbitmq-server';
}

/** Everything that a second node on the same machine must not share with the first. */
function environmentOf(directory: string, ports: readonly number[]): NodeJS.ProcessEnv {
  const [port = 0, epmdPort = 0, distributionPort = 0] = ports;
  const settings = join(directory, 'rabbitmq.conf');
  const plugins = join(directory, 'enabled_plugins');
  writeFileSync(
    settings,
    `listeners.tcp.1 = 127.0.0.1:${port}\nlog.console = true\nlog.console.level = error\n`,
  );
  writeFileSync(plugins, '[].\n');
  return {
    HOME: directory,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(epmdPort),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_NODENAME: `ledger-${randomBytes(4).toString('hex')}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_MNESIA_BASE: join(directory, 'mnesia'),
    RABBITMQ_LOG_BASE: join(directory, 'log'),
    RABBITMQ_CONFIG_FILE: settings,
    RABBITMQ_CONF_ENV_FILE: join(directory, 'no-environment'),
    RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
  };
}

/** Starts a node on 127.0.0.1, in a temporary directory; works as root too. */
export async function startRabbitmq(wantedPort?: number): Promise<Broker> {
  const directory = mkdtempSync(join(tmpdir(), 'credit-ledger-rabbitmq-'));
  const [free = 0, ...others] = await findFreePorts(3);
  const port = wantedPort ?? free;
  const env = environmentOf(directory, [port, ...others]);
  // Ours in the foreground, so that it ends with us: the one that the server would start is a daemon.
  const [epmdPort = 0] = others;
  const epmd = startInBackground('epmd', ['-port', String(epmdPort)], env);
  await awaitPort(epmdPort, epmd);
  let running: Background | undefined;
  const broker: Broker = {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    start: async () => {
      running = startInBackground(join(programs, 'rabbitmq-server'), [], env);
      await awaitPort(port, running);
    },
    kill: async () => running?.kill(),

    remove: async () => {
      await broker.kill();
      await epmd.kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await broker.start();
  return broker;
}

async function main(): Promise<void> {
  const missing = rabbitmqMissing();
  if (missing !== undefined) {
    process.stderr.write(`${missing}\n`);
    process.exit(1);
  }
  const broker = await startRabbitmq(Number(process.env['RABBITMQ_PORT'] ?? 5672));
  process.stdout.write(
    `RabbitMQ is ready. In another terminal:\n\n  AMQP_URL=${broker.url} npm start\n\n`,
  );
  process.stdout.write('Ctrl-C ends it and removes its data.\n');
  const end = (): void => void broker.remove().then(() => process.exit(0));
  process.once('SIGINT', end).once('SIGTERM', end);
}

if (import.meta.main) await main();
