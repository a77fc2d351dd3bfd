#!/usr/bin/env -S node --max-semi-space-size=4 --no-parallel-scavenge
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { CreditLedger } from '@credit-ledger/sdk/client.ts';
import { runProgram } from './cli-programs.ts';
import { commandTable } from './cli-commands.ts';
import { everywhere } from './cli-options.ts';
import {
  isGiven,
  requireWords,
  textOf,
  UsageError,
  type Given,
  type Options,
  type Surface,
} from './cli/command.ts';
import { describeError, statusOf } from './cli/exit-status.ts';
import { helpOf, statusText, usageOf } from './cli/help.ts';
import { chooseProfile } from './cli/profiles.ts';
import { ConfigError, loadConfig, type Config } from './config.ts';
import { migrateAll, openDatabase, prepareDatabase } from './databases.ts';
import { didYouMean } from './nearest-name.ts';
import { createPool } from './postgres/pool.ts';
import { createLogger } from './runtime/log.ts';
import { DirectoryRefused } from './runtime/make-directory.ts';

const commands = commandTable(everywhere);

const settingFlags = ['database-url', 'read-model-database-url', 'data-dir', 'seal-dir', 'archive-dir'];

function configOf(given: Given): Config {
  const flags = settingFlags.flatMap((name) => {
    const value = textOf(given, name);
    return value === undefined ? [] : [`--${name}=${value}`];
  });
  return loadConfig(flags, { LOG_LEVEL: 'warn', ...process.env });
}

const withDatabase: Surface['withDatabase'] = async (given, work, mayBeNew = false) => {
  const config = configOf(given);
  const embedded = join(config.dataDir, 'postgres');
  if (config.databaseUrl === undefined && !mayBeNew && !existsSync(embedded))
    throw new UsageError(`${embedded} is not there: name a database by --database-url or --data-dir`);
  const log = createLogger(config, 'cli');
  const database = await openDatabase(config, log);
  const settings = { ...database.config, max: 4, application_name: 'credit-ledger cli' };
  const pool = createPool(settings, (error) => log.warn({ err: error }, 'a connection ended'));
  try {
    const sealDir = config.sealDir ?? join(config.dataDir, 'seals');
    const prepare = async () => void (await prepareDatabase(database.config, config, log));
    return await work({
      config: database.config,
      pool,
      prepare,
      migrate: () => migrateAll(database, config, log),
      sealDir,
      archiveDir: config.archiveDir,
      log,
    });
  } finally {
    await pool.end();
    await database.stop();
  }
};

/** Flags count before the environment, that before a profile, and last the data directory here. */
const connect: Surface['connect'] = (given) => {
  const { env } = process;
  const profile = chooseProfile(textOf(given, 'profile'), env);
  const config = configOf(given);
  const keyFile = join(config.dataDir, 'admin.key');
  const kept = existsSync(keyFile) ? readFileSync(keyFile, 'utf8').trim() : undefined;
  const own = textOf(given, 'api-key') ?? env['CREDIT_LEDGER_API_KEY'];
  const apiKey = own ?? profile?.api_key ?? config.adminApiKey ?? kept;
  if (apiKey === undefined)
    throw new UsageError(
      'no API key: give --api-key or CREDIT_LEDGER_API_KEY, keep one in a profile, or name the DATA_DIR of a server here',
    );
  const url = textOf(given, 'url') ?? env['CREDIT_LEDGER_URL'] ?? profile?.url;
  const ledger = textOf(given, 'ledger') ?? env['CREDIT_LEDGER_LEDGER'] ?? profile?.ledger;
  return Promise.resolve(
    new CreditLedger({ url: url ?? `http://127.0.0.1:${config.port}`, apiKey, ledger }),
  );
};

const surface: Surface = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
  withDatabase,
  connect,
  runProgram,
  readSettings: configOf,
  now: () => new Date(),
};

/** The longest name that the words begin with, and the words after it. */
function chooseCommand(argv: readonly string[]): { name: string; args: string[] } {
  const [first = '', second = '', ...rest] = argv;
  const both = `${first} ${second}`;
  return commands[both] === undefined
    ? { name: first, args: argv.slice(1) }
    : { name: both, args: rest };
}

async function main(argv: readonly string[]): Promise<number> {
  const { name, args } = chooseCommand(argv);
  const command = commands[name];
  if (command === undefined) return showCommands(name, args);
  // The server has flags of its own, and answers them.
  if (name === 'start') return command.run({ positionals: args, values: {} }, surface);
  const given = parse(args, { ...everywhere, ...command.options });
  if (command.usage === '') requireWords(given);
  if (!isGiven(given, 'help')) return command.run(given, surface);
  surface.out(helpOf(name, command, everywhere));
  return 0;
}

function showCommands(name: string, args: readonly string[]): number {
  if (['', 'help', '--help', '-h'].includes(name)) {
    surface.out(`${usageOf(commands)}\nIt ends with\n${statusText()}`);
    return 0;
  }
  const inside = Object.entries(commands).filter(([known]) => known.startsWith(`${name} `));
  if (inside.length > 0) {
    const isAsked = args[0] === undefined || args[0] === '--help';
    (isAsked ? surface.out : surface.err)(usageOf(Object.fromEntries(inside)));
    if (isAsked) return 0;
    const asked = `${name} ${args[0]}`;
    const near = didYouMean(
      asked,
      inside.map(([known]) => known),
    );
    surface.err(`\nthere is no command ${asked}${near}\n`);
    return 2;
  }
  const known = Object.keys(commands);
  const groups = known.map((each) => each.split(' ')[0] ?? each);
  const words = [name, ...args.slice(0, 1)].join(' ');
  const near = didYouMean(words, [...known, ...groups]);
  surface.err(`there is no command ${name}${near}\ncredit-ledger --help lists all\n`);
  return 2;
}

function parse(args: string[], options: Options): Given {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const bare = /^Option '(?:-\w, )?(--[a-z-]+)[^']*' argument/.exec(message)?.[1];
    if (bare !== undefined)
      throw new UsageError(`${bare} needs a value; one that begins with a dash is written ${bare}=-…`);
    // Node's own sentence explains how to name a file that begins with a dash, which nobody meant.
    const name = /^Unknown option '(--?[^' ]+)'/.exec(message)?.[1];
    if (name === undefined) throw new UsageError(message);
    const near = didYouMean(
      name,
      Object.keys(options).map((known) => `--${known}`),
    );
    throw new UsageError(`unknown option ${name}${near}`);
  }
}

// Who reads no further, such as head, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? 0 : 1),
);

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${styleText('red', describeError(error))}\n`);
  const misunderstood = [UsageError, ConfigError, DirectoryRefused];
  process.exitCode = misunderstood.some((kind) => error instanceof kind) ? 2 : statusOf(error);
}
