import fc from 'fast-check';
import { resolve, type DocumentedOperation, type Parameter, type Schema } from './api-document.ts';

/** A request as it is sent. */
export interface WildRequest {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

/** Things that are there, which chance alone would never name. */
export type Known = readonly string[];

const depthMax = 5;

/** What no schema asks for. */
const wild = fc.oneof(
  fc.constantFrom(
    null,
    '',
    ' ',
    '\u0000',
    '-1',
    -1,
    0,
    1.5,
    2 ** 60,
    true,
    [],
    {},
    '9'.repeat(30),
    '../..',
    '{"a":1}',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
);

/** Mostly what a schema describes, sometimes anything. */
function valueOf(schema: Schema, known: Known, depth = 0): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 30, arbitrary: fittingOf(resolve(schema), known, depth) },
    { weight: 1, arbitrary: wild },
  );
}

function fittingOf(schema: Schema, known: Known, depth: number): fc.Arbitrary<unknown> {
  const { enum: values, const: only, anyOf, oneOf, allOf, type } = schema;
  if (Array.isArray(values)) return fc.constantFrom(...values.map((value: unknown) => value));
  if (only !== undefined) return fc.constant(only);
  const choices = anyOf ?? oneOf ?? allOf;
  if (Array.isArray(choices))
    return fc.oneof(...choices.map((choice: Schema) => valueOf(choice, known, depth + 1)));
  switch (Array.isArray(type) ? String(type[0]) : type) {
    case 'integer':
    case 'number':
      return integerOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return arrayOf(schema, known, depth);
    case 'object':
      return objectOf(schema, known, depth);
    default:
      return textOf(schema, known);
  }
}

function integerOf({ minimum, maximum }: Schema): fc.Arbitrary<number> {
  const min = typeof minimum === 'number' ? Math.max(minimum, Number.MIN_SAFE_INTEGER) : -5;
  const max = typeof maximum === 'number' ? Math.min(maximum, Number.MAX_SAFE_INTEGER) : 1000;
  return fc.integer({ min, max: Math.max(min, Math.min(max, min + 1000)) });
}

function textOf({ format, examples }: Schema, known: Known): fc.Arbitrary<string> {
  const time = fc
    .date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString());
  if (format === 'date-time') return time;
  if (format === 'uuid') return fc.oneof(fc.constantFrom(...known), fc.uuid());
  const shown = Array.isArray(examples) ? examples.map(String) : [];
  return fc.oneof(
    fc.constantFrom(...known, ...shown, 'USD', 'EUR', 'main', 'DEBIT', 'CREDIT', '1', '100', 'x'),
    time,
    fc.string({ maxLength: 12 }),
  );
}

function arrayOf(
  { items = {}, minItems = 0 }: Schema,
  known: Known,
  depth: number,
): fc.Arbitrary<unknown> {
  const minLength = typeof minItems === 'number' ? minItems : 0;
  return fc.array(valueOf(resolve(items), known, depth + 1), { minLength, maxLength: minLength + 2 });
}

function asFields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function objectOf(schema: Schema, known: Known, depth: number): fc.Arbitrary<unknown> {
  const { properties = {}, required = [] } = schema;
  if (depth > depthMax) return fc.constant({});
  const fields = Object.entries(asFields(properties)).map(
    ([name, field]) => [name, valueOf(resolve(field), known, depth + 1)] as const,
  );
  const requiredKeys = Array.isArray(required) ? required.map(String) : [];
  return fc.record(Object.fromEntries(fields), { requiredKeys });
}

/** Requests of an operation: mostly of its shape, with and without what is optional. */
export function requestsOf(operation: DocumentedOperation, known: Known): fc.Arbitrary<WildRequest> {
  const { parameters, body, path } = operation;
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  return fc
    .record({
      path: fc.record(Object.fromEntries(inPath.map((one) => [one.name, parameterOf(one, known)]))),
      query: fc.record(Object.fromEntries(inQuery.map((one) => [one.name, parameterOf(one, known)])), {
        requiredKeys: inQuery.filter(({ required }) => required).map(({ name }) => name),
      }),
      body: body === undefined ? fc.constant(undefined) : bodyOf(body, known),
      key: fc.oneof({ weight: 8, arbitrary: fc.uuid() }, fc.constantFrom(undefined, '', 'a b')),
      more: fc.oneof({ weight: 8, arbitrary: fc.constant({}) }, oddHeaders),
    })
    .map(({ path: inside, query, body: given, key, more }) => {
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(String(inside[name])),
      );
      const search = new URLSearchParams(Object.entries(query));
      const headers: Record<string, string> = {
        ...more,
        ...(key !== undefined && { 'idempotency-key': key }),
      };
      return { path: search.size > 0 ? `${filled}?${search.toString()}` : filled, headers, body: given };
    });
}

const oddHeaders = fc.constantFrom<Record<string, string>>(
  { prefer: 'amounts=string' },
  { prefer: 'respond-async' },
  { ledger: 'nobody' },
  { 'if-match': '"1"' },
  { 'if-match': 'x' },
  { 'if-none-match': '"9"' },
  { accept: 'text/html' },
  { 'min-position': '0' },
  { 'min-position': 'x' },
  { 'correlation-id': 'c' },
);

function parameterOf({ name, schema, in: place }: Parameter, known: Known): fc.Arbitrary<string> {
  // Waiting for a position that is not there takes two seconds a time.
  if (name === 'min_position') return fc.constantFrom('0', '1', 'x', '-1');
  const text = valueOf(schema, known).map((value) =>
    typeof value === 'string' ? value : JSON.stringify(value),
  );
  return place === 'path'
    ? text.filter((value) => !['', '.', '..'].includes(value) && value.isWellFormed())
    : text.map((value) => value.toWellFormed());
}

function bodyOf(schema: Schema, known: Known): fc.Arbitrary<string> {
  const fitting = fittingOf(schema, known, 0).map((value) => JSON.stringify(value));
  const broken = fc.constantFrom('', '{', 'null', '[]', '{"a":1,"a":2}', '\u0000');
  return fc.oneof({ weight: 20, arbitrary: fitting }, { weight: 1, arbitrary: broken });
}
