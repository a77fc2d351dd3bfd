import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';

/** What the documentation says of a setting beyond its schema. */
interface Setting {
  /** The environment variable; the flag is the same name in kebab case (`DATA_DIR`, `--data-dir`). */
  env: string;
  description: string;
  unit?: string;
  secret?: boolean;
  /** The default in words, where it depends on the machine. */
  defaultText?: string;
}

const settings = z.registry<Setting>();

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

const boolean = () =>
  z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');

/** Between the runs of a job; 0 is never by itself. */
const every = (defaultMs: number) => integer(0, 31 * 86_400_000).default(defaultMs);

const text = () => z.string().min(1);

/** Parts separated by commas. */
const list = () =>
  text().transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );

const roleNames = ['gateway', 'ledger', 'relay', 'projections', 'worker', 'scheduler'] as const;

const roles = () =>
  list()
    .transform((names) => (names.includes('all') ? [...roleNames] : names))
    .pipe(
      z
        .array(z.enum(roleNames, `must be all, or some of ${roleNames.join(', ')}`))
        .min(1, 'must name a role'),
    );

const broker = z.string().regex(/^[^\s:]+:\d{1,5}$/, 'must be host:port, or several with commas');

const url = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `must be a URL such as ${example}` });

/** The one table of settings: key, schema with default, environment name, unit, secrecy, description. */
const schema = z.object({
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
  acceptLostEntries: boolean().default(false).register(settings, {
    env: 'ACCEPT_LOST_ENTRIES',
    description: 'Run also on a database that lost entries which a head in SEAL_DIR or a broker proves.',
  }),
  adminApiKey: text().min(16, 'must be at least 16 characters').optional().register(settings, {
    env: 'ADMIN_API_KEY',
    secret: true,
    defaultText: 'made once, kept in DATA_DIR/admin.key',
    description: 'The first API key, with every scope.',
  }),
  apiKeyPepper: text().min(16, 'must be at least 16 characters').optional().register(settings, {
    env: 'API_KEY_PEPPER',
    secret: true,
    defaultText: 'made once, kept in DATA_DIR/api-key.pepper',
    description: 'What digests of API keys are made with; the same for every gateway of a database.',
  }),
  internalToken: text().min(16, 'must be at least 16 characters').optional().register(settings, {
    env: 'INTERNAL_TOKEN',
    secret: true,
    description: 'Shared secret by which roles that run apart authenticate each other.',
  }),
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
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .register(settings, {
      env: 'LOG_LEVEL',
      description: 'The least severe log lines that are written.',
    }),
  logFormat: z
    .enum(['pretty', 'json'])
    .default(() => (process.stdout.isTTY ? 'pretty' : 'json'))
    .register(settings, {
      env: 'LOG_FORMAT',
      defaultText: 'pretty in a terminal, else json',
      description: 'How log lines look.',
    }),
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

/** Every setting, validated; numbers in the unit their name or the table says. */
export type Config = z.output<typeof schema>;

/** The command line or the environment can't be used; the message says which part and why. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** A row of the table as documentation shows it. */
export interface SettingRow {
  key: string;
  env: string;
  flag: string;
  defaultText: string;
  unit: string;
  secret: boolean;
  description: string;
}

const flagOf = (env: string): string => env.toLowerCase().replaceAll('_', '-');

function show(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function settingOf(key: string, field: z.ZodType): SettingRow {
  const setting = settings.get(field);
  if (setting === undefined) throw new Error(`the setting ${key} is not in the registry`);
  const fallback = field.safeParse(undefined).data;
  return {
    key,
    env: setting.env,
    flag: `--${flagOf(setting.env)}`,
    defaultText: setting.defaultText ?? show(fallback),
    unit: setting.unit ?? '',
    secret: setting.secret ?? false,
    description: setting.description,
  };
}

/** The settings in the order of the table. */
export const settingRows: readonly SettingRow[] = Object.entries(schema.shape).map(([key, field]) =>
  settingOf(key, field),
);

const booleanFlags = new Set(
  Object.entries(schema.shape)
    .filter(([, field]) => field.safeParse('true').data === true)
    .map(([key]) => key),
);

/**
 * Reads the settings: a flag wins over its environment variable, which wins over the default.
 * An empty variable counts as absent; a secret may be in the file that its variable with `_FILE` names. Throws ConfigError for an unknown flag or an invalid value.
 */
export function loadConfig(argv: readonly string[], env: NodeJS.ProcessEnv): Config {
  const flags = readFlags(argv);
  const given = new Map<string, { value: string; source: string }>();
  for (const row of settingRows) {
    const flagValue = flags.get(row.flag);
    if (flagValue !== undefined) given.set(row.key, { value: flagValue, source: row.flag });
    else if (env[row.env]) given.set(row.key, { value: env[row.env] ?? '', source: row.env });
    else if (row.secret) readSecretFile(row, env, given);
  }
  const values = Object.fromEntries([...given].map(([key, { value }]) => [key, value]));
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const source = given.get(String(issue.path[0]))?.source ?? issue.path.join('.');
    return `${source}: ${issue.message}`;
  });
  throw new ConfigError(problems.join('\n'));
}

/** A secret may stand in a file, as orchestrators hand them out: `NAME_FILE` names it. */
function readSecretFile(
  { key, env: name }: SettingRow,
  env: NodeJS.ProcessEnv,
  given: Map<string, { value: string; source: string }>,
): void {
  const source = `${name}_FILE`;
  const file = env[source];
  if (!file) return;
  try {
    given.set(key, { value: readFileSync(file, 'utf8').trim(), source });
  } catch (error) {
    throw new ConfigError(`${source}: ${error instanceof Error ? error.message : 'can not be read'}`);
  }
}

const questions = new Set(['--help', '--print-config']);

function readFlags(argv: readonly string[]): Map<string, string> {
  const options = Object.fromEntries(
    settingRows.map(({ key, flag }) => {
      const type: 'boolean' | 'string' = booleanFlags.has(key) ? 'boolean' : 'string';
      return [flag.slice(2), { type }];
    }),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  const flags = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind === 'positional') throw new ConfigError(`unexpected argument '${token.value}'`);
    if (token.kind !== 'option' || questions.has(token.rawName)) continue;
    if (!(token.name in options) || !token.rawName.startsWith('--')) {
      throw new ConfigError(
        `unknown flag ${token.rawName}; did you mean ${nearestFlag(token.rawName)}?`,
      );
    }
    const isBoolean = options[token.name]?.type === 'boolean';
    const value = token.value ?? (isBoolean ? 'true' : undefined);
    if (value === undefined || value === '') throw new ConfigError(`${token.rawName} needs a value`);
    flags.set(token.rawName, value);
  }
  return flags;
}

function nearestFlag(given: string): string {
  const known = [...settingRows.map((row) => row.flag), ...questions];
  const ranked = known.map((flag) => ({ flag, distance: editDistance(given, flag) }));
  ranked.sort((a, b) => a.distance - b.distance);
  return ranked[0]?.flag ?? '--help';
}

/** Levenshtein distance, one row of the matrix at a time; flags are short. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, right] of Array.from(b).entries()) {
      const replaced = (row[j] ?? 0) + (left === right ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The text that `--help` or `--print-config` asks for, or undefined when the program should run. */
export function answerInstead(argv: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  if (argv.includes('--help')) return helpText();
  if (argv.includes('--print-config')) return printedConfig(loadConfig(argv, env));
  return undefined;
}

function helpText(): string {
  const lines = settingRows.map(({ flag, env, defaultText, unit, description }) => {
    const amount = [defaultText, unit].filter(Boolean).join(' ');
    return `  ${flag}  (${env})${amount ? `  [${amount}]` : ''}\n      ${description}`;
  });
  const extra = '  --print-config\n      Print every setting with its value, secrets masked.';
  return ['Usage: npm start -- [flags]', '', ...lines, extra].join('\n');
}

function printedConfig(config: Config): string {
  const values = new Map<string, unknown>(Object.entries(config));
  const width = Math.max(...settingRows.map((row) => row.env.length));
  const lines = settingRows.map(({ key, env, unit, secret }) => {
    const value = values.get(key);
    const shown = value === undefined ? '(not set)' : secret ? '********' : show(value);
    return `${env.padEnd(width)}  ${shown}${value !== undefined && unit ? ` ${unit}` : ''}`;
  });
  return lines.join('\n');
}
