import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { serverFlags } from '../../src/cli-programs.ts';
import { findOlderNode } from '../../tools/runtimes.ts';
import { createDatabase } from '../support/databases.ts';
import { listPacked, makeEmptyDirectory, pack, run } from '../support/packed.ts';

const root = join(import.meta.dirname, '..', '..');
const startMsMax = 60_000;

test('npm start and credit-ledger start give the server the same flags', () => {
  const shape = z.object({ scripts: z.object({ start: z.string() }) });
  const { scripts } = shape.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const flags = scripts.start.split(' ').filter((word) => /^--(?!import)/.test(word));
  assert.deepEqual(flags, serverFlags);
});

test('the contract is packed as JavaScript with types, and its shapes parse', (t) => {
  const directory = makeEmptyDirectory(t);
  const tarball = pack('contract', directory);
  const sources = listPacked(tarball).filter((path) => /(?<!\.d)\.ts$/.test(path));
  assert.deepEqual(sources, []);
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'empty', type: 'module' }));
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball];
  const installed = run('npm', install, directory);
  assert.equal(installed.status, 0, installed.stderr);
  const script =
    "import { errorRow } from '@credit-ledger/contract/errors'; console.log(errorRow('rate_limited').status)";
  assert.equal(
    run(process.execPath, ['--input-type=module', '-e', script], directory).stdout.trim(),
    '429',
  );
});

test('the packed product starts in an empty directory, on the Node of the machine', async (t) => {
  const older = findOlderNode();
  const isMissing = older === undefined && process.env['CI'] === 'true';
  assert.ok(!isMissing, 'the PATH has no Node older than 26');
  const directory = makeEmptyDirectory(t);
  const tarball = pack('.', directory);
  const sources = listPacked(tarball).filter((path) => /(?<!\.d)\.ts$/.test(path));
  assert.deepEqual(sources, []);
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'empty' }));
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball];
  const installed = run('npm', install, directory);
  assert.equal(installed.status, 0, installed.stderr);

  const database = await createDatabase(t);
  const program = join(directory, 'node_modules', 'credit-ledger', 'bin', 'credit-ledger.mjs');
  const env = { ...process.env, DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'warn' };
  const child = spawn(older ?? process.execPath, [program, 'start'], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGTERM');
    await exited;
  });
  let output = '';
  const { promise: started, resolve } = Promise.withResolvers<string>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const url = /http:\/\/[\d.]+:\d+(?=\/v1)/.exec(output)?.[0];
    if (url !== undefined) resolve(url);
  });
  const late = setTimeout(() => resolve(''), startMsMax);
  const url = await started;
  clearTimeout(late);
  assert.notEqual(url, '', output);
  assert.ok(existsSync(join(directory, '.data', 'admin.key')));
  const page = await (await fetch(url)).text();
  const script = /src="(\/console\/[\w.-]+\.js)"/.exec(page)?.[1];
  assert.equal((await fetch(url + script)).status, 200, page);
  const asked = (...args: string[]) =>
    run(older ?? process.execPath, [program, ...args, '--url', url], directory, {
      ...env,
      NO_COLOR: '1',
    });
  const opened = asked('accounts', 'open', '--currency', 'USD', '--json');
  assert.match(opened.stdout, /"currency":"USD"/, opened.stderr);
  const whole = asked('verify', '--database-url', database.url);
  assert.match(whole.stdout, /The book is whole/, whole.stderr);
  child.kill('SIGTERM');
  assert.equal((await exited)[0], 0);
});
