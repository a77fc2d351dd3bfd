import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NumberLiteral } from '@credit-ledger/contract/json.ts';
import { MalformedJson, parseJsonBody } from './json-body.ts';

const parse = (text: string) => parseJsonBody(Buffer.from(text));
const literal = (text: string) => new NumberLiteral(text);

/** Through JSON, since objects without a prototype are never deep-equal to literals. */
const accepted: readonly [text: string, value: unknown][] = [
  ['{}', {}],
  [' \t\r\n[ ] ', []],
  ['{"a":1,"b":[true,false,null]}', { a: 1, b: [true, false, null] }],
  ['0', 0],
  ['-7', -7],
  ['999999999999999', 999_999_999_999_999],
  ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ['-9007199254740991', Number.MIN_SAFE_INTEGER],
  ['"ü 🚀"', 'ü 🚀'],
  [String.raw`"a\"b\\c\/\n\u00e9"`, 'a"b\\c/\né'],
  ['{"a~b/c":{"":0}}', { 'a~b/c': { '': 0 } }],
  [`${'['.repeat(32)}${']'.repeat(32)}`, JSON.parse(`${'['.repeat(32)}${']'.repeat(32)}`)],
];

describe('a body that is JSON', () => {
  for (const [text, value] of accepted) {
    test(`is read: ${text.slice(0, 40)}`, () => {
      assert.deepEqual(JSON.parse(JSON.stringify(parse(text))), value);
    });
  }

  const literals = [
    '1.0',
    '1e3',
    '-0',
    '9007199254740992',
    '-9007199254740993',
    '1e400',
    '0.1',
    '1E-2',
    '9'.repeat(400),
  ];
  for (const text of literals) {
    test(`keeps the number ${text.slice(0, 30)} as it was written`, () => {
      assert.deepEqual(parse(text), literal(text));
      assert.deepEqual(parse(`[${text}]`), [literal(text)]);
    });
  }

  test('may name a field __proto__, which is a field like any other', () => {
    const body = parse('{"__proto__":{"isAdmin":true},"constructor":1}');
    assert.deepEqual(Object.keys(body ?? {}), ['__proto__', 'constructor']);
    assert.equal(Reflect.get({}, 'isAdmin'), undefined);
  });

  test('may hold a lone surrogate and a NUL as escapes: the schemas refuse them where they stand', () => {
    assert.equal(parse(String.raw`"\ud800\u0000"`), '\ud800\u0000');
  });

  test('gives the same strings when it is large', () => {
    const text = `["${'x'.repeat(3000)}","a longer string with ü","short"]`;
    assert.deepEqual(parse(text), JSON.parse(text));
  });
});

const refused: readonly [text: string | Buffer, detail: RegExp, pointer: string][] = [
  ['', /ends too early/, ''],
  ['   ', /ends too early/, ''],
  ['{"a":1}{}', /goes on after its end/, ''],
  ['{"a":1,}', /no comma after the last/, '/a'],
  ['[1,]', /no comma after the last/, '/0'],
  ['[1 2]', /a comma was expected/, '/0'],
  ['{"a" 1}', /a colon was expected/, '/a'],
  ['{a:1}', /field name in double quotes/, ''],
  ["{'a':1}", /field name in double quotes/, ''],
  ['{"a":1 // why\n}', /a comma was expected/, '/a'],
  ['{"a":01}', /must not begin with 0/, '/a'],
  ['{"a":1.}', /a comma was expected/, '/a'],
  ['{"a":.5}', /a value was expected/, '/a'],
  ['{"a":+5}', /a value was expected/, '/a'],
  ['{"a":-}', /a number is malformed/, '/a'],
  ['{"a":NaN}', /a value was expected/, '/a'],
  ['{"a":Infinity}', /a value was expected/, '/a'],
  ['{"a":0x1F}', /a comma was expected/, '/a'],
  ['{"a":tru}', /a value was expected/, '/a'],
  ['{"a":"b', /a string has no end/, '/a'],
  ['{"a":"b\\', /a string has no end/, '/a'],
  ['{"a":"b\\"', /a string has no end/, '/a'],
  ['{"a":"\\x"}', /wrong escape/, '/a'],
  ['{"a":"\u0000"}', /control character/, '/a'],
  ['{"a":"\n"}', /control character/, '/a'],
  ['{"a":"\\n\n"}', /control character/, '/a'],
  ['{"a":1,"a":1000000}', /this field twice/, '/a'],
  ['{"t":[{},{"x/y":{"a":1,"b":2,"a":3}}]}', /this field twice/, '/t/1/x~1y/a'],
  ['{"a":1,"\\u0061":2}', /this field twice/, '/a'],
  ['{"__proto__":1,"__proto__":2}', /this field twice/, '/__proto__'],
  ['['.repeat(33), /deeper than 32/, '/0'.repeat(31) + '/0'],
  ['['.repeat(200_000), /deeper than 32/, '/0'.repeat(32)],
  ['\ufeff{}', /byte order mark/, ''],
  [Buffer.from('{"a":1}', 'utf16le'), /field name in double quotes/, ''],
  [Buffer.from([0x22, 0xff, 0x22]), /valid UTF-8/, ''],
  [Buffer.from([0x22, 0xc0, 0xaf, 0x22]), /valid UTF-8/, ''],
  [Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), /valid UTF-8/, ''],
];

describe('a body that is not JSON', () => {
  for (const [text, detail, pointer] of refused) {
    test(`is refused with its place: ${JSON.stringify(String(text).slice(0, 40))}`, () => {
      assert.throws(
        () => parseJsonBody(Buffer.from(text)),
        (error) => {
          assert.ok(error instanceof MalformedJson);
          assert.match(error.message, detail);
          assert.equal(error.pointer, pointer);
          return true;
        },
      );
    });
  }

  test('leaves nothing behind for the next one', () => {
    assert.throws(() => parse('{"a":{"b":['), MalformedJson);
    assert.deepEqual(parse('[1]'), [1]);
  });
});
