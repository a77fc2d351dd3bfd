import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { apiDocument, listBreaks, released, type ApiDocument } from './api-compatibility.ts';

const root = join(import.meta.dirname, '..');
const read = (file: string): ApiDocument => apiDocument.parse(JSON.parse(readFileSync(file, 'utf8')));

test('the API breaks nothing that the last release promised', () => {
  const now = read(join(root, 'docs', 'openapi.json'));
  assert.deepEqual(listBreaks(read(released.api), now), []);
});

test('the events break nothing that the last release promised', () => {
  const buf = join(root, 'node_modules', '.bin', 'buf');
  const args = ['breaking', 'contract/proto', '--against', released.events];
  const { status, stdout, stderr } = spawnSync(buf, args, { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});

/** A document with one operation: POST /things. */
function documentOf(body: object, answer: object, more: object = {}): ApiDocument {
  const json = (schema: object) => ({ content: { 'application/json': { schema } } });
  const post = { requestBody: json(body), responses: { 201: json(answer) }, ...more };
  return apiDocument.parse({ paths: { '/things': { post } } });
}

const fields = (properties: object, required: string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const text = { type: 'string' };
const number = { type: 'integer' };

const cases: readonly (readonly [
  what: string,
  before: ApiDocument,
  after: ApiDocument,
  fault: RegExp | undefined,
])[] = [
  [
    'a new field that may be sent',
    documentOf(fields({}), {}),
    documentOf(fields({ a: text }), {}),
    undefined,
  ],
  [
    'a new field that has to be sent',
    documentOf(fields({}), {}),
    documentOf(fields({ a: text }, ['a']), {}),
    /body\.a is asked for now/,
  ],
  [
    'a field that is refused',
    documentOf(fields({ a: text }), {}),
    documentOf(fields({}), {}),
    /body\.a is gone/,
  ],
  [
    'a field of another type',
    documentOf(fields({ a: text }), {}),
    documentOf(fields({ a: number }), {}),
    /string is refused/,
  ],
  [
    'a choice less',
    documentOf({ enum: ['x', 'y'] }, {}),
    documentOf({ enum: ['x'] }, {}),
    /"y" is refused/,
  ],
  [
    'a tighter bound',
    documentOf({ maxLength: 9 }, {}),
    documentOf({ maxLength: 8 }, {}),
    /maxLength fell/,
  ],
  [
    'an alternative less',
    documentOf({ anyOf: [text, number] }, {}),
    documentOf({ anyOf: [text] }, {}),
    /no alternative/,
  ],
  [
    'a new field that is answered',
    documentOf({}, fields({})),
    documentOf({}, fields({ a: text })),
    undefined,
  ],
  [
    'a field that is not answered any more',
    documentOf({}, fields({ a: text })),
    documentOf({}, fields({})),
    /201\.a is gone/,
  ],
  [
    'a field that may be absent',
    documentOf({}, fields({ a: text }, ['a'])),
    documentOf({}, fields({ a: text })),
    /a may be absent now/,
  ],
  [
    'a field that may be null',
    documentOf({}, { type: 'string' }),
    documentOf({}, { type: ['string', 'null'] }),
    /null is new/,
  ],
  ['an operation less', documentOf({}, {}), apiDocument.parse({ paths: {} }), /POST \/things is gone/],
  [
    'a new parameter that has to be there',
    documentOf({}, {}),
    documentOf({}, {}, { parameters: [{ name: 'q', in: 'query', required: true }] }),
    /query q is asked for now/,
  ],
];

for (const [what, before, after, fault] of cases)
  test(`compatibility: ${what}${fault === undefined ? ' breaks nothing' : ''}`, () => {
    const breaks = listBreaks(before, after);
    if (fault === undefined) assert.deepEqual(breaks, []);
    else assert.match(breaks.join('\n'), fault);
  });
