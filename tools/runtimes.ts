// Other runtimes of JavaScript, to show that the client runs there: `node tools/runtimes.ts` puts them into .cache,
// from their npm packages, whose programs need no install script. Nothing of the product needs them.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const cache = join(import.meta.dirname, '..', '.cache', 'runtimes');
const packages = ['bun@1.4.5', 'deno@2.9.6'];

export interface Runtime {
  readonly name: string;
  readonly program: string;
  /** What goes before the file. */
  readonly args: readonly string[];
}

const isArm = process.arch === 'arm64';
const bun: Runtime = {
  name: 'Bun',
  program: join(cache, 'node_modules', '@oven', `bun-linux-${isArm ? 'aarch64' : 'x64'}`, 'bin', 'bun'),
  args: ['run'],
};
const deno: Runtime = {
  name: 'Deno',
  program: join(cache, 'node_modules', '@deno', `linux-${isArm ? 'arm64' : 'x64'}-glibc`, 'deno'),
  args: ['run', '--allow-net', '--allow-env', '--allow-read'],
};

/** The runtimes that programs of this client are tried on, the pinned Node first. */
export function listRuntimes(): readonly Runtime[] {
  const older = findOlderNode();
  return [
    { name: 'Node 26', program: process.execPath, args: [] },
    { name: 'Node 20', program: older ?? 'no older Node in PATH', args: [] },
    bun,
    deno,
  ];
}

/** What keeps a runtime from being tried; undefined where it is there. */
export function runtimeMissing({ name, program }: Runtime): string | undefined {
  if (existsSync(program)) return undefined;
  return name === 'Node 20'
    ? 'the PATH has no Node older than 26'
    : `${name} is not installed: node tools/runtimes.ts`;
}

/** The machine's own Node, which starts the product and need not be the pinned one. */
export function findOlderNode(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const programs = folders.map((folder) => join(folder, 'node')).filter((path) => existsSync(path));
  return programs.find((path) => {
    const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
    const major = Number(/^v(\d+)/.exec(stdout)?.[1]);
    return major >= 20 && major < 26;
  });
}

if (import.meta.main && ![bun, deno].every(({ program }) => existsSync(program))) {
  const args = [
    'install',
    '--prefix',
    cache,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    ...packages,
  ];
  process.exitCode = spawnSync('npm', args, { stdio: 'inherit' }).status ?? 1;
}
