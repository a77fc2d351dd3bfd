import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const root = join(import.meta.dirname, '..', '..');

/** A directory outside of the repository, removed with the test. */
export function makeEmptyDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'credit-ledger-packed-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Packs a package of the repository as it is published. @returns the tarball */
export function pack(folder: string, to: string): string {
  const before = new Set(readdirSync(to));
  const packed = run('npm', ['pack', '--pack-destination', to], join(root, folder));
  assert.equal(packed.status, 0, packed.stdout + packed.stderr);
  const file = readdirSync(to).find((name) => name.endsWith('.tgz') && !before.has(name));
  assert.ok(file !== undefined, 'npm pack makes a tarball');
  return join(to, file);
}

/** The files of a tarball, from its package's folder. */
export function listPacked(tarball: string): string[] {
  const listed = run('tar', ['-tzf', tarball], root);
  return listed.stdout
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));
}

export function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): SpawnSyncReturns<string> {
  return spawnSync(program, args, { cwd, env, encoding: 'utf8', timeout: 300_000 });
}
