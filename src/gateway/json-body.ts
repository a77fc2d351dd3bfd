import { isAscii, isUtf8 } from 'node:buffer';
import { NumberLiteral } from '@credit-ledger/contract/json.ts';

/** A body nests at most this deep. */
const depthMax = 32;

/** The body is not JSON, or says something twice. `pointer` names the place where one is known. */
export class MalformedJson extends Error {
  readonly offset: number;
  readonly pointer: string;
  constructor(detail: string, offset: number, pointer: string) {
    super(detail);
    this.name = 'MalformedJson';
    this.offset = offset;
    this.pointer = pointer;
  }
}

/**
 * Objects without a prototype, so that `__proto__` and `constructor` are fields like any other. Made by a
 * constructor they stay fast, which objects of `Object.create(null)` are not.
 */
class Fields {
  [name: string]: unknown;
}
Object.setPrototypeOf(Fields.prototype, null);
Reflect.deleteProperty(Fields.prototype, 'constructor');

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const zero = 0x30;
const nine = 0x39;

// Parsing is synchronous and never re-entered: its state lives here rather than in an object per request.
let text = '';
let at = 0;
let depth = 0;
/** The key or index at each depth, for the pointer of an error. */
const path: (string | number)[] = [];
/** Stands in the path until the first key or index of an object or array is known. */
const unknownStep = -1;

/**
 * A slice of a string keeps the whole string alive, so that one name in a cache could hold a batch of
 * megabytes: strings of larger bodies are copied. (V8 copies those of up to 12 characters anyway.)
 */
const sharedTextMax = 2048;
const copiedAnyway = 12;

/**
 * Reads one JSON document in one pass, strictly: valid UTF-8 without a byte order mark, at most 32 deep, no
 * field twice in an object. A number that is not a plain integer within 2^53-1 becomes a NumberLiteral.
 * @throws {MalformedJson}
 */
export function parseJsonBody(body: Buffer): unknown {
  const ascii = isAscii(body);
  if (!ascii) checkText(body);
  text = body.toString(ascii ? 'latin1' : 'utf8');
  at = 0;
  depth = 0;
  try {
    const value = readValue(skipSpace());
    if (!Number.isNaN(skipSpace())) throw fail('the body goes on after its end');
    return value;
  } finally {
    text = '';
  }
}

function checkText(body: Buffer): void {
  if (!isUtf8(body)) throw new MalformedJson('the body must be valid UTF-8', 0, '');
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) {
    throw new MalformedJson('the body must not begin with a byte order mark', 0, '');
  }
}

function fail(detail: string): MalformedJson {
  const steps = path.slice(0, depth).filter((step) => step !== unknownStep);
  const here = steps.map((step) => `/${escapePointer(String(step))}`);
  return new MalformedJson(`${detail}, at character ${at}`, at, here.join(''));
}

/** A reference token of a JSON Pointer (RFC 6901). */
export function escapePointer(step: string): string {
  return /[~/]/.test(step) ? step.replaceAll('~', '~0').replaceAll('/', '~1') : step;
}

/** Moves to the next character that is not white space and returns its code; NaN at the end. */
function skipSpace(): number {
  let code = text.charCodeAt(at);
  while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at);
  return code;
}

function readValue(code: number): unknown {
  if (code === quote) return readString();
  if (code >= zero && code <= nine) return readNumber(code);
  if (code === openBrace) return readObject();
  if (code === openBracket) return readArray();
  if (code === 0x2d) return readLiteral();
  return readWord(code);
}

function readWord(code: number): unknown {
  if (code === 0x74 && text.startsWith('true', at)) return skip(4, true);
  if (code === 0x66 && text.startsWith('false', at)) return skip(5, false);
  if (code === 0x6e && text.startsWith('null', at)) return skip(4, null);
  throw fail(Number.isNaN(code) ? 'the body ends too early' : 'a value was expected');
}

function skip<Value>(length: number, value: Value): Value {
  at += length;
  return value;
}

function readObject(): unknown {
  const object = new Fields();
  at++;
  enter();
  let code = skipSpace();
  while (code !== closeBrace) {
    if (code !== quote) throw fail('a field name in double quotes was expected');
    const key = readString();
    path[depth - 1] = key;
    if (object[key] !== undefined) throw fail('the object has this field twice');
    if (skipSpace() !== colon) throw fail('a colon was expected');
    at++;
    object[key] = readValue(skipSpace());
    code = readSeparator(closeBrace);
  }
  depth--;
  at++;
  return object;
}

function readArray(): unknown {
  const list: unknown[] = [];
  at++;
  enter();
  let code = skipSpace();
  while (code !== closeBracket) {
    path[depth - 1] = list.length;
    list.push(readValue(code));
    code = readSeparator(closeBracket);
  }
  depth--;
  at++;
  return list;
}

function enter(): void {
  if (depth === depthMax) throw fail(`the body must not nest deeper than ${depthMax}`);
  path[depth++] = unknownStep;
}

/** After an element: moves past a comma to the next element, or stops at the closing character. */
function readSeparator(close: number): number {
  const code = skipSpace();
  if (code === close) return code;
  if (code !== comma)
    throw fail(Number.isNaN(code) ? 'the body ends too early' : 'a comma was expected');
  at++;
  const next = skipSpace();
  if (next === close) throw fail('there must be no comma after the last element');
  return next;
}

function readString(): string {
  const start = ++at;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === quote) return takeText(start, at++);
    if (code === backslash) return readEscaped(start);
    if (!(code >= 0x20))
      throw fail(Number.isNaN(code) ? 'a string has no end' : 'a string holds a control character');
    at++;
  }
}

function takeText(start: number, end: number): string {
  if (text.length <= sharedTextMax || end - start <= copiedAnyway) return text.slice(start, end);
  return String(JSON.parse(text.slice(start - 1, end + 1)));
}

/** A string with escapes: finds its end here, and lets the engine read the escapes. */
function readEscaped(start: number): string {
  for (; text.charCodeAt(at) !== quote; at++) {
    if (text.charCodeAt(at) === backslash) at++;
    if (at >= text.length) throw fail('a string has no end');
  }
  const end = at++;
  try {
    return String(JSON.parse(text.slice(start - 1, end + 1)));
  } catch {
    at = start;
    throw fail('a string holds a wrong escape or a control character');
  }
}

/** The common case: up to 15 digits. Anything else is looked at again from its beginning. */
function readNumber(first: number): unknown {
  const start = at;
  let value = 0;
  let code = first;
  while (code >= zero && code <= nine) {
    value = value * 10 + (code - zero);
    code = text.charCodeAt(++at);
  }
  const plain = at - start <= 15 && (first !== zero || at - start === 1);
  if (plain && code !== 0x2e && code !== 0x65 && code !== 0x45) return value;
  at = start;
  return readLiteral();
}

const literal = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const integer = /^-?[0-9]{1,16}$/;

function readLiteral(): unknown {
  literal.lastIndex = at;
  const found = literal.exec(text)?.[0];
  if (found === undefined) throw fail('a number is malformed');
  at += found.length;
  const next = text.charCodeAt(at);
  if (next >= zero && next <= nine) throw fail('a number must not begin with 0');
  if (found !== '-0' && integer.test(found) && Number.isSafeInteger(Number(found))) return Number(found);
  return new NumberLiteral(found);
}
