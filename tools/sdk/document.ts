import { z } from 'zod';
import { openApiDocument } from '../../contract/openapi.ts';

export type Schema = { readonly [field: string]: unknown };

const content = z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) }));
const parameter = z.object({
  name: z.string().optional(),
  in: z.string().optional(),
  required: z.boolean().optional(),
  description: z.string().optional(),
  schema: z.record(z.string(), z.unknown()).optional(),
  $ref: z.string().optional(),
});
const operation = z.object({
  operationId: z.string().optional(),
  summary: z.string().default(''),
  description: z.string().default(''),
  parameters: z.array(parameter).default([]),
  requestBody: z.object({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content: content.optional() })),
});
const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
});

/** An operation of the OpenAPI document, as the client's generators see it. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly pathNames: readonly string[];
  readonly query: readonly z.output<typeof parameter>[];
  /** Takes an `Idempotency-Key`. */
  readonly isKeyed: boolean;
  readonly body: Schema | undefined;
  readonly isBodyOptional: boolean;
  /** The name of the schema of its answer; undefined where that is no JSON. */
  readonly answer: string | undefined;
  /** Media types of its answer beside JSON. */
  readonly otherMedia: readonly string[];
  /** Codes of its refusals with their status. */
  readonly refusals: readonly string[];
}

const everywhere =
  /^(invalid_request|malformed_json|idempotency_key_|unauthorized|forbidden|not_acceptable|request_in_progress)/;

const read = document.parse(openApiDocument());

/** The schemas that have names. */
export const schemas: Readonly<Record<string, Schema>> = read.components.schemas;

/** Every operation under /v1, in the order of the document. */
export const operations: readonly Operation[] = Object.entries(read.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, given]) =>
    path.startsWith('/v1/') ? [toOperation(path, method, given)] : [],
  ),
);

function toOperation(path: string, method: string, given: z.output<typeof operation>): Operation {
  const done = Object.entries(given.responses).find(([status]) => status.startsWith('2'));
  const media = done?.[1].content ?? {};
  const json = media['application/json']?.schema['$ref'];
  const body = given.requestBody;
  return {
    id: given.operationId ?? '',
    method: method.toUpperCase(),
    path,
    summary: given.summary,
    description: given.description,
    pathNames: given.parameters.flatMap((row) => (row.in === 'path' ? [row.name ?? ''] : [])),
    query: given.parameters.filter((row) => row.in === 'query'),
    isKeyed: given.parameters.some((row) => row.$ref?.endsWith('IdempotencyKey') === true),
    body: body?.content['application/json']?.schema,
    isBodyOptional: body?.required === false,
    answer: typeof json === 'string' ? json.slice(json.lastIndexOf('/') + 1) : undefined,
    otherMedia: Object.keys(media).filter((type) => type !== 'application/json'),
    refusals: refusalsOf(given.responses),
  };
}

/** The codes that tell operations apart: what a rule refuses, not what any request may meet. */
function refusalsOf(responses: z.output<typeof operation>['responses']): string[] {
  return Object.entries(responses).flatMap(([status, { description }]) =>
    /^(404|409|410|412|422)$/.test(status)
      ? [...description.matchAll(/^`(\w+)`/gm)].flatMap(([, code = '']) =>
          everywhere.test(code) || code === 'ledger_not_found' ? [] : [code],
        )
      : [],
  );
}
