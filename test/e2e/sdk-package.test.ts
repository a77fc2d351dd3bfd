import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { listRuntimes, runtimeMissing } from '../../tools/runtimes.ts';
import { listPacked, makeEmptyDirectory, pack, run } from '../support/packed.ts';
import { startProduct } from '../support/product.ts';

const root = join(import.meta.dirname, '..', '..');
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/** As a careful user has it, without Node's own types: the client may need none. */
const tsconfig = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    lib: ['esnext', 'dom', 'dom.iterable', 'dom.asynciterable'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
  },
};

/** The examples of the README, each a module. */
function readExamples(): string[] {
  const readme = readFileSync(join(root, 'sdk', 'README.md'), 'utf8');
  return [...readme.matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1] ?? '');
}

/** What the client costs a browser before any bundler has taken comments and names out. */
const gzipBytesMax = 16_000;

test('the packed client is small, holds no sources, and its README runs on every runtime', async (t) => {
  const directory = makeEmptyDirectory(t);
  const tarball = pack('sdk', directory);
  const files = listPacked(tarball);
  assert.deepEqual(
    files.filter((path) => !/^(package\.json|README\.md|dist\/.*\.(js|d\.ts))$/.test(path)),
    [],
  );
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'empty', type: 'module' }));
  const installed = run(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball],
    directory,
  );
  assert.equal(installed.status, 0, installed.stderr);
  const dist = join(directory, 'node_modules', '@credit-ledger', 'sdk', 'dist');
  const sizes = files
    .filter((path) => path.endsWith('.js') && !/webhooks|broker-events|events_pb/.test(path))
    .map((path) => gzipSync(readFileSync(join(dist, '..', path))).length);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(bytes <= gzipBytesMax, `the client is ${bytes} bytes with gzip`);

  const product = await startProduct(t);
  const examples = readExamples().map((text, index) => {
    const name = `example-${index}`;
    const here = text
      .replaceAll('http://127.0.0.1:4000', product.server.url)
      .replaceAll('cl_live_…', product.server.adminKey);
    writeFileSync(join(directory, `${name}.ts`), here);
    return name;
  });
  assert.ok(examples.length >= 5);
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(tsconfig));
  const checked = run(process.execPath, [tsc, '-p', '.'], directory);
  assert.equal(checked.status, 0, checked.stdout);

  for (const runtime of listRuntimes()) {
    const missing = runtimeMissing(runtime);
    // Where everything can be installed, an absent runtime is a mistake and not a circumstance.
    assert.ok(missing === undefined || process.env['CI'] !== 'true', missing ?? '');
    await t.test(`on ${runtime.name}`, missing === undefined ? {} : { skip: missing }, () => {
      for (const example of examples) {
        const ended = run(runtime.program, [...runtime.args, `${example}.js`], directory);
        assert.equal(ended.status, 0, `${example}: ${ended.stdout}${ended.stderr}`);
        assert.doesNotMatch(ended.stdout, /^false$/m, example);
      }
    });
  }
});
