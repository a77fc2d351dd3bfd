import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openApiDocument } from '@credit-ledger/contract/openapi.ts';
import type { TestAnswer } from './http.ts';

export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
}

/** An operation as the document describes it. */
export interface DocumentedOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly responses: Readonly<Record<string, Schema>>;
}

const document = structuredClone(openApiDocument());

/** What a reference leads to. */
export function resolve(schema: unknown): Schema {
  const found = asRecord(schema);
  const { $ref: ref } = found;
  if (typeof ref !== 'string') return found;
  return resolve(
    ref
      .slice(2)
      .split('/')
      .reduce((at: unknown, step) => asRecord(at)[step], document),
  );
}

function asRecord(value: unknown): Record<string, unknown> {
  assert.ok(typeof value === 'object' && value !== null, `not an object: ${String(value)}`);
  return Object.fromEntries(Object.entries(value));
}

export function listOperations(): DocumentedOperation[] {
  return Object.entries(asRecord(document['paths'])).flatMap(([path, methods]) =>
    Object.entries(asRecord(methods)).map(([method, described]) =>
      toOperation(path, method.toUpperCase(), asRecord(described)),
    ),
  );
}

function toOperation(path: string, method: string, described: Schema): DocumentedOperation {
  const { operationId, parameters = [], requestBody, responses } = described;
  assert.ok(Array.isArray(parameters));
  const content = requestBody === undefined ? undefined : asRecord(asRecord(requestBody)['content']);
  return {
    id: String(operationId),
    method,
    path,
    parameters: parameters.map((parameter: unknown) => toParameter(resolve(parameter))),
    body: content === undefined ? undefined : resolve(asRecord(content['application/json'])['schema']),
    responses: Object.fromEntries(
      Object.entries(asRecord(responses)).map(([status, response]) => [status, asRecord(response)]),
    ),
  };
}

function toParameter({ name, in: place, required, schema }: Schema): Parameter {
  assert.ok(place === 'path' || place === 'query' || place === 'header');
  return { name: String(name), in: place, required: required === true, schema: resolve(schema) };
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'api', ...document });
const compiled = new Map<string, ValidateFunction>();

function validatorOf(pointer: string): ValidateFunction {
  const known = compiled.get(pointer) ?? ajv.compile({ $ref: `api#${pointer}` });
  compiled.set(pointer, known);
  return known;
}

const escape = (step: string): string =>
  encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));

/** Fails where an answer is not as the document says: status, media type, shape, code. */
export function assertDocumented(operation: DocumentedOperation, answer: TestAnswer): void {
  const { id, method, path, responses } = operation;
  const { status, text } = answer;
  assert.ok(status < 500, `${id} ${status}: ${text}`);
  const response = responses[status];
  assert.ok(response, `${id} answers ${status}, of which nothing is said: ${text.slice(0, 300)}`);
  const type = (answer.headers.get('content-type') ?? '').replace(/;.*/, '');
  const content = asRecord(response['content'] ?? {});
  assert.ok(type in content, `${id} ${status} is ${type}, not ${Object.keys(content).join()}`);
  if (/[/+]json$/.test(type)) {
    const steps = [
      'paths',
      path,
      method.toLowerCase(),
      'responses',
      String(status),
      'content',
      type,
      'schema',
    ];
    const validate = validatorOf(`/${steps.map(escape).join('/')}`);
    const errors = (): string =>
      `${id} ${status} ${ajv.errorsText(validate.errors)}: ${text.slice(0, 500)}`;
    assert.ok(validate(JSON.parse(text)), errors());
  }
  if (status < 400) return;
  const codes = [...String(response['description']).matchAll(/`(\w+)`:/g)].map(([, code]) => code);
  assert.ok(
    codes.includes(String(answer.json['code'])),
    `${id} ${status}: ${String(answer.json['code'])} is not of ${codes.join(', ')}`,
  );
}
