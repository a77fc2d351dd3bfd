// A Go that is new enough for what is built from Go modules. Debian's own knows nothing of newer ones; they are modules
// too, so it can fetch one, checked by the database of checksums, from wherever it has its modules from.
import { chmodSync, cpSync, existsSync, globSync, mkdtempSync, readdirSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { runToEnd } from './programs.ts';

/** What the modules ask for, and what is fetched where only an older one is installed. */
const wanted = '1.26.8';

const installed = ['go', '/usr/local/go/bin/go'];
const platforms: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const moduleShape = z.looseObject({ Dir: z.string() });

/** The version of a Go, such as 1.26.8; undefined where there is none at the path. */
function versionOf(go: string): string | undefined {
  const { status, stdout } = spawnSync(go, ['env', 'GOVERSION'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().replace(/^go/, '') : undefined;
}

function isEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

let found: string | undefined;

/** A Go that is new enough: the one that is installed, or one that it fetched. @throws where there is none at all */
export function findGo(): string {
  return (found ??= findOrFetch());
}

function findOrFetch(): string {
  const there = installed.flatMap((go) => {
    const version = versionOf(go);
    return version === undefined ? [] : [{ go, version }];
  });
  const [any] = there;
  if (any === undefined) throw new Error('Go is not installed: apt-get install golang-go');
  return there.find(({ version }) => isEnough(version))?.go ?? fetchToolchain(any.go);
}

/** What a newer Go does with such a module by itself: cached modules hold no programs and no further `go.mod`. */
function fetchToolchain(go: string): string {
  const platform = `${process.platform}-${platforms[process.arch] ?? process.arch}`;
  const folder = moduleFolder(`golang.org/toolchain@v0.0.1-go${wanted}.${platform}`, go);
  const program = join(folder, 'bin', 'go');
  if (existsSync(join(folder, 'src', 'go.mod'))) return program;
  for (const file of globSync('{bin/*,pkg/tool/**}', { cwd: folder, withFileTypes: true }))
    if (file.isFile()) chmodSync(join(file.parentPath, file.name), 0o755);
  const kept = globSync('src/**/_go.mod', { cwd: folder });
  // The one of src is the last: where it is there, everything is.
  for (const file of kept.toSorted((a, b) => b.length - a.length)) copyModuleFile(folder, file);
  return program;
}

function copyModuleFile(folder: string, file: string): void {
  const to = join(folder, file.replace(/_go\.mod$/, 'go.mod'));
  chmodSync(join(to, '..'), 0o755);
  cpSync(join(folder, file), to);
}

/** Fetches a module. @returns its folder in the cache of modules, which is not to be written to */
export function moduleFolder(module: string, go = findGo()): string {
  const asked = runToEnd(go, ['mod', 'download', '-json', module]);
  return moduleShape.parse(JSON.parse(asked)).Dir;
}

/** Builds the program of a package (`module/path@version`). @returns where it is, in a folder of its own */
export async function installPackage(name: string): Promise<{ program: string; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'go-bin-'));
  await runGo(['install', '-ldflags=-s -w', name], { GOBIN: folder });
  const [built = ''] = readdirSync(folder);
  return { program: join(folder, built), folder };
}

/** Runs Go to its end. @throws with the end of what it said */
export async function runGo(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
): Promise<void> {
  const child = spawn(findGo(), args, {
    cwd,
    env: { ...process.env, CGO_ENABLED: '0', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-5000)));
  const code = await new Promise((settle) => child.once('close', settle));
  if (code !== 0) throw new Error(`go ${args.join(' ')} failed: ${said}`);
}
