import { z } from 'zod';
import { securitySettings } from './security-settings.ts';
import { telemetrySettings } from './telemetry-settings.ts';
import { boolean, every, integer, isAddressRange, list, settings, text, url } from './setting-fields.ts';

/** All that a process can do. */
export const roleNames = ['gateway', 'ledger', 'relay', 'projections', 'worker', 'scheduler'] as const;

const roles = () =>
  list()
    .transform((names) => (names.includes('all') ? [...roleNames] : names))
    .pipe(
      z
        .array(z.enum(roleNames, `must be all, or some of ${roleNames.join(', ')}`))
        .min(1, 'must name a role'),
    );

const broker = z.string().regex(/^[^\s:]+:\d{1,5}$/, 'must be host:port, or several with commas');

/** The one table of settings: key, schema with default, environment name, unit, secrecy, description. */
export const settingSchema = z.object({
  role: roles()
    .default(() => [...roleNames])
    .register(settings, {
      env: 'ROLE',
      defaultText: 'all',
      description: `What this process does: all, or some of ${roleNames.join(', ')}, with commas.`,
    }),
  host: text().default('127.0.0.1').register(settings, {
    env: 'HOST',
    description: 'Address the HTTP server listens on; 0.0.0.0 for every interface.',
  }),
  port: integer(0, 65_535).default(4000).register(settings, {
    env: 'PORT',
    description: 'Port the HTTP server listens on; 0 takes any free one.',
  }),
  dataDir: text().default('.data').register(settings, {
    env: 'DATA_DIR',
    description: 'Directory of the embedded PostgreSQL and of the generated admin key.',
  }),
  walArchiveDir: text().optional().register(settings, {
    env: 'WAL_ARCHIVE_DIR',
    defaultText: 'none',
    description: 'Where the embedded PostgreSQL archives its WAL, for a restore to any moment.',
  }),
  databaseUrl: url(/^postgres(ql)?$/, 'postgresql://user:password@host:5432/database')
    .optional()
    .register(settings, {
      env: 'DATABASE_URL',
      secret: true,
      defaultText: 'embedded PostgreSQL 18',
      description: 'A PostgreSQL 15 or later of your own, reached directly and not through a pooler.',
    }),
  readModelDatabaseUrl: url(/^postgres(ql)?$/, 'postgresql://user:password@host:5432/read_models')
    .optional()
    .register(settings, {
      env: 'READ_MODEL_DATABASE_URL',
      secret: true,
      defaultText: "the ledger's database",
      description: 'A PostgreSQL 15 or later for the read models and dead letters.',
    }),
  migrateAtStart: boolean().default(true).register(settings, {
    env: 'MIGRATE_AT_START',
    description:
      'Bring the schemas up to date at the start; if not, `credit-ledger migrate` has to have.',
  }),
  sealDir: text().optional().register(settings, {
    env: 'SEAL_DIR',
    defaultText: 'DATA_DIR/seals',
    description: 'Directory of signed heads and their keys; best on another disk than the database.',
  }),
  sealKeyFile: text().optional().register(settings, {
    env: 'SEAL_KEY_FILE',
    defaultText: 'SEAL_DIR/signing-key.pem, made once',
    description: 'The private key that heads are signed with: Ed25519, PKCS #8 in PEM.',
  }),
  acceptLostEntries: boolean().default(false).register(settings, {
    env: 'ACCEPT_LOST_ENTRIES',
    description: 'Run also on a database that lost entries which a head in SEAL_DIR or a broker proves.',
  }),
  ...securitySettings,
  advertiseUrl: url(/^https?$/, 'http://10.0.0.5:4000')
    .optional()
    .register(settings, {
      env: 'ADVERTISE_URL',
      defaultText: 'HOST and PORT',
      description: 'Where other processes reach this one.',
    }),
  ledgerUrl: url(/^https?$/, 'http://10.0.0.6:4000')
    .optional()
    .register(settings, {
      env: 'LEDGER_URL',
      defaultText: 'whichever process writes',
      description: 'Where a process without the role ledger sends its commands.',
    }),
  kafkaBrokers: list().pipe(z.array(broker).min(1)).optional().register(settings, {
    env: 'KAFKA_BROKERS',
    defaultText: 'no Kafka',
    description: 'Brokers that events go through, as host:port with commas; the same for every role.',
  }),
  kafkaPartitions: integer(1, 1000).default(12).register(settings, {
    env: 'KAFKA_PARTITIONS',
    unit: 'partitions',
    description: 'Of each topic that is made; topics that are there keep theirs.',
  }),
  amqpUrl: url(/^amqps?$/, 'amqp://user:password@host:5672')
    .optional()
    .register(settings, {
      env: 'AMQP_URL',
      secret: true,
      defaultText: 'no RabbitMQ',
      description: 'A RabbitMQ that events go through; the same for every role.',
    }),
  redisUrl: url(/^rediss?$/, 'redis://user:password@host:6379/0')
    .optional()
    .register(settings, {
      env: 'REDIS_URL',
      secret: true,
      defaultText: 'no Redis',
      description:
        'A Redis 7 or later for rate limits and answers that gateways share; it may be lost at any time.',
    }),
  ...telemetrySettings,
  allowUnsafeDurability: boolean().default(false).register(settings, {
    env: 'ALLOW_UNSAFE_DURABILITY',
    description: 'Accept a PostgreSQL that can lose acknowledged commits; for throwaway data only.',
  }),
  accountCacheMax: integer(1000, 50_000_000).default(200_000).register(settings, {
    env: 'ACCOUNT_CACHE_MAX',
    unit: 'accounts',
    description: 'Account states the writer holds in memory.',
  }),
  queueMax: integer(1, 1_000_000).default(10_000).register(settings, {
    env: 'QUEUE_MAX',
    unit: 'commands',
    description: 'Commands that may wait for the writer before new ones are answered 503.',
  }),
  batchMax: integer(1, 10_000).default(1000).register(settings, {
    env: 'BATCH_MAX',
    unit: 'commands',
    description: 'Commands the writer puts into one commit.',
  }),
  rateLimitPerSecond: integer(0, 1_000_000).default(0).register(settings, {
    env: 'RATE_LIMIT_PER_SECOND',
    unit: 'requests',
    description:
      'What an API key may send in a second, where it has no limit of its own; 0 is no limit.',
  }),
  concurrentWritesMax: integer(1, 100_000).default(256).register(settings, {
    env: 'CONCURRENT_WRITES_MAX',
    unit: 'requests',
    description:
      'Writes that one gateway has under way at once; more wait, and are answered 503 in the end.',
  }),
  concurrentReadsMax: integer(1, 100_000).default(512).register(settings, {
    env: 'CONCURRENT_READS_MAX',
    unit: 'requests',
    description: 'The same for reads.',
  }),
  keyConcurrencyMax: integer(1, 100_000).default(256).register(settings, {
    env: 'KEY_CONCURRENCY_MAX',
    unit: 'requests',
    description: 'Reads, and writes, that one API key has under way at once.',
  }),
  requestDeadlineMs: integer(100, 600_000).default(10_000).register(settings, {
    env: 'REQUEST_DEADLINE_MS',
    unit: 'ms',
    description: 'How long a request may take before it is answered 503.',
  }),
  workerAttemptsMax: integer(1, 100).default(8).register(settings, {
    env: 'WORKER_ATTEMPTS_MAX',
    unit: 'attempts',
    description: 'How often the worker tries to run a transfer before it is given up.',
  }),
  workerBackoffMsMin: integer(1, 60_000).default(200).register(settings, {
    env: 'WORKER_BACKOFF_MS_MIN',
    unit: 'ms',
    description:
      'Pause of the worker after a failed attempt; it doubles with each, and chance shortens it.',
  }),
  workerBackoffMsMax: integer(1, 3_600_000).default(30_000).register(settings, {
    env: 'WORKER_BACKOFF_MS_MAX',
    unit: 'ms',
    description: 'The longest such pause.',
  }),
  webhookAllowHttp: boolean().default(false).register(settings, {
    env: 'WEBHOOK_ALLOW_HTTP',
    description: 'Send webhooks to http URLs as well as https ones; whoever is between can read them.',
  }),
  webhookAllowAddresses: list()
    .pipe(z.array(z.string().refine(isAddressRange, 'must be addresses or ranges such as 10.0.0.0/8')))
    .default([])
    .register(settings, {
      env: 'WEBHOOK_ALLOW_ADDRESSES',
      defaultText: 'public addresses only',
      description:
        'Private addresses and ranges that webhooks may be sent to; whoever may make an endpoint reaches these.',
    }),
  webhookTimeoutMs: integer(100, 20_000).default(15_000).register(settings, {
    env: 'WEBHOOK_TIMEOUT_MS',
    unit: 'ms',
    description: 'How long an attempt to deliver a webhook may take.',
  }),
  webhookRetryMs: integer(0, 30 * 86_400_000)
    .default(3 * 86_400_000)
    .register(settings, {
      env: 'WEBHOOK_RETRY_MS',
      unit: 'ms',
      description: 'How long a delivery is tried, from its first attempt, before it is given up.',
    }),
  webhookBackoffMsMin: integer(1, 3_600_000).default(5000).register(settings, {
    env: 'WEBHOOK_BACKOFF_MS_MIN',
    unit: 'ms',
    description:
      'Pause after a failed attempt at a webhook; it doubles with each, and chance shortens it.',
  }),
  webhookBackoffMsMax: integer(1, 86_400_000).default(21_600_000).register(settings, {
    env: 'WEBHOOK_BACKOFF_MS_MAX',
    unit: 'ms',
    description: 'The longest such pause.',
  }),
  webhookDisableAfterMs: integer(0, 366 * 86_400_000)
    .default(3 * 86_400_000)
    .register(settings, {
      env: 'WEBHOOK_DISABLE_AFTER_MS',
      unit: 'ms',
      description: 'An endpoint to which nothing arrived for this long is disabled.',
    }),
  staleTransfersEveryMs: every(60_000).register(settings, {
    env: 'STALE_TRANSFERS_EVERY_MS',
    unit: 'ms',
    description:
      'How often transfers that were accepted and that nobody works on are given back; 0 only by hand.',
  }),
  staleTransfersAfterMs: integer(0, 86_400_000).default(60_000).register(settings, {
    env: 'STALE_TRANSFERS_AFTER_MS',
    unit: 'ms',
    description: 'After this long without a job at the worker an accepted transfer is given back to it.',
  }),
  overdueHoldsEveryMs: every(60_000).register(settings, {
    env: 'OVERDUE_HOLDS_EVERY_MS',
    unit: 'ms',
    description: 'How often holds past their time that nothing else let go are expired; 0 only by hand.',
  }),
  sealEveryMs: every(3_600_000).register(settings, {
    env: 'SEAL_EVERY_MS',
    unit: 'ms',
    description: 'How often the heads of journals that have grown are signed; 0 only by hand.',
  }),
  verifyEveryMs: every(86_400_000).register(settings, {
    env: 'VERIFY_EVERY_MS',
    unit: 'ms',
    description: 'How often the whole book is verified; 0 only by hand.',
  }),
  archiveDir: text().optional().register(settings, {
    env: 'ARCHIVE_DIR',
    defaultText: 'no archive',
    description:
      'Where files of old events are kept; the same files for every process that reads the log.',
  }),
  archiveEveryMs: every(3_600_000).register(settings, {
    env: 'ARCHIVE_EVERY_MS',
    unit: 'ms',
    description: 'How often old events are archived; 0 only by hand.',
  }),
  eventRetentionDays: integer(0, 36_500).optional().register(settings, {
    env: 'EVENT_RETENTION_DAYS',
    unit: 'days',
    defaultText: 'all are kept',
    description:
      'Archived partitions of the log whose events are all older are dropped from the database.',
  }),
  periodBalancesEveryMs: every(60_000).register(settings, {
    env: 'PERIOD_BALANCES_EVERY_MS',
    unit: 'ms',
    description:
      'How often the trial balance of a close is made that was not made at once; 0 only by hand.',
  }),
  reconcileEveryMs: every(3_600_000).register(settings, {
    env: 'RECONCILE_EVERY_MS',
    unit: 'ms',
    description:
      'How often balances, read models and topics are compared with the journal; 0 only by hand.',
  }),
  reconcileWholeEveryMs: integer(0, 366 * 86_400_000)
    .default(86_400_000)
    .register(settings, {
      env: 'RECONCILE_WHOLE_EVERY_MS',
      unit: 'ms',
      description: 'How often such a comparison is of everything and not only of what changed.',
    }),
  reconcileAutoHeal: boolean().default(false).register(settings, {
    env: 'RECONCILE_AUTO_HEAL',
    description: 'Make a read model that differs from the journal again from the log, by itself.',
  }),
  cleanUpEveryMs: every(3_600_000).register(settings, {
    env: 'CLEAN_UP_EVERY_MS',
    unit: 'ms',
    description: 'How often what has ended long ago is forgotten; 0 only by hand.',
  }),
  keepEndedDays: integer(1, 36_500).default(90).register(settings, {
    env: 'KEEP_ENDED_DAYS',
    unit: 'days',
    description: 'How long operations, runs of jobs and jobs of the worker are shown after their end.',
  }),
  readPoolMax: integer(1, 1000).default(10).register(settings, {
    env: 'READ_POOL_MAX',
    unit: 'connections',
    description: 'Database connections that serve reads.',
  }),
});
