import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname, relative } from 'node:path';
import { styleText } from 'node:util';
import { answerInstead, ConfigError, loadConfig, secretsOf, type Config } from './config.ts';
import { startRoles, type Running } from './roles.ts';
import { createLogger, toggleDebug, type Logger } from './runtime/log.ts';
import { DirectoryRefused } from './runtime/make-directory.ts';
import { roleTextOf } from './telemetry-parts.ts';

/** Before anything is started for it. @throws {ConfigError} */
async function requireFreePort({ host, port }: Pick<Config, 'host' | 'port'>): Promise<void> {
  const probe = createServer();
  try {
    probe.listen(port, host);
    await once(probe, 'listening');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const other = why === 'EADDRINUSE' ? 'something else listens there' : why;
    throw new ConfigError(
      `port ${port} of ${host} can not be used (${other}): choose another by --port`,
    );
  }
  probe.close();
  await once(probe, 'close');
}

/** A drain that takes longer than this is given up. */
const drainMsMax = 25_000;

const argv = process.argv.slice(2);

async function main(): Promise<void> {
  const text = answerInstead(argv, process.env);
  if (text !== undefined) {
    process.stdout.write(`${text}\n`);
    return;
  }
  const config = loadConfig(argv, process.env);
  const log = createLogger(config, roleTextOf(config), secretsOf(config));
  await requireFreePort(config);
  const running = await startRoles(config, log);
  process.stdout.write(welcome(running));
  stopOnSignals(running, log);
  process.on('SIGUSR2', toggleDebug(log));
}

function welcome(running: Running): string {
  const { address, role, adminKeyFile, consoleUrl } = running;
  const key = adminKeyFile === undefined ? '$ADMIN_API_KEY' : `$(cat ${adminKeyFile})`;
  const row = (name: string, value: string): string =>
    `  ${styleText('bold', name.padEnd(10))} ${value}\n`;
  const title = `\n${styleText('green', 'credit-ledger is ready')}\n\n`;
  if (!role.includes('gateway'))
    return `${title}${row('Roles', role.join(', '))}${row('Health', `${address}/readyz`)}\n`;
  return (
    title +
    (consoleUrl === undefined ? '' : row('Console', consoleUrl)) +
    row('API', `${address}/v1`) +
    row('Reference', `${address}/docs`) +
    row('Metrics', `${address}/metrics`) +
    row('Admin key', adminKeyFile ?? 'the one in ADMIN_API_KEY') +
    row('Try', `curl -H "Authorization: Bearer ${key}" ${address}/v1/ledgers`) +
    row('Demo', demoLine(address, adminKeyFile)) +
    '\n'
  );
}

/** The demo looks where a server is by default; elsewhere it has to be told. */
function demoLine(address: string, adminKeyFile: string | undefined): string {
  const dataDir = adminKeyFile === undefined ? undefined : relative('.', dirname(adminKeyFile));
  const isUsualDir = dataDir === undefined || dataDir === '.data';
  const where = isUsualDir ? '' : `DATA_DIR=${dirname(adminKeyFile ?? '')} `;
  return `${where}npm run demo${address.endsWith('127.0.0.1:4000') ? '' : ` -- --url ${address}`}`;
}

/** The first signal drains; a second one, or a drain that hangs, ends the process at once. */
function stopOnSignals(running: Running, log: Logger): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), drainMsMax).unref();
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  const isSetting = error instanceof ConfigError || error instanceof DirectoryRefused;
  const hint = isSetting ? '' : '\nThe server could not start. LOG_LEVEL=debug says more.';
  process.stderr.write(`${styleText('red', reason)}${hint}\n`);
  process.exit(isSetting ? 2 : 1);
});
