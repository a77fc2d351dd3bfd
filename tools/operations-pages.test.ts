// What the pages for operators tell to look at or to type, held against what there is.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { settingRows } from '../src/config.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = [...globSync('docs/operations/*.md', { cwd: root }), 'README.md', 'docs/quick-start.md'];
const texts = pages.map((page) => ({ page, text: read(page) }));

/** What stands in code, in a line or in a block. */
function codeOf(text: string): string[] {
  const blocks = Array.from(text.matchAll(/^```\w*\n([\s\S]*?)^```/gm), ([, code = '']) => code);
  const lines = text.replaceAll(/^```\w*\n[\s\S]*?^```/gm, '').matchAll(/`([^`]+)`/g);
  return [...blocks, ...Array.from(lines, ([, code = '']) => code.replaceAll('\n', ' '))];
}

/** Every find of a pattern in code, `page: find`, that is not known. */
function listUnknown(pattern: RegExp, isKnown: (find: string) => boolean): string[] {
  return texts.flatMap(({ page, text }) =>
    codeOf(text)
      .flatMap((code) => [...code.matchAll(pattern)].map(([whole, group = whole]) => group))
      .filter((find) => !isKnown(find))
      .map((find) => `${page}: ${find}`),
  );
}

test('metrics that the pages name are on the page of metrics', () => {
  const known = read('docs/operations/metrics.md').matchAll(/^\| `(\w+)`/gm);
  const metrics = new Set(Array.from(known, ([, name = '']) => name));
  const shape =
    /\b([a-z]+(?:_[a-z0-9]+)*_(?:total|seconds|bytes|fds|commands|state|lag|running|pending|records|writing))\b/g;
  const unknown = listUnknown(shape, (name) => metrics.has(name.replace(/_(bucket|count|sum)$/, '')));
  assert.deepEqual(unknown, []);
});

const documentShape = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

test('requests that the pages tell to send are operations', () => {
  const { paths } = documentShape.parse(JSON.parse(read('docs/openapi.json')));
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const shapeOf = (operation: string): string =>
    operation.replaceAll(/\{[^}]*\}|(?<=\/ledgers\/)\w+|(?<=\/(?:jobs|periods)\/)\w+/g, '*');
  const known = new Set(operations.map(shapeOf));
  const unknown = listUnknown(/\b((?:GET|POST|PUT|PATCH|DELETE) \/v1\/[\w/{}-]+)/g, (operation) =>
    known.has(shapeOf(operation)),
  );
  assert.deepEqual(unknown, []);
});

/** What is set for tools or for the containers of others. */
const otherSettings = ['AUDIT_REQUIRED', 'BERKA_FILE', 'NAME_FILE', 'GRAFANA_PASSWORD'];

test('settings that the pages name are settings', () => {
  const settings = new Set([...settingRows.map(({ env }) => env), ...otherSettings]);
  const isKnown = (name: string): boolean =>
    settings.has(name) || settings.has(name.replace(/_FILE$/, ''));
  assert.deepEqual(listUnknown(/\b([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)\b/g, isKnown), []);
});

const scriptsShape = z.object({ scripts: z.record(z.string(), z.string()) });

test('commands that the pages tell to type are there, with their flags', () => {
  const cli = read('docs/cli.md');
  const chapters = new Map(cli.split(/^## /m).map((text) => [text.split('\n')[0] ?? '', text]));
  const known = (line: string): boolean => {
    const words = line.split(/\s+/);
    const chapter = chapters.get(words.slice(0, 2).join(' ')) ?? chapters.get(words[0] ?? '');
    const flags = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0] ?? '');
    return (
      chapter !== undefined && flags.every((flag) => `${chapter}${cli.split('\n## ')[0]}`.includes(flag))
    );
  };
  const typed = /(?:^|\n|; |`|&& )(?:npx )?credit-ledger ([a-z][a-z-]+(?: (?!\|)[^\s#|;&]+)*)/g;
  assert.deepEqual(listUnknown(typed, known), []);
  const { scripts } = scriptsShape.parse(JSON.parse(read('package.json')));
  assert.deepEqual(
    listUnknown(/\bnpm run ([a-z]+)\b/g, (name) => name in scripts),
    [],
  );
  const makefile = read('Makefile');
  const targets = Array.from(makefile.matchAll(/^([a-z0-9-]+):/gm), ([, name = '']) => name);
  assert.deepEqual(
    listUnknown(/(?:^|\n)make ([a-z0-9-]+)/g, (name) => targets.includes(name)),
    [],
  );
});

const sources = globSync('src/**/*.ts', { cwd: root }).map(read).join('\n');
const runbook = read('docs/operations/runbook.md');

test('what a server warns of is in the runbook', () => {
  const written = sources.matchAll(/\.(?:warn|error|fatal)\(\s*(?:\{[^}]*\},\s*)?'([^':]+)/g);
  const lines = Array.from(written, ([, line = '']) => line);
  assert.ok(lines.length > 40);
  assert.deepEqual(
    lines.filter((line) => !runbook.includes(line)),
    [],
  );
});
