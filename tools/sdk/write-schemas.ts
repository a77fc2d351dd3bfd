import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { operations, schemas, type Operation, type Schema } from './document.ts';

const intro = `/* Made by tools/generate-sdk.ts from docs/openapi.json: change the contract and run npm run generate. */
import type { AmountIn, EventPayload, JsonObject, Metadata, ProblemDocument, TimeIn } from '../values.ts';
`;

/** The types of every schema, body and query, as TypeScript. */
export async function writeSchemas(): Promise<string> {
  const definitions: Record<string, unknown> = {
    ...Object.fromEntries(
      Object.entries(schemas)
        .filter(([name]) => name !== 'Problem')
        .map(([name, schema]) => [name, asAnswer(schema, name)]),
    ),
    ...Object.fromEntries(operations.flatMap(inputsOf)),
  };
  if (!areSchemas(definitions)) throw new Error('a schema is an object');
  const text = await compile({ definitions, type: 'object', additionalProperties: false }, 'Unused', {
    bannerComment: intro,
    additionalProperties: false,
    unreachableDefinitions: true,
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 110 },
  });
  return text
    .replaceAll(/^export interface Unused \{\}\n/gm, '')
    .replaceAll(/\/\*\*\n \* This interface was referenced by[^/]*\*\/\n/g, '')
    .replaceAll(
      /\n *\*\n *\* This interface was referenced by[^*]*\* via the `definition` "\w+"\./g,
      '',
    );
}

function areSchemas(values: Record<string, unknown>): values is Record<string, JSONSchema> {
  return Object.values(values).every(isObject);
}

/** `PostTransferBody`, `ListAccountsQuery`; what chooses another media type is a type of its own. */
function inputsOf(operation: Operation): [string, unknown][] {
  const name = pascal(operation.id);
  const inputs: [string, unknown][] = [];
  if (operation.body !== undefined) inputs.push([`${name}Body`, asInput(operation.body, '')]);
  const query = operation.query.filter((row) => row.name !== 'format');
  if (query.length > 0) inputs.push([`${name}Query`, querySchema(query)]);
  const format = operation.query.find((row) => row.name === 'format');
  const formats: unknown = format?.schema?.['enum'];
  if (Array.isArray(formats))
    inputs.push([`${name}Format`, { enum: formats.filter((value) => value !== 'json') }]);
  return inputs;
}

export function pascal(id: string): string {
  return id.slice(0, 1).toUpperCase() + id.slice(1);
}

function querySchema(rows: Operation['query']): Schema {
  const required = rows.flatMap((row) => (row.required === true ? [row.name ?? ''] : []));
  const properties = rows.map(({ name = '', description, schema = {} }): [string, unknown] => {
    if (name === 'metadata.<key>')
      return ['metadata', { description, tsType: 'Readonly<Record<string, string>>' }];
    if (description?.includes('between commas') === true)
      return [name, { description, tsType: 'string | readonly string[]' }];
    if (name.endsWith('_minor')) return [name, { description, tsType: 'AmountIn' }];
    const { default: _, ...rest } = schema;
    return [name, asInput(rest, name)];
  });
  return {
    type: 'object',
    properties: withUndefined(Object.fromEntries(properties), required),
    required,
  };
}

/** Who leaves a field out may say so by undefined, too. */
function withUndefined(properties: Schema, required: readonly unknown[]): Schema {
  const fields = Object.entries(properties).map(([name, field]): [string, unknown] =>
    required.includes(name) || !isObject(field)
      ? [name, field]
      : [name, { description: field['description'], anyOf: [field, { tsType: 'undefined' }] }],
  );
  return Object.fromEntries(fields);
}

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Amounts are bigints in answers. */
function asAnswer(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => asAnswer(item, name));
  if (!isObject(value)) return value;
  const { description } = value;
  if (value['format'] === 'int64') return { description, tsType: 'bigint' };
  if (value['type'] === 'object' && Object.keys(value['properties'] ?? {}).length === 0)
    return { description, tsType: freeObjects[name] ?? 'JsonObject' };
  return overFields(value, name, asAnswer);
}

const freeObjects: Readonly<Record<string, string>> = {
  metadata: 'Metadata',
  payload: 'EventPayload',
  error: 'ProblemDocument',
};

/** Amounts are taken as bigints, numbers or digits, times as texts or dates. */
function asInput(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => asInput(item, name));
  if (!isObject(value)) return value;
  const { description } = value;
  if (isAmount(value)) return { description, tsType: 'AmountIn' };
  if (value['format'] === 'date-time') return { description, tsType: 'TimeIn' };
  if (value['type'] === 'object' && value['properties'] === undefined)
    return { description, tsType: freeObjects[name] ?? 'JsonObject' };
  const input = overFields(value, name, asInput);
  const { properties, required } = input;
  if (!isObject(properties)) return input;
  return { ...input, properties: withUndefined(properties, Array.isArray(required) ? required : []) };
}

function isAmount(value: Schema): boolean {
  const kinds = value['anyOf'];
  if (!Array.isArray(kinds) || kinds.length !== 2) return false;
  const number: unknown = kinds[0];
  const digits: unknown = kinds[1];
  return isObject(number) && number['type'] === 'integer' && isObject(digits) && 'pattern' in digits;
}

/** Each schema below this one; the name is that of the field it is for. */
function overFields(
  value: Schema,
  name: string,
  change: (value: unknown, name: string) => unknown,
): Schema {
  const fields = Object.entries(value).map(([key, field]): [string, unknown] => {
    if (key === 'properties' && isObject(field))
      return [
        key,
        Object.fromEntries(Object.entries(field).map(([child, of]) => [child, change(of, child)])),
      ];
    if (key === '$ref' && typeof field === 'string')
      return [key, field.replace('#/components/schemas/', '#/definitions/')];
    // A null is written as a type of its own; limits of length are the server's to judge.
    return [key, change(field, name)];
  });
  return Object.fromEntries(fields.filter(([key]) => !['examples', 'example', 'default'].includes(key)));
}
