import type { IncomingHttpHeaders } from 'node:http';
import type { FieldError } from '@credit-ledger/contract/errors.ts';
import type { Route } from '@credit-ledger/contract/route.ts';
import type { Operation, routes } from '@credit-ledger/contract/routes.ts';
import type { z } from 'zod';
import type { Answer } from './answer.ts';
import type { Caller } from './auth.ts';
import { toFieldErrors } from './field-errors.ts';
import { RequestError } from './request-error.ts';

type Part<O extends Operation, Name extends 'params' | 'query' | 'body'> =
  (typeof routes)[O] extends Record<Name, infer Schema extends z.ZodType> ? z.output<Schema> : undefined;

/** A request that has the shape of its operation, from a caller who may make it. */
export interface AnyCall {
  readonly operation: Operation;
  readonly params: Readonly<Record<string, string>> | undefined;
  readonly query: object | undefined;
  readonly body: unknown;
  readonly caller: Caller;
  readonly ledger: string;
  /** The ledger that a name stands for. */
  readonly named: (name: string) => string;
  readonly headers: IncomingHttpHeaders;
  readonly traceparent: string | undefined;
  readonly correlationId: string | undefined;
}

/** The request of one operation, with the types of its schemas. */
export type Call<O extends Operation> = AnyCall & {
  readonly operation: O;
  readonly params: Part<O, 'params'>;
  readonly query: Part<O, 'query'>;
  readonly body: Part<O, 'body'>;
};

export type Handlers<O extends Operation = Operation> = {
  readonly [Name in O]: (call: Call<Name>) => Promise<Answer>;
};

const inPath = (path: readonly PropertyKey[]) => `{${String(path[0])}}`;
const inQuery = (path: readonly PropertyKey[]) => `?${path.map(String).join('.')}`;

/** The parts of a request, parsed. @throws {RequestError} invalid_request, naming every wrong field. */
export function parseParts(
  route: Route,
  params: unknown,
  url: string,
  body: unknown,
): Pick<AnyCall, 'params' | 'query' | 'body'> {
  const errors: FieldError[] = [];
  const parts = {
    params: parsePart(route.params, params, inPath, errors),
    query: parseQuery(route, url, errors),
    body: parseBody(route, body, errors),
  };
  if (errors.length === 0) return parts;
  throw new RequestError('invalid_request', summarize(errors), { errors });
}

function parseBody(route: Route, body: unknown, errors: FieldError[]): unknown {
  if (route.body === undefined && body === undefined) return undefined;
  if (body === undefined && route.bodyOptional !== true) {
    throw new RequestError('malformed_json', 'the body is empty: a JSON object was expected');
  }
  return parsePart(
    route.bodyFor?.(body) ?? route.body,
    body === undefined ? {} : body,
    undefined,
    errors,
  );
}

function parsePart<Value>(
  schema: z.ZodType<Value> | undefined,
  value: unknown,
  pointerOf: ((path: readonly PropertyKey[]) => string) | undefined,
  errors: FieldError[],
): Value | undefined {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  errors.push(...toFieldErrors(parsed.error.issues, value, pointerOf));
  return undefined;
}

function parseQuery(route: Route, url: string, errors: FieldError[]): object | undefined {
  const start = url.indexOf('?');
  if (start === -1) return parsePart(route.query, {}, inQuery, errors);
  const values = readQuery(url.slice(start + 1), errors);
  if (route.query !== undefined) return parsePart(route.query, gatherMetadata(values), inQuery, errors);
  for (const name of Object.keys(values)) errors.push(unknownParameter(name));
  return undefined;
}

const metadataPrefix = 'metadata.';

/** `metadata.<key>` is one parameter for each key. */
function gatherMetadata(values: Record<string, string>): Record<string, unknown> {
  const fields = Object.entries(values).filter(([name]) => name.startsWith(metadataPrefix));
  if (fields.length === 0) return values;
  const others = Object.entries(values).filter(([name]) => !name.startsWith(metadataPrefix));
  const metadata = Object.fromEntries(
    fields.map(([name, value]) => [name.slice(metadataPrefix.length), value]),
  );
  return { ...Object.fromEntries(others), metadata };
}

function unknownParameter(name: string): FieldError {
  return { pointer: `?${name}`, code: 'unknown_field', detail: 'is not a parameter of this request' };
}

/** Each parameter once, percent-encoded UTF-8. */
function readQuery(text: string, errors: FieldError[]): Record<string, string> {
  const values = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = decode(equals === -1 ? '' : pair.slice(equals + 1));
    if (name === undefined || value === undefined) {
      errors.push({ pointer: '?', code: 'invalid_value', detail: 'must be percent-encoded UTF-8' });
    } else if (values.has(name)) {
      errors.push({ pointer: `?${name}`, code: 'repeated', detail: 'must be given once' });
    } else {
      values.set(name, value);
    }
  }
  return Object.fromEntries(values);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function summarize(errors: readonly FieldError[]): string {
  const [first] = errors;
  if (first === undefined) return 'the request is not of the documented shape';
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : '';
  return `${first.pointer === '' ? 'the body' : first.pointer} ${first.detail}${more}`;
}
