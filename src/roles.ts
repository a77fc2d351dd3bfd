import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client, Pool, type ClientConfig } from 'pg';
import type { Registry } from 'prom-client';
import { uuidv7 } from 'uuidv7';
import type { Config } from './config.ts';
import { ensureAdminKey } from './gateway/admin-key.ts';
import type { Dependency } from './gateway/health.ts';
import { createGateway } from './gateway/server.ts';
import { answerForwarded, forwardCommands, forwardPath } from './ledger/forwarding.ts';
import { LedgerProcess } from './ledger/ledger.ts';
import { createWriterMetrics } from './ledger/writer-metrics.ts';
import { checkServer, refusePooler } from './postgres/durability.ts';
import { startEmbedded } from './postgres/embedded.ts';
import { migrate } from './postgres/migrate.ts';
import { appRoleOptions, ensureRoles } from './postgres/roles.ts';
import { ensureSecret } from './runtime/secret-file.ts';
import type { Logger } from './runtime/log.ts';
import { createRegistry } from './runtime/metrics.ts';

const migrations = join(import.meta.dirname, '..', 'migrations');

/** A read may take this long in the database. */
const readMsMax = 15_000;

/** A running server. */
export interface Running {
  readonly address: string;
  /** The file with the admin key, where the key was made here. */
  readonly adminKeyFile: string | undefined;
  /** Drains and stops, PostgreSQL last. */
  stop(): Promise<void>;
}

interface Database {
  readonly config: ClientConfig;
  readonly revive: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts every role in this process: PostgreSQL where it is embedded, the ledger, the gateway. */
export async function startAll(config: Config, log: Logger): Promise<Running> {
  const database = await openDatabase(config, log);
  const started: (() => Promise<void>)[] = [() => database.stop()];
  const stop = async (): Promise<void> => {
    for (const end of started.splice(0).toReversed()) await end();
  };
  try {
    return await startOn(database, config, log, started, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startOn(
  database: Database,
  config: Config,
  log: Logger,
  started: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Running> {
  const roleOptions = await prepareDatabase(database.config, config, log);
  const pool = openPool(database.config, roleOptions, config, log);
  started.push(() => pool.end());
  const admin = await ensureAdminKey({
    dataDir: config.dataDir,
    adminApiKey: config.adminApiKey,
    db: pool,
    random: randomBytes,
    warn: (message) => log.warn(message),
  });
  const registry = createRegistry();
  const token =
    config.internalToken ?? (await ensureSecret(join(config.dataDir, 'internal.token'), randomBytes));
  const ledger = createLedger(database, roleOptions, { config, log, registry, token });
  started.push(() => ledger.stop());
  const gateway = createGateway({
    config,
    log,
    ledger,
    db: pool,
    primary: pool,
    registry,
    dependencies: dependenciesOf(pool, ledger),
    internal: { path: forwardPath, token, answer: (body) => answerForwarded(ledger, body) },
    now: Date.now,
    monotonicMs: () => performance.now(),
    random: randomBytes,
  });
  started.push(() => gateway.close());
  const address = await gateway.listen();
  ledger.start(config.advertiseUrl ?? address);
  await ledger.ready();
  return { address, adminKeyFile: admin.file, stop };
}

async function openDatabase(config: Config, log: Logger): Promise<Database> {
  const { databaseUrl, dataDir } = config;
  if (databaseUrl === undefined) {
    const embedded = await startEmbedded({ dataDir, log });
    return { config: embedded.clientConfig, revive: embedded.revive, stop: embedded.stop };
  }
  const nothing = (): Promise<void> => Promise.resolve();
  return { config: { connectionString: databaseUrl }, revive: nothing, stop: nothing };
}

/**
 * Checks the server, migrates, and says with which options the program's own connections take the
 * restricted role.
 */
async function prepareDatabase(
  clientConfig: ClientConfig,
  config: Config,
  log: Logger,
): Promise<string> {
  const client = new Client(clientConfig);
  client.on('error', (error) =>
    log.error({ err: error }, 'the connection that prepares the database failed'),
  );
  await client.connect();
  try {
    const warnings = await checkServer(client, { allowUnsafe: config.allowUnsafeDurability });
    for (const warning of warnings) log.warn(warning);
    await refusePooler(client);
    const { appRole } = await ensureRoles(client, log);
    const applied = await migrate(client, migrations);
    if (applied.length > 0)
      log.info({ migrations: applied.length }, 'the schema was brought up to date');
    return appRole === undefined ? '' : appRoleOptions;
  } finally {
    await client.end();
  }
}

function openPool(clientConfig: ClientConfig, roleOptions: string, config: Config, log: Logger): Pool {
  const pool = new Pool({
    ...clientConfig,
    max: config.readPoolMax,
    keepAlive: true,
    connectionTimeoutMillis: 5000,
    application_name: 'credit-ledger reader',
    options: `-c statement_timeout=${readMsMax} ${roleOptions}`.trim(),
  });
  pool.on('error', (error) => log.warn({ err: error }, 'a reading connection ended'));
  return pool;
}

interface LedgerParts {
  readonly config: Config;
  readonly log: Logger;
  readonly registry: Registry;
  readonly token: string;
}

function createLedger(database: Database, roleOptions: string, parts: LedgerParts): LedgerProcess {
  const { config, log, registry, token } = parts;
  return new LedgerProcess({
    connection: { config: database.config, roleOptions },
    accountCacheMax: config.accountCacheMax,
    batchMax: config.batchMax,
    queueMax: config.queueMax,
    requestDeadlineMs: config.requestDeadlineMs,
    log,
    metrics: createWriterMetrics(registry),
    monotonic: () => performance.now(),
    mintId: uuidv7,
    forward: (holder, commands, signal) => forwardCommands(holder, token, commands, signal),
    revive: database.revive,
  });
}

function dependenciesOf(pool: Pool, ledger: LedgerProcess): Dependency[] {
  return [
    { name: 'postgres', check: async () => void (await pool.query('select 1')) },
    {
      name: 'ledger',
      check: () =>
        ledger.isServing ? Promise.resolve() : Promise.reject(new Error(`the ledger is ${ledger.role}`)),
    },
  ];
}
