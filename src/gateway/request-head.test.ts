import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { accepts, createRequestIds, readTraceparent } from './request-head.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const span = 'b7ad6b7169203331';

describe('a traceparent', () => {
  const known: readonly (readonly [header: string | undefined, read: string | undefined])[] = [
    [`00-${trace}-${span}-01`, `00-${trace}-${span}-01`],
    [`01-${trace}-${span}-01-later`, `01-${trace}-${span}-01`],
    [undefined, undefined],
    [`00-${trace}-${span}-01-later`, undefined],
    [`00-${trace}-${span}-1`, undefined],
    [`ff-${trace}-${span}-01`, undefined],
    [`00-${'0'.repeat(32)}-${span}-01`, undefined],
    [`00-${trace}-${'0'.repeat(16)}-01`, undefined],
    [`00-${trace.toUpperCase()}-${span}-01`, undefined],
    [`00-${trace}-${span}-01, 00-${trace}-${span}-01`, undefined],
    ['<script>', undefined],
  ];
  for (const [header, read] of known) {
    test(`${header} is continued as ${read}`, () => assert.equal(readTraceparent(header), read));
  }
});

describe('Accept', () => {
  const rows: readonly (readonly [accept: string | undefined, isAccepted: boolean])[] = [
    [undefined, true],
    ['*/*', true],
    ['application/json', true],
    ['APPLICATION/JSON; charset=utf-8', true],
    ['text/html, */*;q=0.1', true],
    ['application/*', true],
    ['text/html', false],
    ['*/*;q=0', false],
    ['application/json;q=0, */*', false],
    ['application/json;q=0.0', false],
    ['nonsense', false],
  ];
  for (const [accept, isAccepted] of rows) {
    test(`${accept} takes JSON: ${isAccepted}`, () =>
      assert.equal(accepts(accept, ['application/json']), isAccepted));
  }
});

test('a request id is taken from the client only where it is harmless', () => {
  const name = createRequestIds(new Uint8Array(9));
  assert.equal(name('abc-123'), 'abc-123');
  for (const header of [undefined, '', 'a b', 'a\u001bb', 'é', 'a'.repeat(129), '<b>']) {
    assert.match(name(header), /^A{12}-[0-9a-z]+$/);
  }
  assert.notEqual(name(undefined), name(undefined));
});
