import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { CreditLedger } from '@credit-ledger/sdk/client.ts';
import type { ClientConfig, Pool } from 'pg';
import type { Logger } from '../runtime/log.ts';

/** What was given on the command line. */
export interface Given {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
}

/** A database, without a server on it. */
export interface OpenedDatabase {
  readonly config: ClientConfig;
  readonly pool: Pool;
  /** Brings its schema up to date, as a server does at its start. */
  readonly prepare: () => Promise<void>;
  /** Brings its schema and that of the read models up to date. @returns the names of what was applied */
  readonly migrate: () => Promise<readonly string[]>;
  readonly sealDir: string;
  readonly archiveDir: string | undefined;
  readonly log: Logger;
}

/** The world that a command works in. */
export interface Surface {
  readonly out: (text: string) => void;
  /** Progress and complaints. */
  readonly err: (text: string) => void;
  readonly isTerminal: boolean;
  /**
   * Gives the work the database that the flags name, and closes it. An embedded one has to be there, unless the
   * work makes a new one.
   */
  readonly withDatabase: <Value>(
    given: Given,
    work: (database: OpenedDatabase) => Promise<Value>,
    mayBeNew?: boolean,
  ) => Promise<Value>;
  /** A client of the server that flags, profile or environment name. */
  readonly connect: (given: Given) => Promise<CreditLedger>;
  /** Runs a program of the product in place of this one, or to its end. @returns its status */
  readonly runProgram: (name: 'server' | 'demo', args: readonly string[]) => Promise<number>;
  /** Settings as the server would read them. @throws {ConfigError} */
  readonly readSettings: (given: Given) => Settings;
  readonly now: () => Date;
}

/** Of commands that work on a database, with no server. */
export const databaseOptions: Options = {
  'database-url': { type: 'string', value: '<url>', describe: 'The database; DATABASE_URL when absent' },
  'data-dir': {
    type: 'string',
    value: '<directory>',
    describe: 'That of the embedded one; .data when absent',
  },
};

/** What commands need to know of the server's settings. */
export interface Settings {
  readonly dataDir: string;
  readonly port: number;
  readonly databaseUrl?: string | undefined;
  readonly kafkaBrokers?: readonly string[] | undefined;
  readonly amqpUrl?: string | undefined;
  readonly redisUrl?: string | undefined;
}

/** An option of a command; what `--help`, completion and the page of commands say comes from here. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly describe: string;
  /** What stands for its value in the help; `<text>` when absent. */
  readonly value?: string;
  /** The values that it takes, where they are few. */
  readonly choices?: readonly string[];
}

export type Options = Readonly<Record<string, Option>>;

/** One command of `credit-ledger`. Its name may be two words, such as `accounts list`. */
export interface Command {
  readonly summary: string;
  /** What follows the name, but for options. */
  readonly usage: string;
  readonly options: Options;
  /** What one would type, with what it does. */
  readonly examples?: readonly (readonly [line: string, what: string])[];
  /** @returns the status to end with: 0, or 1 for a no */
  run(given: Given, surface: Surface): Promise<number>;
}

/** The command line can't be understood; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The text of an option, where it is given. */
export function textOf({ values }: Given, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Whether a flag without a value is given. */
export function isGiven({ values }: Given, name: string): boolean {
  return values[name] === true;
}

/** A whole number. @throws {UsageError} */
export function numberOf(given: Given, name: string): number | undefined {
  const text = textOf(given, name);
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`--${name} has to be a whole number, not ${text}`);
}

/** One of a few values. @throws {UsageError} */
export function choiceOf<Choice extends string>(
  given: Given,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = textOf(given, name);
  if (text === undefined) return undefined;
  const choice = choices.find((known) => known.toLowerCase() === text.toLowerCase());
  if (choice !== undefined) return choice;
  throw new UsageError(`--${name} has to be one of ${choices.join(', ')}, not ${text}`);
}

/** Values between commas. */
export function listOf(given: Given, name: string): string[] | undefined {
  return textOf(given, name)
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** The words after the name, as many as there have to be. @throws {UsageError} */
export function requireWords({ positionals }: Given, ...names: readonly string[]): string[] {
  if (positionals.length === names.length) return [...positionals];
  const wanted = names.map((name) => `<${name}>`).join(' ');
  throw new UsageError(names.length === 0 ? `unexpected ${positionals[0]}` : `needed: ${wanted}`);
}

/** The text of an option that has to be there. @throws {UsageError} */
export function requireText(given: Given, name: string): string {
  const text = textOf(given, name);
  if (text === undefined) throw new UsageError(`--${name} is missing`);
  return text;
}

/** The one file that a command is about. @throws {UsageError} */
export function requireFile({ positionals }: Given): string {
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError('one file has to be named');
  return file;
}

/** Text of a file, `-` for the standard input. */
export async function readText(file: string): Promise<string> {
  return readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
}

/** The lines of a file, `-` for the standard input. */
export async function* readLines(file: string): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) yield line;
}
