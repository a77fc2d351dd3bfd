import { join } from 'node:path';
import { Client, type ClientBase, type ClientConfig, type Pool } from 'pg';
import type { Config } from './config.ts';
import { checkServer, refusePooler } from './postgres/durability.ts';
import { startEmbedded } from './postgres/embedded.ts';
import { createPool } from './postgres/pool.ts';
import { withConnection } from './postgres/transaction.ts';
import { listPending, migrate, type MigrationTable } from './postgres/migrate.ts';
import { appRoleOptions, ensureRoles, hasWall, readerRoleOptions } from './postgres/roles.ts';
import type { Logger } from './runtime/log.ts';

const migrations = join(import.meta.dirname, '..', 'migrations');
const readModelMigrations = join(migrations, 'read-models');

/** A read may take this long in the database. */
const readMsMax = 15_000;

/** The PostgreSQL of this process: its own or the user's. */
export interface Database {
  readonly config: ClientConfig;
  readonly revive: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts or adopts the embedded PostgreSQL, where no other one is named. */
export async function openDatabase(config: Config, log: Logger): Promise<Database> {
  const { databaseUrl, dataDir, walArchiveDir } = config;
  if (databaseUrl === undefined) {
    const embedded = await startEmbedded({ dataDir, log, walArchiveDir });
    return { config: embedded.clientConfig, revive: embedded.revive, stop: embedded.stop };
  }
  const nothing = (): Promise<void> => Promise.resolve();
  return { config: { connectionString: databaseUrl }, revive: nothing, stop: nothing };
}

/**
 * Checks the server, migrates, and says with which options the program's own connections take the
 * restricted role.
 */
export async function prepareDatabase(
  clientConfig: ClientConfig,
  config: Config,
  log: Logger,
): Promise<{ roleOptions: string; wallOptions: string; applied: readonly string[] }> {
  const client = new Client(clientConfig);
  client.on('error', (error) =>
    log.error({ err: error }, 'the connection that prepares the database failed'),
  );
  await connectNamed(client);
  try {
    const warnings = await checkServer(client, { allowUnsafe: config.allowUnsafeDurability });
    for (const warning of warnings) log.warn(warning);
    await refusePooler(client);
    const { appRole, readerRole } = await ensureRoles(client, log);
    const applied = await migrateOrCheck(client, config, migrations);
    if (applied.length > 0)
      log.info({ migrations: applied.length }, 'the schema was brought up to date');
    const roleOptions = appRole === undefined ? '' : appRoleOptions;
    const isWalled = readerRole !== undefined && (await hasWall(client, 'ledger.accounts'));
    return { roleOptions, wallOptions: isWalled ? readerRoleOptions : roleOptions, applied };
  } finally {
    await client.end();
  }
}

/** @returns the names of the files that were applied @throws where some are lacking and nobody may apply them */
async function migrateOrCheck(
  client: ClientBase,
  { migrateAtStart }: Pick<Config, 'migrateAtStart'>,
  directory: string,
  table?: MigrationTable,
): Promise<readonly string[]> {
  if (migrateAtStart) return migrate(client, directory, table);
  const [first] = await listPending(client, directory, table);
  if (first === undefined) return [];
  throw new Error(
    `the database lacks ${first}: run credit-ledger migrate, or set MIGRATE_AT_START to true`,
  );
}

/** The driver's error names an address at most, and nothing where a host has several: this one says what was missing. */
async function connectNamed(client: Client): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
    const reason = first instanceof Error ? first.message : String(first);
    throw new Error(`no connection to PostgreSQL at ${client.host}:${client.port}: ${reason}`, {
      cause: error,
    });
  }
}

interface PoolKind {
  readonly name: string;
  readonly max: number;
  readonly options: string;
}

const timedOut = `-c statement_timeout=${readMsMax}`;

/** What the parts of the program read for themselves, and short writes. */
export function partsOf({ readPoolMax }: Config): PoolKind {
  return { name: 'credit-ledger parts', max: readPoolMax, options: timedOut };
}

/** What requests read. */
export function readersOf({ readPoolMax }: Config): PoolKind {
  return { name: 'credit-ledger reader', max: readPoolMax, options: timedOut };
}

/** What these write can be written again, so they do not wait for the disk. */
export function writersOf(part: 'worker' | 'webhooks' | 'sql' | 'relay' | 'scheduler'): PoolKind {
  return {
    name: `credit-ledger ${part}`,
    max: 4,
    options: `${timedOut} -c synchronous_commit=off`,
  };
}

/** Connections with the restricted role. */
export function openPool(
  clientConfig: ClientConfig,
  roleOptions: string,
  { name, max, options }: PoolKind,
  log: Logger,
): Pool {
  const settings = {
    ...clientConfig,
    max,
    keepAlive: true,
    connectionTimeoutMillis: 5000,
    application_name: name,
    options: `${options} ${roleOptions}`.trim(),
    // The server gives queries up itself; where it is gone without a word, the connection ends.
    query_timeout: readMsMax + 5000,
  };
  return createPool(settings, (error) =>
    log.warn({ err: error, pool: name }, 'a connection of a pool ended'),
  );
}

/** One connection, not open yet, that gives up a query after some seconds. */
export function openClient(clientConfig: ClientConfig, roleOptions: string, name: string): Client {
  return new Client({
    ...clientConfig,
    keepAlive: true,
    connectionTimeoutMillis: 5000,
    query_timeout: 5000,
    application_name: name,
    options: roleOptions,
  });
}

/** Where the read models are. */
export function readModelsConfig(
  { config }: Database,
  { readModelDatabaseUrl: url }: Pick<Config, 'readModelDatabaseUrl'>,
): ClientConfig {
  return url === undefined ? config : { connectionString: url };
}

/** Connections of the schema's owner: a rebuild makes tables. */
export function openReadModels(
  database: Database,
  config: Config,
  log: Logger,
  { max = config.readPoolMax, pipeline = false } = {},
): Pool {
  const settings = {
    ...readModelsConfig(database, config),
    max,
    pipeline,
    keepAlive: true,
    connectionTimeoutMillis: 5000,
    application_name: 'credit-ledger read models',
  };
  return createPool(settings, (error) =>
    log.warn({ err: error }, 'a connection to the read models ended'),
  );
}

/** Brings the schema of the read models up to date. @returns the options of connections behind its wall */
export function prepareReadModels(
  pool: Pool,
  config: Pick<Config, 'migrateAtStart'>,
  log: Logger,
): Promise<{ wallOptions: string; applied: readonly string[] }> {
  return withConnection(pool, async (client) => {
    const { readerRole } = await ensureRoles(client, log);
    const applied = await migrateOrCheck(client, config, readModelMigrations, 'read_model_migrations');
    if (applied.length > 0)
      log.info({ migrations: applied.length }, 'the schema of the read models was brought up to date');
    const isWalled = readerRole !== undefined && (await hasWall(client, 'read_models.accounts'));
    return { wallOptions: isWalled ? readerRoleOptions : '', applied };
  });
}

/** Brings both schemas up to date, whatever the settings say of a start. @returns what was applied */
export async function migrateAll(database: Database, config: Config, log: Logger): Promise<string[]> {
  const asked = { ...config, migrateAtStart: true };
  const { applied } = await prepareDatabase(database.config, asked, log);
  const models = openReadModels(database, config, log, { max: 1 });
  try {
    return [...applied, ...(await prepareReadModels(models, asked, log)).applied];
  } finally {
    await models.end();
  }
}
