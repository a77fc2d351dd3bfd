import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian keeps the programs of PostgreSQL that it does not link into the path. */
const furtherDirectories = ['/usr/lib/postgresql/15/bin'];

/** The path of a program. @throws {Error} that says how to install it. */
export function findProgram(name: 'pgbench' | 'wrk'): string {
  const directories = [...(process.env.PATH ?? '').split(delimiter), ...furtherDirectories];
  const found = directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  const packageName = name === 'pgbench' ? 'postgresql-15' : 'wrk';
  throw new Error(`${name} is not installed: apt-get install ${packageName}`);
}

/** Runs a program to its end. @returns its standard output. @throws {Error} with all it printed. */
export async function runProgram(path: string, args: readonly string[]): Promise<string> {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let complaints = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  await once(child, 'close');
  if (child.exitCode !== 0)
    throw new Error(`${path} ended with ${child.exitCode}:\n${output}${complaints}`);
  return output;
}
