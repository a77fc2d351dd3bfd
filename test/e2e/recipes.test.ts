import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import { makeEmptyDirectory, pack, run } from '../support/packed.ts';
import { startProduct } from '../support/product.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'docs', 'recipes');
const recipes = readdirSync(folder).filter((name) => name.endsWith('.ts'));

/** The blocks of a language of the quick start, one after the other. */
function readQuickStart(language: string): string {
  const page = readFileSync(join(root, 'docs', 'quick-start.md'), 'utf8');
  const blocks = page.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'));
  return [...blocks].map((match) => match[1] ?? '').join('');
}

const tsconfig = {
  compilerOptions: {
    target: 'esnext',
    module: 'nodenext',
    lib: ['esnext'],
    types: ['node'],
    strict: true,
    noEmit: true,
    noUncheckedIndexedAccess: true,
  },
};

test('every recipe and the quick start type-check and run with the packed client', async (t) => {
  const page = readFileSync(join(folder, 'README.md'), 'utf8');
  assert.deepEqual(
    recipes.filter((name) => !page.includes(`(${name})`)),
    [],
  );
  const directory = makeEmptyDirectory(t);
  const tarball = pack('sdk', directory);
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'empty', type: 'module' }));
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball];
  const installed = run('npm', install, directory);
  assert.equal(installed.status, 0, installed.stderr);
  for (const types of ['@types', 'undici-types'])
    symlinkSync(join(root, 'node_modules', types), join(directory, 'node_modules', types));
  for (const name of recipes) cpSync(join(folder, name), join(directory, name));
  const { server } = await startProduct(t);
  const quickStart = readQuickStart('ts')
    .replaceAll('http://127.0.0.1:4000', server.url)
    .replaceAll('cl_live_…', server.adminKey);
  writeFileSync(join(directory, 'quick-start.ts'), quickStart);
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(tsconfig));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const checked = run(process.execPath, [tsc, '-p', '.'], directory);
  assert.equal(checked.status, 0, checked.stdout);
  const env = {
    ...process.env,
    NO_COLOR: '1',
    CREDIT_LEDGER_URL: server.url,
    CREDIT_LEDGER_API_KEY: server.adminKey,
  };
  const lines = readQuickStart('sh').match(/^npx credit-ledger .*$/gm) ?? [];
  assert.ok(lines.length > 5);
  for (const line of lines) {
    const ended = await runCli(line.split(' ').slice(2), env);
    assert.equal(ended.status, 0, `${line}: ${ended.out}${ended.err}`);
  }
  for (const name of ['quick-start.ts', ...recipes]) {
    const ended = run(process.execPath, [name], directory, env);
    assert.equal(ended.status, 0, `${name}: ${ended.stdout}${ended.stderr}`);
  }
});
