// Makes the file system of an image without an engine: the steps of the Dockerfile are run in directories, those of RUN
// by chroot. A base image is what it is made of: debootstrap's smallest Debian, and for `node:` Node and npm in /usr/local.
import assert from 'node:assert/strict';
import { cpSync, existsSync, globSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, matchesGlob, resolve } from 'node:path';
import { readFileSync, realpathSync } from 'node:fs';
import { runToEnd } from '../../tools/programs.ts';
import type { Stage, Step } from './dockerfile.ts';
import { root } from './declared-processes.ts';

const cache = join(root, '.cache');
const mirror = 'http://deb.debian.org/debian';
/** What a machine needs to reach its registries: the image does not keep it. */
const certificates = process.env['NODE_EXTRA_CA_CERTS'];

/** The smallest Debian, made once. */
function debianRoot(suite: string): string {
  const tarball = join(cache, `debootstrap-${suite}.tar`);
  if (!existsSync(tarball)) {
    const made = join(cache, `debootstrap-${suite}`);
    rmSync(made, { recursive: true, force: true });
    runToEnd('debootstrap', ['--variant=minbase', suite, made, mirror]);
    runToEnd('tar', ['-cf', tarball, '-C', made, '.']);
    rmSync(made, { recursive: true });
  }
  return tarball;
}

function makeBase(base: string, to: string): void {
  const [, node, suite = ''] = /^(?:(node):[\d.]+-|debian:)(\w+)-slim$/.exec(base) ?? [];
  assert.notEqual(suite, '', `nobody knows what ${base} is made of`);
  mkdirSync(to, { recursive: true });
  runToEnd('tar', ['-xf', debianRoot(suite), '-C', to]);
  cpSync('/etc/resolv.conf', join(to, 'etc', 'resolv.conf'), { dereference: true });
  if (node === undefined) return;
  const npm = dirname(dirname(realpathSync(runToEnd('sh', ['-c', 'command -v npm']).trim())));
  cpSync(process.execPath, join(to, 'usr', 'local', 'bin', 'node'));
  cpSync(npm, join(to, 'usr', 'local', 'lib', 'node_modules', 'npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(to, 'usr', 'local', 'bin', 'npm'));
  runIn(to, 'apt-get update -qq && apt-get install -y -qq --no-install-recommends libatomic1', {});
}

/** Runs a command in a root of its own, as Docker's RUN does. */
function runIn(
  directory: string,
  command: string,
  env: Readonly<Record<string, string>>,
  at = '/',
): void {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const variables: Record<string, string> = { PATH: path, DEBIAN_FRONTEND: 'noninteractive', ...env };
  if (certificates !== undefined) {
    cpSync(certificates, join(directory, 'tmp', 'machine-ca.crt'), { dereference: true });
    variables['NODE_EXTRA_CA_CERTS'] = '/tmp/machine-ca.crt';
    variables['npm_config_cafile'] = '/tmp/machine-ca.crt';
  }
  const given = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const mounts = `mount -t proc proc ${directory}/proc && mount --rbind /dev ${directory}/dev`;
  const script = `${mounts} && exec chroot ${directory} env -i "$@"`;
  const shell = ['sh', '-c', `cd ${at} && ${command}`];
  runToEnd('unshare', ['--mount', 'sh', '-c', script, 'sh', ...given, ...shell]);
  rmSync(join(directory, 'tmp', 'machine-ca.crt'), { force: true });
}

const ignored = readFileSync(join(root, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** What a build may see: a path is left out when it, or a folder above it, is on the list. */
function isInContext(path: string): boolean {
  const parts = path.split('/');
  const above = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  return !above.some((each) => ignored.some((pattern) => matchesGlob(each, pattern)));
}

/** COPY: of folders what is in them; a last slash, or several sources, make the target a folder. */
function copy(from: string, { text }: Step, directory: string, at: string, isContext: boolean): void {
  const words = text.split(/\s+/);
  const target = words.pop() ?? '';
  const found = words.flatMap((source) =>
    source === '.' ? [source] : globSync(source.replace(/^\//, ''), { cwd: from }),
  );
  assert.ok(found.length >= words.length, `COPY ${text} finds nothing`);
  const to = join(directory, resolve(at, target));
  const isFolder = /[/.]$/.test(target) || found.length > 1;
  for (const source of found) {
    const path = join(from, source);
    const isWhole = statSync(path).isDirectory();
    const filter = (file: string): boolean =>
      !isContext || file === from || isInContext(file.slice(from.length + 1));
    const place = !isWhole && isFolder ? join(to, basename(source)) : to;
    mkdirSync(isWhole ? place : dirname(place), { recursive: true });
    cpSync(path, place, { recursive: true, filter, verbatimSymlinks: true });
  }
}

/** Makes every stage below the folder. @returns the directory of the last one */
export function makeImage(stages: readonly Stage[], folder: string): string {
  const made = new Map<string, string>();
  let last = '';
  for (const [index, { name, base, steps }] of stages.entries()) {
    const directory = join(folder, name || `stage-${index}`);
    makeBase(base, directory);
    let at = '/';
    const env: Record<string, string> = {};
    for (const step of steps) {
      if (step.keyword === 'WORKDIR') {
        at = resolve(at, step.text);
        mkdirSync(join(directory, at), { recursive: true });
      }
      if (step.keyword === 'ENV' || step.keyword === 'ARG') Object.assign(env, step.properties);
      if (step.keyword === 'RUN') runIn(directory, step.text, env, at);
      const source = step.flags['from'];
      if (step.keyword === 'COPY')
        copy(
          source === undefined ? root : (made.get(source) ?? ''),
          step,
          directory,
          at,
          source === undefined,
        );
    }
    made.set(name, directory);
    last = directory;
  }
  return last;
}
