// The house rules that a machine can check and no linter does; each message names the better thing.
// The linter keeps any, casts and non-null assertions out of the ledger: it knows types, a pattern guesses.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { settingRows } from '../src/config.ts';

const root = join(import.meta.dirname, '..');

interface SourceFile {
  path: string;
  text: string;
}

/** What is or will be committed. */
function listFiles(): SourceFile[] {
  const options = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', options, { cwd: root, encoding: 'utf8' }).split('\n');
  const paths = listed.filter((path) => path !== '' && existsSync(join(root, path)));
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

const files = listFiles().filter(({ text }) => !text.includes('\0'));
const generated = /^contract\/gen\/|^sdk\/src\/gen\/|^package-lock\.json$|^migrations\/schema\.sql$/;
const scripts = files.filter(({ path }) => /\.(ts|tsx|mjs)$/.test(path) && !generated.test(path));

function assertNone(faults: readonly string[], betterThing: string): void {
  assert.ok(faults.length === 0, `${betterThing}:\n  ${faults.join('\n  ')}`);
}

/** Which folders of src a folder may import from; besides, any may take src/limits.ts. */
const allowedImports: Readonly<Record<string, readonly string[]>> = {
  gateway: [
    'ledger',
    'projections',
    'proof',
    'scheduler',
    'webhooks',
    'statements',
    'dead-letters',
    'audit',
    'postgres',
    'runtime',
  ],
  audit: ['postgres', 'runtime'],
  ledger: ['postgres', 'runtime'],
  relay: ['ledger', 'postgres', 'runtime'],
  projections: ['relay', 'dead-letters', 'postgres', 'runtime'],
  proof: ['audit', 'ledger', 'relay', 'retention', 'postgres', 'runtime'],
  cli: ['backup', 'ledger', 'proof', 'retention', 'postgres', 'runtime'],
  worker: ['ledger', 'relay', 'dead-letters', 'postgres', 'runtime'],
  statements: ['ledger', 'runtime'],
  'sql-gateway': ['gateway', 'ledger', 'relay', 'postgres', 'runtime'],
  webhooks: ['audit', 'ledger', 'relay', 'dead-letters', 'postgres', 'runtime'],
  reconciliation: ['ledger', 'projections', 'relay', 'scheduler', 'postgres', 'runtime'],
  retention: ['ledger', 'postgres', 'runtime'],
  backup: ['postgres', 'runtime'],
  scheduler: ['ledger', 'relay', 'postgres', 'runtime'],
  'dead-letters': ['postgres', 'runtime'],
  postgres: ['runtime'],
  runtime: [],
};

function listImports(text: string): string[] {
  const matches = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g);
  return [...matches].map((match) => match[1] ?? '');
}

/** The path from the root that a relative import leads to. */
function resolveImport(path: string, imported: string): string | undefined {
  if (!imported.startsWith('.')) return undefined;
  return new URL(imported, `file:///${path}`).pathname.slice(1);
}

function isForbidden(path: string, target: string): boolean {
  const [from, folder = ''] = path.split('/');
  const [to, toFolder = '', ...deeper] = target.split('/');
  if (from === 'contract') return to !== 'contract';
  if (from !== 'src') return false;
  if (to !== 'src') return true;
  const allowed = allowedImports[folder];
  if (allowed === undefined || folder === toFolder) return false;
  if (deeper.length === 0) return toFolder !== 'limits.ts';
  return !allowed.includes(toFolder);
}

test('imports go one way', () => {
  const product = scripts.filter(
    ({ path }) => /^(src|contract)\//.test(path) && !path.endsWith('.test.ts'),
  );
  const faults = product.flatMap(({ path, text }) =>
    listImports(text)
      .map((imported) => resolveImport(path, imported))
      .filter((target) => target !== undefined && isForbidden(path, target))
      .map((target) => `${path} imports ${target}`),
  );
  assertNone(faults, 'take it as an argument and let src/roles.ts pass it in');
});

test('every folder of src has its row in the table of imports', () => {
  const folders = scripts.map(({ path }) => /^src\/([^/]+)\//.exec(path)?.[1] ?? 'runtime');
  const unknown = [...new Set(folders)].filter((folder) => allowedImports[folder] === undefined);
  assertNone(unknown, 'say in test/tidy.test.ts and .oxlintrc.json what this folder may import');
});

test('files are named after what is in them', () => {
  const banned = /^(index|utils?|helpers?|common|types|managers?|services?|misc|shared)$/;
  const faults = scripts.filter(({ path }) =>
    basename(path)
      .replace(/(\.test)?\.\w+$/, '')
      .split('-')
      .some((word) => banned.test(word)),
  );
  const paths = faults.map(({ path }) => path);
  assertNone(paths, 'name the file after its one subject: a resource, a concept or a loop');
});

test('file names are kebab-case', () => {
  const faults = scripts.filter(
    ({ path }) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*$/.test(basename(path)),
  );
  assertNone(
    faults.map(({ path }) => path),
    'write the name in lower case with hyphens',
  );
});

function listLines(pattern: RegExp, among: readonly SourceFile[]): string[] {
  return among.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
  );
}

test('nothing is exported wholesale', () => {
  assertNone(listLines(/^export \* /, scripts), 'import from the file that defines the thing');
});

test('there are no enums and no namespaces', () => {
  const pattern = /^\s*(export )?(declare )?(const )?(enum|namespace) \w+/;
  assertNone(listLines(pattern, scripts), 'use a union of literals or an object `as const`');
});

test('every setting is used', () => {
  const users = scripts.filter(
    ({ path }) => path.startsWith('src/') && !/^src\/(config|settings|security-settings)\./.test(path),
  );
  const unused = settingRows.filter(({ key }) => {
    const mention = new RegExp(`\\b${key}\\b`);
    return !users.some(({ text }) => mention.test(text));
  });
  assertNone(
    unused.map(({ env }) => env),
    'delete the setting from src/settings.ts or make it work',
  );
});

/** Sizes warn where a file or line has outgrown its measure, and fail where nobody can have meant it. */
const measures = {
  lines: { product: 400, test: 500, ratioMax: 1.2 },
  charactersMax: 170,
};

test('files stay within 400 lines, tests within 500', (t) => {
  const faults = scripts.flatMap(({ path, text }) => {
    const lines = text.split('\n').length - 1;
    const max = /^test\/|\.test\.ts$/.test(path) ? measures.lines.test : measures.lines.product;
    if (lines > max) t.diagnostic(`${path} has ${lines} lines: split it where its subject splits`);
    return lines > max * measures.lines.ratioMax ? [`${path}: ${lines}`] : [];
  });
  assertNone(faults, 'split the file where its subject splits');
});

test('lines stay within 110 characters', (t) => {
  const advice = 'break the line, or give a part of it a name';
  for (const place of listLines(/^.{111,}$/u, scripts)) t.diagnostic(`${place}: ${advice}`);
  assertNone(listLines(new RegExp(`^.{${measures.charactersMax},}$`, 'u'), scripts), advice);
});

test('nothing names a package registry or a place on a developer machine', () => {
  const pattern = /\bregistry\.[a-z]+\.|(?<![\w.-])\/(work|root|home)\/[\w.-]/;
  const faults = listLines(pattern, files);
  assertNone(faults, 'use a path relative to the file, a setting, or a temporary directory');
});

const documents = files.filter(({ path }) => path.endsWith('.md'));

/** The paths from the root that a document's links lead to. */
function listLinks({ path, text }: SourceFile): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) =>
    target.replace(/#.*$/, ''),
  );
  return links
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .map((target) => new URL(target, `file:///${path}`).pathname.slice(1));
}

test('links between documents lead somewhere', () => {
  const faults = documents.flatMap((document) =>
    listLinks(document)
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${document.path} links to ${target}`),
  );
  assertNone(faults, 'name a file that is there');
});

test('documents name only source files that are there', () => {
  const named = documents.flatMap(({ path, text }) =>
    [...text.matchAll(/`((?:src|test|contract|migrations|tools|docs)\/[\w./-]+\.\w+)`/g)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${path} names ${target}`),
  );
  assertNone(named, 'name the file as it is called now');
});

test('the runbook names log lines and metrics that the program has', () => {
  const runbook = documents.find(({ path }) => path === 'docs/operations/runbook.md');
  const code = scripts.filter(({ path }) => path.startsWith('src/')).map(({ text }) => text);
  const rows = [...(runbook?.text ?? '').matchAll(/^\| ((?:`[^`]+`[^|`]*)+)\|/gm)];
  const names = rows.flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`{]+)[^`]*`/g)].map(([, name = '']) => name),
  );
  assert.ok(names.length > 20);
  const unknown = names.filter(
    (name) => /\w{3}/.test(name) && !code.some((text) => text.includes(name)),
  );
  assertNone(unknown, 'say in docs/operations/runbook.md what the program says now');
});
