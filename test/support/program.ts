import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** How a program ended, and what it printed on standard output and error together. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs one of the repository's programs to its end. */
export async function runProgram(path: string, args: readonly string[]): Promise<Ended> {
  const { ADMIN_API_KEY: _, DATA_DIR: __, ...env } = process.env;
  const child = spawn(process.execPath, [join(root, path), ...args], {
    cwd: root,
    env: { ...env, NO_COLOR: '1' },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode ?? -1, output };
}
