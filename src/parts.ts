import type { Client, Pool } from 'pg';
import type { Registry } from 'prom-client';
import { uuidv7 } from 'uuidv7';
import { appendAudit } from './audit/append-audit.ts';
import { AuditRecorder } from './audit/audit-recorder.ts';
import { ConfigError, type Config } from './config.ts';
import { openClient, type Database } from './databases.ts';
import { Admission } from './gateway/admission.ts';
import { SharedMemory } from './gateway/redis.ts';
import type { Certificate } from './gateway/tls.ts';
import { Issuer } from './gateway/issuer.ts';
import { TokenVerifier } from './gateway/token-verifier.ts';
import type { Admissions } from './gateway/route-handling.ts';
import { readAccountPositions } from './ledger/account-events.ts';
import { ClaimedLedger, type ClaimedLedgerOptions } from './gateway/claimed-ledger.ts';
import { KeyWatch, type KeyWatchOptions } from './gateway/key-watch.ts';
import type { Ledger } from './ledger/commands.ts';
import { forwardCommands, type Post } from './ledger/forwarding.ts';
import { LedgerProcess } from './ledger/ledger.ts';
import { readHead } from './ledger/read-ledgers.ts';
import { RemoteLedger } from './ledger/remote-ledger.ts';
import { createWriterMetrics } from './ledger/writer-metrics.ts';
import { projections } from './projections/projection-list.ts';
import { startProjections, type Log, type ProjectionsOptions } from './projections/start.ts';
import { refuseLostPublished } from './reconciliation/lost-entries.ts';
import { createRelayMetrics } from './relay/relay-metrics.ts';
import { Relay } from './relay/relay.ts';
import { openKafkaTransport } from './relay/transport/kafka.ts';
import { openPostgresTransport } from './relay/transport/postgres.ts';
import { openRabbitTransport } from './relay/transport/rabbitmq.ts';
import { traceTransport } from './relay/transport/traced.ts';
import type { Transport } from './relay/transport/transport.ts';
import type { Breaker, BreakerOf } from './runtime/breaker.ts';
import type { Logger } from './runtime/log.ts';
import type { Tracing } from './runtime/tracing.ts';
import type { ArchivedLog } from './retention/archived-log.ts';
import { scheduledJobs, type JobParts } from './scheduled-jobs.ts';
import { createSchedulerMetrics } from './scheduler/scheduler-metrics.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { webhooksName } from './webhooks/dead-delivery.ts';
import { createCarryOut } from './sql-gateway/carry-out.ts';
import { SqlClerk } from './sql-gateway/sql-clerk.ts';
import { createSqlMetrics } from './sql-gateway/sql-metrics.ts';
import { hearWakeUps } from './sql-gateway/wake-ups.ts';
import { auditDisabled } from './webhooks/audit-disabled.ts';
import { addressSet } from './webhooks/public-address.ts';
import type { TargetRules } from './webhooks/target.ts';
import { startWebhooks } from './webhooks/webhooks.ts';
import { workerName } from './worker/dead-command.ts';
import { createWorkerMetrics } from './worker/worker-metrics.ts';
import { startWorker } from './worker/worker.ts';

/** What every part of this process is made with. */
export interface Surroundings {
  readonly config: Config;
  readonly log: Logger;
  readonly registry: Registry;
  readonly tracing: Tracing;
  readonly database: Database;
  /** Options of a connection that make it work with the restricted role. */
  readonly roleOptions: string;
  /** Of one that sees the ledgers it is told of, and no others. */
  readonly wallOptions: string;
  /** The ledger's database. */
  readonly pool: Pool;
  readonly archivedLog: ArchivedLog;
  /** What processes of this product know each other by. */
  readonly token: string;
  /** What this process shows to clients, where it speaks HTTPS. */
  readonly tls: Certificate | undefined;
  /** How one of them posts to another. */
  readonly post: Post;
  readonly breakerOf: BreakerOf;
  /** Has a pool shown in the metrics. */
  readonly showPool: (name: string, pool: Pool) => void;
  /** Before `pool`. */
  readonly poolBreaker: Breaker;
}

/** The log where the ledger keeps it, with what was archived of it. */
function eventLogOf({ pool, archivedLog }: Surroundings): Log {
  return {
    read: archivedLog.read,
    head: async () => (await readHead(pool)).position,
    readOfAccount: async (account, after, limit) =>
      archivedLog.readAt(await readAccountPositions(pool, account, after, limit)),
  };
}

const logPageMax = 1000;

/** The transport that the settings name. @throws {ConfigError} when they name two. */
export function openTransport(around: Surroundings): Transport {
  return traceTransport(openPlainTransport(around), around.tracing);
}

function openPlainTransport(around: Surroundings): Transport {
  const { config, pool, archivedLog } = around;
  const { kafkaBrokers, kafkaPartitions, amqpUrl } = config;
  const log = eventLogOf(around);
  if (kafkaBrokers !== undefined && amqpUrl !== undefined)
    throw new ConfigError('KAFKA_BROKERS and AMQP_URL: only one of them can be set');
  if (kafkaBrokers !== undefined)
    return openKafkaTransport({
      brokers: kafkaBrokers,
      partitions: kafkaPartitions,
      head: log.head,
      random: Math.random,
    });
  if (amqpUrl !== undefined)
    return openRabbitTransport({
      url: amqpUrl,
      groups: [...projections.map(({ name }) => `projections.${name}`), workerName, webhooksName],
      log: { read: (after) => log.read(after, logPageMax), head: log.head },
      random: Math.random,
    });
  return openPostgresTransport({
    db: pool,
    readLog: archivedLog.read,
    random: Math.random,
    mintId: uuidv7,
  });
}

/** Another process takes over within this time: failures that end before are no outage. */
const takeoverMs = 2000;

/** The ledger in this process, which writes or stands by. */
export function createLedger(around: Surroundings, onCommit: () => void): LedgerProcess {
  const { config, log, registry, tracing, database, roleOptions, breakerOf } = around;
  const breaker = breakerOf('writer', { lastingMs: takeoverMs });
  return new LedgerProcess({
    connection: { config: database.config, roleOptions },
    accountCacheMax: config.accountCacheMax,
    batchMax: config.batchMax,
    queueMax: config.queueMax,
    requestDeadlineMs: config.requestDeadlineMs,
    log,
    metrics: createWriterMetrics(registry),
    tracing,
    monotonic: () => performance.now(),
    mintId: uuidv7,
    forward: (holder, commands, signal) => forwardCommands(around, holder, commands, signal),
    breaker,
    revive: database.revive,
    onCommit,
  });
}

/** Where the process is reached that holds the lock, or held it last. */
export async function readHolder(db: Pool): Promise<string | undefined> {
  const { holder } = await readHead(db);
  return holder === '' ? undefined : holder;
}

/** The holder's address is looked up this often at most. */
const holderMs = 250;

/** The ledger in another process: the one that LEDGER_URL names, or whichever holds the lock. */
export function createRemoteLedger(around: Surroundings): RemoteLedger {
  const { config, pool, breakerOf } = around;
  const breaker = breakerOf('ledger', { lastingMs: takeoverMs });
  let known: { readonly address: string | undefined; readonly at: number } | undefined;
  const findHolder = async (): Promise<string | undefined> => {
    if (known !== undefined && performance.now() - known.at < holderMs) return known.address;
    known = { address: await readHolder(pool), at: performance.now() };
    return known.address;
  };
  return new RemoteLedger({
    findAddress: async () => config.ledgerUrl ?? (await findHolder()),
    forward: (address, commands, signal) => forwardCommands(around, address, commands, signal),
    breaker,
    queueMax: config.queueMax,
    requestDeadlineMs: config.requestDeadlineMs,
    monotonic: () => performance.now(),
    random: Math.random,
    mintId: uuidv7,
  });
}

/**
 * Sends the log to the broker; undefined where consumers read the log itself.
 * @param openConnections of its own
 */
export function createRelay(
  { log, registry, breakerOf }: Surroundings,
  openConnections: () => Pool,
  { name, openPublisher, lastSent }: Transport,
): Relay | undefined {
  // Without a broker nothing is ever unpublished, which the metrics say.
  const metrics = createRelayMetrics(registry, Date.now);
  if (openPublisher === undefined) return undefined;
  return new Relay({
    db: openConnections(),
    name,
    openPublisher,
    lastSent,
    breaker: breakerOf(name),
    log,
    metrics,
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
    mintId: uuidv7,
  });
}

export function startReadModels(
  around: Surroundings,
  pools: Pick<ProjectionsOptions, 'pool' | 'pipelines'>,
  transport: Transport,
): ReturnType<typeof startProjections> {
  const { log, registry } = around;
  const eventLog = eventLogOf(around);
  return startProjections({
    ...pools,
    transport,
    log,
    registry,
    eventLog,
    now: Date.now,
    mintId: uuidv7,
  });
}

/** What the worker works with, beside what every part has. */
interface Work {
  /** Connections of its own. */
  readonly jobs: Pool;
  readonly ledger: Ledger;
  readonly transport: Transport;
  /** The database of the read models, where dead letters are. */
  readonly deadLetters: Pool;
}

/** Runs transfers that were accepted to be run later. */
export function startWork(
  { pool, config, log, registry, tracing }: Surroundings,
  { jobs, ledger, transport, deadLetters }: Work,
): ReturnType<typeof startWorker> {
  return startWorker({
    pool: jobs,
    log: pool,
    transport,
    ledger,
    attemptsMax: config.workerAttemptsMax,
    backoff: { msMin: config.workerBackoffMsMin, msMax: config.workerBackoffMsMax },
    deadlineMs: config.requestDeadlineMs,
    deadLetters,
    metrics: createWorkerMetrics(registry),
    tracing,
    logger: log,
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
  });
}

/**
 * Carries out what applications in the same database ask for.
 * @param db connections of its own
 */
export function startSqlGateway(
  { pool, database, roleOptions, config, log, registry }: Surroundings,
  db: Pool,
  ledger: Ledger,
): { readonly stop: () => Promise<void> } {
  const monotonicMs = (): number => performance.now();
  const readProcessing = () => Promise.resolve(null);
  const sources = { db: pool, primary: pool, readModels: undefined };
  const reading = { ...sources, readProcessing, now: Date.now, monotonicMs };
  const clerk = new SqlClerk({
    pool: db,
    carryOut: createCarryOut(ledger, reading),
    attemptsMax: config.workerAttemptsMax,
    backoff: { msMin: config.workerBackoffMsMin, msMax: config.workerBackoffMsMax },
    metrics: createSqlMetrics(registry),
    log,
    now: Date.now,
    monotonic: monotonicMs,
    random: Math.random,
    mintId: uuidv7,
  });
  const connect = (): Client => openClient(database.config, roleOptions, 'credit-ledger sql');
  clerk.start();
  const ears = hearWakeUps({ connect, channel: 'ledger_commands', onWake: () => clerk.wake(), log });
  return {
    stop: async () => {
      await ears.stop();
      await clerk.stop();
    },
  };
}

/** Where webhooks may go, as the settings say. */
export function webhookTargetsOf({ webhookAllowHttp, webhookAllowAddresses }: Config): TargetRules {
  return { allowHttp: webhookAllowHttp, allowed: addressSet(webhookAllowAddresses) };
}

/** What webhooks work with, beside what every part has. */
interface Sending {
  /** Connections of its own. */
  readonly deliveries: Pool;
  readonly transport: Transport;
  /** The database of the read models, where dead letters are. */
  readonly deadLetters: Pool;
}

/** Sends events to those who asked for them. */
export function startSending(
  { pool, archivedLog, config, log, registry, tracing }: Surroundings,
  { deliveries, transport, deadLetters }: Sending,
): ReturnType<typeof startWebhooks> {
  return startWebhooks({
    pool: deliveries,
    transport,
    readLog: archivedLog.read,
    deadLetters,
    rules: webhookTargetsOf(config),
    timeoutMs: config.webhookTimeoutMs,
    retries: {
      untilMs: config.webhookRetryMs,
      backoff: { msMin: config.webhookBackoffMsMin, msMax: config.webhookBackoffMsMax },
      random: Math.random,
    },
    disableAfterMs: config.webhookDisableAfterMs,
    onDisabled: (endpoint, reason) => appendAudit(pool, [auditDisabled(endpoint, reason)]),
    registry,
    tracing,
    logger: log,
    now: Date.now,
    monotonic: () => performance.now(),
    mintId: uuidv7,
  });
}

/** @throws {EntriesLost} where broker or read models prove entries that the database does not hold */
export function checkAgainstPublished(
  { pool, config, log }: Surroundings,
  models: Pool,
  transport: Transport,
): Promise<void> {
  const accept = config.acceptLostEntries;
  return refuseLostPublished({ db: pool, models, transport, accept, log, mintId: uuidv7 });
}

/**
 * Runs what comes round by itself.
 * @param db connections of its own
 */
export function createScheduler(
  around: Surroundings,
  db: Pool,
  parts: Pick<JobParts, 'ledger' | 'readModels' | 'transport' | 'seal'>,
): Scheduler {
  const { log, registry, config } = around;
  return new Scheduler({
    db,
    jobs: scheduledJobs(config, db, {
      ...parts,
      archivedLog: around.archivedLog,
      log,
      registry,
      mintId: uuidv7,
    }),
    log,
    metrics: createSchedulerMetrics(registry, Date.now),
    monotonic: () => performance.now(),
    mintId: uuidv7,
  });
}

/** Writes what this process has to say into the audit log. */
export function createAuditRecorder({ pool, log }: Surroundings): AuditRecorder {
  return new AuditRecorder({
    append: (entries) => appendAudit(pool, entries),
    warn: (facts, message) => log.warn(facts, message),
    monotonicMs: () => performance.now(),
  });
}

/** How many requests wait at most, of each kind. */
const waitingMax = 10_000;

/** How many requests this process carries out at once. */
export function createAdmissions({
  concurrentReadsMax,
  concurrentWritesMax,
  keyConcurrencyMax: laneMax,
}: Config): Admissions {
  const monotonicMs = (): number => performance.now();
  const admit = (runningMax: number): Admission =>
    new Admission({ runningMax, laneMax, waitingMax, monotonicMs });
  return { reads: admit(concurrentReadsMax), writes: admit(concurrentWritesMax) };
}

/** The issuer of tokens, where one is named. */
export function createIssuer({ config, breakerOf }: Surroundings): Issuer | undefined {
  const { oidcIssuer: address } = config;
  return address === undefined ? undefined : new Issuer(address, breakerOf('identity'));
}

/** Who verifies tokens, where there is an issuer. */
export function createTokenVerifier(
  config: Config,
  issuer: Issuer | undefined,
): TokenVerifier | undefined {
  if (issuer === undefined) return undefined;
  const { oidcAudience: audience } = config;
  const { oidcScopeClaim: scopeClaim, oidcScopePrefix: scopePrefix } = config;
  const { oidcLedgersClaim: ledgersClaim } = config;
  return new TokenVerifier({ issuer, audience, scopeClaim, scopePrefix, ledgersClaim });
}

/** The Redis that gateways share, where there is one. */
export function createRedis({ config, log, breakerOf }: Surroundings): SharedMemory | undefined {
  const { redisUrl: url } = config;
  return url === undefined ? undefined : new SharedMemory({ url, breaker: breakerOf('redis'), log });
}

/** The ledger behind claims that gateways share. */
export function createClaimedLedger(
  { token }: Surroundings,
  options: Pick<ClaimedLedgerOptions, 'ledger' | 'redis' | 'prefix'>,
): Ledger {
  return new ClaimedLedger({ ...options, token, monotonicMs: () => performance.now() });
}

/** Hears of API keys that changed in other processes. */
export function createKeyWatch(
  { database, roleOptions, log }: Surroundings,
  heard: Pick<KeyWatchOptions, 'auth' | 'sandboxes'>,
): KeyWatch {
  const connect = (): Client => openClient(database.config, roleOptions, 'credit-ledger keys');
  return new KeyWatch({ ...heard, connect, log });
}
