import { spawn } from 'node:child_process';
import { join } from 'node:path';

const program = join(import.meta.dirname, '..', '..', 'src', 'cli.ts');

export interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `credit-ledger` to its end. */
export function runCli(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  return runProgram(process.execPath, [program, ...args], env);
}

/** Runs a program to its end. */
export function runProgram(
  name: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ran> {
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  const child = spawn(name, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.on('error', reject);
  child.on('close', (status) => resolve({ status, out, err }));
  return promise;
}
