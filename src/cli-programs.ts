import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** As in the script `start` of package.json, where the reasons are: docs/decisions/0014-heap-budget.md. */
export const serverFlags = [
  '--max-semi-space-size=16',
  '--heap-growing-percent=50',
  '--no-parallel-scavenge',
  '--no-allocation-site-pretenuring',
];

// Sources where they are run as they are, JavaScript where they were built.
const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';
const programs = {
  server: { path: join(import.meta.dirname, `main.${extension}`), flags: serverFlags },
  demo: { path: join(import.meta.dirname, '..', 'demo', `main.${extension}`), flags: [] },
};

/** Runs a program of the product in place of this one where the system can, else to its end. @returns its status */
export async function runProgram(name: keyof typeof programs, args: readonly string[]): Promise<number> {
  const { path, flags } = programs[name];
  const argv = [...flags, path, ...args];
  if (process.platform !== 'win32' && process.execve !== undefined)
    process.execve(process.execPath, [process.execPath, ...argv]);
  const child = spawn(process.execPath, argv, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  await once(child, 'exit');
  return child.exitCode ?? 1;
}
