#!/usr/bin/env -S node --max-semi-space-size=4 --no-parallel-scavenge
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { Pool } from 'pg';
import { textOf, UsageError, type Command, type Given, type Surface } from './cli/command.ts';
import { exportCommand } from './cli/export.ts';
import { heads } from './cli/heads.ts';
import { importCommand } from './cli/import.ts';
import { seal } from './cli/seal.ts';
import { verify } from './cli/verify.ts';
import { verifyReceipt } from './cli/verify-receipt.ts';
import { ConfigError, loadConfig, type Config } from './config.ts';
import { openDatabase, prepareDatabase } from './databases.ts';
import { createLogger } from './runtime/log.ts';

/** Every command by its name. */
const commands: Readonly<Record<string, Command>> = {
  verify,
  'verify-receipt': verifyReceipt,
  export: exportCommand,
  import: importCommand,
  seal,
  heads,
};

/** What every command takes: where the database is, or the server. */
const everywhere = {
  help: { type: 'boolean' },
  'database-url': { type: 'string' },
  'data-dir': { type: 'string' },
  'seal-dir': { type: 'string' },
  'archive-dir': { type: 'string' },
  url: { type: 'string' },
  'api-key': { type: 'string' },
} as const;

const settingFlags = ['database-url', 'data-dir', 'seal-dir', 'archive-dir'];

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
  const pool = new Pool({ ...database.config, max: 4, application_name: 'credit-ledger cli' });
  pool.on('error', (error) => log.warn({ err: error }, 'a connection ended'));
  try {
    const sealDir = config.sealDir ?? join(config.dataDir, 'seals');
    const prepare = async () => void (await prepareDatabase(database.config, config, log));
    return await work({
      config: database.config,
      pool,
      prepare,
      sealDir,
      archiveDir: config.archiveDir,
      log,
    });
  } finally {
    await pool.end();
    await database.stop();
  }
};

const ask: Surface['ask'] = async (given, method, path, ledger) => {
  const config = configOf(given);
  const keyFile = join(config.dataDir, 'admin.key');
  const kept = existsSync(keyFile) ? readFileSync(keyFile, 'utf8').trim() : undefined;
  const key = textOf(given, 'api-key') ?? config.adminApiKey ?? kept;
  if (key === undefined) throw new UsageError('no API key: give --api-key or ADMIN_API_KEY');
  const url = textOf(given, 'url') ?? `http://127.0.0.1:${config.port}`;
  const headers = { authorization: `Bearer ${key}`, ...(ledger === undefined ? {} : { ledger }) };
  const answer = await fetch(new URL(path, url), { method, headers });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer;
};

const surface: Surface = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
  withDatabase,
  ask,
};

function usage(): string {
  const rows = Object.entries(commands).map(
    ([name, { usage, summary }]) => `  ${`${name} ${usage}`.trim()}\n      ${summary}\n`,
  );
  return `Usage: credit-ledger <command>\n\n${rows.join('')}
The database is that of --database-url or --data-dir, as for the server; a server that is asked, that of --url,
with --api-key.\n`;
}

async function main(argv: readonly string[]): Promise<number> {
  const [name = '', ...args] = argv;
  const command = commands[name];
  if (command === undefined) {
    const isAsked = ['', 'help', '--help'].includes(name);
    (isAsked ? surface.out : surface.err)(
      isAsked ? usage() : `there is no command ${name}\n\n${usage()}`,
    );
    return isAsked ? 0 : 2;
  }
  const options = { ...everywhere, ...command.options };
  const given = parse(args, options);
  if (given.values['help'] === true) {
    surface.out(`Usage: credit-ledger ${name} ${command.usage}\n\n${command.summary}.\n`);
    return 0;
  }
  return command.run(given, surface);
}

function parse(args: string[], options: Command['options']): Given {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${styleText('red', reason)}\n`);
  process.exitCode = error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
}
