import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { ParseArgsOptionsConfig } from 'node:util';
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
  /** Asks a running server. @returns the text of its answer; a problem is thrown */
  readonly ask: (given: Given, method: string, path: string, ledger?: string) => Promise<Response>;
}

/** One command of `credit-ledger`: a file of this folder. */
export interface Command {
  readonly summary: string;
  /** What follows the name. */
  readonly usage: string;
  readonly options: ParseArgsOptionsConfig;
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
