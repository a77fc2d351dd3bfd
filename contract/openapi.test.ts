import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { openApiDocument } from './openapi.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';

const text = JSON.stringify(openApiDocument());

test('docs/errors.md and docs/openapi.json are what the generator makes', () => {
  const tool = join(import.meta.dirname, '..', 'tools', 'generate-contract-docs.ts');
  execFileSync(process.execPath, [tool, '--check'], { stdio: 'pipe' });
});

test('every reference in the OpenAPI document leads to a component', () => {
  const document = openApiDocument();
  const names = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1] ?? '');
  assert.ok(names.length > 100);
  for (const name of new Set(names)) {
    let target: unknown = document;
    for (const step of name.split('/'))
      target = typeof target === 'object' && target !== null ? Reflect.get(target, step) : undefined;
    assert.notEqual(target, undefined, name);
  }
});

test('every operation is in the OpenAPI document once, and required fields are told', () => {
  for (const operation of Object.keys(routes))
    assert.equal(text.split(`"operationId":"${operation}"`).length, 2);
  assert.match(text, /"required":\["from","to","amount_minor","currency"\]/);
});

test('what moves money takes an Idempotency-Key, and only POST does', () => {
  for (const route of Object.values<Route>(routes)) {
    if (route.money !== undefined)
      assert.ok(route.method === 'POST' && route.idempotent === true, route.path);
  }
});
