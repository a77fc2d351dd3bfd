import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { Config } from './config.ts';
import {
  openDatabase,
  openPool,
  openReadModels,
  partsOf,
  prepareDatabase,
  prepareReadModels,
  type Database,
} from './databases.ts';
import { ensureAdminKey } from './gateway/admin-key.ts';
import type { Dependency } from './gateway/health.ts';
import { readModelsName } from './gateway/problem.ts';
import { Auth } from './gateway/auth.ts';
import { createSharedRates, localRates } from './gateway/rate-limit.ts';
import type { SharedMemory } from './gateway/redis.ts';
import { Sandboxes } from './gateway/sandboxes.ts';
import type { GatewayOptions, ServerOptions } from './gateway/gateway-options.ts';
import type { Issuer } from './gateway/issuer.ts';
import { createDoorway, createGateway, type Gateway } from './gateway/server.ts';
import type { Ledger } from './ledger/commands.ts';
import { readDatabaseId } from './ledger/read-ledgers.ts';
import { LedgerProcess } from './ledger/ledger.ts';
import type { RemoteLedger } from './ledger/remote-ledger.ts';
import {
  checkAgainstPublished,
  createAdmissions,
  createAuditRecorder,
  createClaimedLedger,
  createKeyWatch,
  createLedger,
  createIssuer,
  createRedis,
  createRelay,
  createTokenVerifier,
  createRemoteLedger,
  createScheduler,
  openTransport,
  startReadModels,
  startSending,
  startSqlGateway,
  startWork,
  webhookTargetsOf,
  type Surroundings,
} from './parts.ts';
import {
  brokerDependency,
  databaseDependency,
  issuerDependency,
  ledgerDependency,
  readModelsDependency,
  redisDependency,
  relayDependency,
} from './health-parts.ts';
import { guardReadModels, openProjectionPools, openWalled, openWriters } from './pools.ts';
import { openTracing, roleTextOf, showBacklogs } from './telemetry-parts.ts';
import { internalRoute, openCertificate, openConsole, openPost } from './edge-parts.ts';
import { checkAgainstSeals, createSeals, openExport, startVerifier } from './proof-parts.ts';
import { redrivesOfProjections } from './projections/start.ts';
import { readOutbox } from './relay/read-outbox.ts';
import type { Relay } from './relay/relay.ts';
import type { Transport } from './relay/transport/transport.ts';
import { openArchivedLog } from './retention/archived-log.ts';
import { createBreakers, type Breaker } from './runtime/breaker.ts';
import { databaseBreaker, guardPool } from './postgres/guarded-pool.ts';
import { createPoolMetrics } from './postgres/pool-metrics.ts';
import type { Logger } from './runtime/log.ts';
import { createRegistry, showProgram } from './runtime/metrics.ts';
import { ensureSecret } from './runtime/secret-file.ts';
import { redriveDeliveries, webhooksName } from './webhooks/dead-delivery.ts';
import { redriveCommands, workerName } from './worker/dead-command.ts';
import { readProcessing } from './worker/read-processing.ts';

type Role = Config['role'][number];
type Need = 'own ledger' | 'any ledger' | 'read models' | 'transport';

/** What each role needs, beside the ledger's database and a door for health and metrics. */
const needs: Readonly<Record<Role, readonly Need[]>> = {
  gateway: ['any ledger', 'read models'],
  ledger: ['own ledger', 'transport'],
  relay: ['transport'],
  projections: ['read models', 'transport'],
  worker: ['any ledger', 'read models', 'transport'],
  scheduler: ['any ledger', 'read models', 'transport'],
};

/** A running server. */
export interface Running {
  readonly address: string;
  readonly role: Config['role'];
  /** The file with the admin key, where the key was made here. */
  readonly adminKeyFile: string | undefined;
  /** Where the console is, where it is served; a link that signs the administrator in, where the key was made here. */
  readonly consoleUrl: string | undefined;
  /** Drains and stops, PostgreSQL last. */
  stop(): Promise<void>;
}

/** What has to be ended, in the order in which it was started. */
type Started = (() => Promise<void>)[];

/** Starts the roles that the settings name in this process, and PostgreSQL where it is embedded. */
export async function startRoles(config: Config, log: Logger): Promise<Running> {
  const database = await openDatabase(config, log);
  const started: Started = [() => database.stop()];
  const stop = async (): Promise<void> => {
    for (const end of started.splice(0).toReversed()) await end();
  };
  try {
    const parts = await openParts(database, config, log, started);
    const { address, ...served } = await serve(parts, started);
    await startParts(parts, address, started);
    return { address, role: config.role, ...served, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The parts that the roles of this process need, and no others. */
interface Parts {
  readonly around: Surroundings;
  readonly has: (role: Role) => boolean;
  readonly readModels: Pool | undefined;
  readonly modelsBreaker: Breaker;
  /** Options of a connection behind the wall of the read models. */
  readonly modelsWall: string;
  readonly ledger: LedgerProcess | RemoteLedger | undefined;
  readonly transport: Transport | undefined;
  readonly relay: Relay | undefined;
}

async function openParts(
  database: Database,
  config: Config,
  log: Logger,
  started: Started,
): Promise<Parts> {
  const has = (role: Role): boolean => config.role.includes(role);
  const need = (need: Need): boolean => config.role.some((role) => needs[role].includes(need));
  const around = await openSurroundings(database, config, log, started);
  if (need('own ledger')) await checkAgainstSeals(around);
  const readModels = need('read models') ? openReadModels(database, config, log) : undefined;
  const modelsBreaker = databaseBreaker(around.breakerOf, readModelsName);
  if (readModels !== undefined) guardReadModels(around, readModels, modelsBreaker);
  let modelsWall = '';
  if (readModels !== undefined) {
    around.showPool('read models', readModels);
    started.push(() => readModels.end());
    modelsWall = (await prepareReadModels(readModels, config, log)).wallOptions;
  }
  const transport = need('transport') ? openTransport(around) : undefined;
  if (transport !== undefined) started.push(() => transport.close());
  if (need('own ledger') && transport !== undefined)
    await checkLoss(around, { database, readModels, transport });
  const openRelayPool = (): Pool => openWriters(around, 'relay', started);
  const sends = has('relay') && transport !== undefined;
  const relay = sends ? createRelay(around, openRelayPool, transport) : undefined;
  const wake = (): void => {
    transport?.wake();
    relay?.wake();
  };
  const ledger = createAnyLedger(around, need, wake);
  if (ledger !== undefined) started.push(() => ledger.stop());
  return { around, has, readModels, modelsBreaker, modelsWall, ledger, transport, relay };
}

/** Also a process that has no read models of its own to serve looks at how far they are. */
async function checkLoss(
  around: Surroundings,
  {
    database,
    readModels,
    transport,
  }: {
    readonly database: Database;
    readonly readModels: Pool | undefined;
    readonly transport: Transport;
  },
): Promise<void> {
  if (readModels !== undefined) return checkAgainstPublished(around, readModels, transport);
  const models = openReadModels(database, around.config, around.log);
  try {
    await prepareReadModels(models, around.config, around.log);
    await checkAgainstPublished(around, models, transport);
  } finally {
    await models.end();
  }
}

async function openSurroundings(
  database: Database,
  config: Config,
  log: Logger,
  started: Started,
): Promise<Surroundings> {
  const { roleOptions, wallOptions } = await prepareDatabase(database.config, config, log);
  const registry = createRegistry();
  showProgram(registry, roleTextOf(config));
  const tracing = await openTracing(config, log, registry, started);
  const showPool = createPoolMetrics(registry);
  const pool = openPool(database.config, roleOptions, partsOf(config), log);
  showPool('parts', pool);
  started.push(() => pool.end());
  const token =
    config.internalToken ?? (await ensureSecret(join(config.dataDir, 'internal.token'), randomBytes));
  const breakerOf = createBreakers(registry);
  const poolBreaker = databaseBreaker(breakerOf, 'postgres');
  guardPool(pool, { name: 'postgres', breaker: poolBreaker, config: database.config });
  const archivedLog = openArchivedLog(pool, config.archiveDir);
  const tls = openCertificate(config, log, started);
  const post = openPost(config, log, tls, started);
  const shared = {
    config,
    log,
    registry,
    tracing,
    database,
    roleOptions,
    wallOptions,
    pool,
    archivedLog,
    token,
  };
  return { ...shared, breakerOf, poolBreaker, showPool, tls, post };
}

function createAnyLedger(
  around: Surroundings,
  need: (need: Need) => boolean,
  onCommit: () => void,
): LedgerProcess | RemoteLedger | undefined {
  if (need('own ledger')) return createLedger(around, onCommit);
  return need('any ledger') ? createRemoteLedger(around) : undefined;
}

/** Opens the door: the public API where this process is a gateway, else health and metrics only. */
async function serve(
  parts: Parts,
  started: Started,
): Promise<Pick<Running, 'address' | 'adminKeyFile' | 'consoleUrl'>> {
  const { around, has, ledger, readModels } = parts;
  const { config, log, registry, pool } = around;
  const dependencies = listDependencies(parts);
  const internal = ledger instanceof LedgerProcess ? internalRoute(around, ledger) : undefined;
  const { corsOrigins, trustedProxies } = config;
  const { tls } = around;
  const auditRecorder = createAuditRecorder(around);
  started.push(() => auditRecorder.close());
  const options = {
    config,
    tls,
    corsOrigins,
    trustedProxies,
    log,
    registry,
    tracing: around.tracing,
    dependencies,
    internal,
    random: randomBytes,
    auditRecorder,
    metricsToken: config.metricsToken,
  };
  const isPublic = has('gateway') && ledger !== undefined && readModels !== undefined;
  if (!isPublic)
    return {
      address: await open(createDoorway(options), started),
      adminKeyFile: undefined,
      consoleUrl: undefined,
    };
  const issuer = createIssuer(around);
  if (issuer !== undefined) dependencies.push(issuerDependency(issuer));
  const guard = await openGuard(around, issuer, started);
  const adminKey = await makeAdminKey(around, guard.pepper);
  const front = openConsole(around, adminKey, issuer);
  const redis = openRedis(around, started);
  if (redis !== undefined) dependencies.push(redisDependency(redis));
  const prefix = `credit-ledger:${await readDatabaseId(pool)}`;
  const rates = redis === undefined ? localRates : createSharedRates(redis, prefix);
  const claimed = redis === undefined ? ledger : createClaimedLedger(around, { ledger, redis, prefix });
  const door = openGateway(
    {
      ...options,
      ...guard,
      ...openWalled(around, parts, started),
      ...front.options,
      rates,
      readLog: around.archivedLog.read,
    },
    around,
    claimed,
    readModels,
  );
  const address = await open(door, started);
  return { address, adminKeyFile: adminKey.file, consoleUrl: front.urlAt(address) };
}

/** What `/readyz` asks after. */
function listDependencies(parts: Parts): Dependency[] {
  const { around, ledger, relay, transport, readModels, modelsBreaker } = parts;
  const dependencies = [databaseDependency(around)];
  if (ledger !== undefined) dependencies.push(ledgerDependency(ledger, around.pool));
  if (readModels !== undefined) dependencies.push(readModelsDependency(readModels, modelsBreaker));
  if (relay !== undefined && transport !== undefined)
    dependencies.push(relayDependency(relay), brokerDependency(transport.name, relay));
  return dependencies;
}

function openRedis(around: Surroundings, started: Started): SharedMemory | undefined {
  const redis = createRedis(around);
  if (redis !== undefined) started.push(async () => redis.close());
  return redis;
}

async function open(door: Gateway, started: Started): Promise<string> {
  started.push(() => door.close());
  return door.listen();
}

/** What decides who may come in, and writes down who was refused. */
type Guard = Pick<GatewayOptions, 'auth' | 'pepper' | 'sandboxes' | 'admissions'>;

async function openGuard(
  around: Surroundings,
  issuer: Issuer | undefined,
  started: Started,
): Promise<Guard> {
  const { config, pool } = around;
  const { keyGraceMs: graceMs } = config;
  const pepper =
    config.apiKeyPepper ?? (await ensureSecret(join(config.dataDir, 'api-key.pepper'), randomBytes));
  const { rateLimitPerSecond: perSecond } = config;
  const tokens = createTokenVerifier(config, issuer);
  const auth = new Auth({ db: pool, pepper, perSecond, graceMs, tokens, now: Date.now });
  const sandboxes = new Sandboxes();
  await sandboxes.load(pool);
  const watch = createKeyWatch(around, { auth, sandboxes });
  watch.start();
  started.push(() => watch.stop());
  return { auth, pepper, sandboxes, admissions: createAdmissions(config) };
}

async function makeAdminKey(
  { config, log, pool }: Surroundings,
  pepper: string,
): Promise<{ token: string; file: string | undefined }> {
  const { dataDir, adminApiKey } = config;
  const warn = (message: string): void => log.warn(message);
  const options = { dataDir, adminApiKey, db: pool, pepper, random: randomBytes, warn };
  return ensureAdminKey(options);
}

function openGateway(
  options: ServerOptions &
    Guard &
    Pick<GatewayOptions, 'auditRecorder'> &
    Pick<GatewayOptions, 'rates' | 'readLog' | 'db' | 'console' | 'links'> &
    Partial<Pick<GatewayOptions, 'readModelDb'>>,
  around: Surroundings,
  ledger: Ledger,
  readModels: Pool,
): Gateway {
  const { pool } = around;
  const { fourEyes, approvalMs } = around.config;
  return createGateway({
    ...options,
    fourEyes,
    approvalMs,
    ledger,
    primary: pool,
    readModelPool: readModels,
    redrives: new Map([
      ...redrivesOfProjections(Date.now),
      [workerName, redriveCommands(ledger)],
      [webhooksName, redriveDeliveries(pool)],
    ]),
    webhookTargets: webhookTargetsOf(around.config),
    readProcessing: (transfer) => readProcessing(pool, transfer),
    readOutbox: () => readOutbox(pool),
    openExport: (name, format) => openExport(around, name, format),
    seals: createSeals(around, ledger),
    now: Date.now,
    monotonicMs: () => performance.now(),
  });
}

/** Starts what works by itself, the ledger first: the others follow what it commits. */
async function startParts(
  { around, has, ledger, relay, transport, readModels }: Parts,
  address: string,
  started: Started,
): Promise<void> {
  if (ledger instanceof LedgerProcess) {
    ledger.start(around.config.advertiseUrl ?? address);
    await ledger.ready();
  }
  if (relay !== undefined) {
    relay.start();
    started.push(() => relay.stop());
  }
  if (has('projections') && readModels !== undefined && transport !== undefined) {
    const projections = await startReadModels(around, openProjectionPools(around, started), transport);
    started.push(() => projections.close());
  }
  if (has('worker') && ledger !== undefined && readModels !== undefined && transport !== undefined) {
    const jobs = openWriters(around, 'worker', started);
    const worker = await startWork(around, { jobs, ledger, transport, deadLetters: readModels });
    started.push(() => worker.close());
    const deliveries = openWriters(around, 'webhooks', started);
    const webhooks = startSending(around, { deliveries, transport, deadLetters: readModels });
    started.push(() => webhooks.close());
    const commands = openWriters(around, 'sql', started);
    const clerk = startSqlGateway(around, commands, ledger);
    started.push(() => clerk.stop());
  }
  if (has('scheduler') && ledger !== undefined && readModels !== undefined && transport !== undefined) {
    const db = openWriters(around, 'scheduler', started);
    const { seal } = createSeals(around, ledger);
    const scheduler = createScheduler(around, db, { ledger, readModels, transport, seal });
    await scheduler.start();
    showBacklogs(around, readModels);
    started.push(() => scheduler.stop());
    const verifier = startVerifier(around);
    started.push(() => verifier.close());
  }
}
