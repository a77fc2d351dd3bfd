import { z } from 'zod';
import { approvalOut } from './approvals.ts';
import { errorRow, type ErrorCode } from './errors.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';

type Json = Record<string, unknown>;

const problemSchema: Json = {
  type: 'object',
  description: 'RFC 9457; further fields are the numbers that decided',
  required: ['type', 'title', 'status', 'detail', 'code', 'retry'],
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    retry: {
      enum: ['never', 'same_key', 'new_request'],
      description:
        'Never; the same request with the same key; or later, as a new request with a new key',
    },
    transfer_id: { type: 'string', format: 'uuid', description: 'The FAILED transfer that was left' },
    position: { type: 'integer' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'detail'],
        properties: {
          pointer: {
            type: 'string',
            description:
              'JSON Pointer into the body, `?name` of a query, `{name}` of the path, or a header',
          },
          code: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
  },
  additionalProperties: true,
};

const parameters = {
  Ledger: header('Ledger', 'The ledger, where the key has several; its first when absent'),
  IdempotencyKey: header(
    'Idempotency-Key',
    '1 to 255 visible ASCII characters; binds for ever to its first effect',
  ),
  RequiredIdempotencyKey: header(
    'Idempotency-Key',
    '1 to 255 visible ASCII characters; required, unless the body has an id or an idempotencyKey of its own',
  ),
  OpeningIdempotencyKey: header(
    'Idempotency-Key',
    '1 to 255 visible ASCII characters; required for an opening balance where the body has no id',
  ),
  IfMatch: header('If-Match', 'The revision the change is meant for, such as "3"; or *'),
  IfNoneMatch: header('If-None-Match', 'The revision the caller has; 304 where it is still so'),
  Prefer: header(
    'Prefer',
    '`amounts=string` answers amounts as strings of digits; `respond-async` accepts a transfer with 202 and runs it later; ' +
      '`return=minimal` answers a batch with the results of what was refused alone',
  ),
  CorrelationId: header('Correlation-Id', 'Kept with the events that follow, and answered'),
  MinPosition: header('Min-Position', 'As the query parameter min_position'),
} as const;

function header(name: string, description: string): Json {
  return { name, in: 'header', description, schema: { type: 'string' } };
}

const answerHeaders: Json = {
  RequestId: { description: 'By which the logs know the request', schema: { type: 'string' } },
  IdempotencyReplayed: {
    description: 'Whether the effect is an earlier one',
    schema: { enum: ['true', 'false'] },
  },
  ETag: { description: 'The revision of the account', schema: { type: 'string' } },
  Location: { description: 'Where what was made is found', schema: { type: 'string' } },
  RetryAfter: { description: 'Seconds after which to try again', schema: { type: 'integer' } },
};

const schemaUri = (id: string) => `#/components/schemas/${id}`;

/** The OpenAPI 3.1 document of the whole API, from the routes and their schemas. */
export function openApiDocument(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'credit-ledger',
      version: '1',
      description:
        'A double-entry credit ledger. Amounts are integers in minor units; history is immutable.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: [...new Set(Object.values<Route>(routes).map(({ tag }) => tag))].map((name) => ({ name })),
    paths: { ...apiPaths(), ...plainPaths },
    components: {
      schemas: { ...namedSchemas(), Problem: problemSchema },
      parameters,
      headers: answerHeaders,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key, or a token of the configured issuer',
        },
      },
    },
  };
}

function namedSchemas(): Json {
  const { schemas } = z.toJSONSchema(z.globalRegistry, {
    io: 'output',
    unrepresentable: 'any',
    uri: schemaUri,
    // Later releases may add fields to answers: clients have to bear them.
    override: ({ jsonSchema }) => delete jsonSchema.additionalProperties,
  });
  const sorted = Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, schema]) => [name, withoutIds(schema)]));
}

function apiPaths(): Json {
  const paths: Record<string, Json> = {};
  for (const [operationId, route] of Object.entries<Route>(routes)) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = toOperation(operationId, route);
  }
  return paths;
}

function toOperation(operationId: string, route: Route): Json {
  return {
    operationId,
    summary: route.summary,
    tags: [route.tag],
    description:
      route.scope === 'any' ? 'Needs any key.' : `Needs a key with the scope \`${route.scope}\`.`,
    parameters: [
      ...fieldParameters(route.params, 'path'),
      ...fieldParameters(route.query, 'query'),
      ...headerNames(route).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    ...(route.body === undefined ? {} : { requestBody: toRequestBody(route, route.body) }),
    responses: toResponses(route),
  };
}

function headerNames(route: Route): (keyof typeof parameters)[] {
  const isAccountRead = route.method === 'GET' && route.path === '/v1/accounts/{id}';
  const names: (keyof typeof parameters | false)[] = [
    'Ledger',
    keyParameter(route),
    route.path === '/v1/accounts/{id}' && route.method === 'PATCH' && 'IfMatch',
    isAccountRead && 'IfNoneMatch',
    route.method === 'GET' && 'MinPosition',
    'Prefer',
    'CorrelationId',
  ];
  return names.filter((name) => name !== false);
}

function keyParameter(route: Route): keyof typeof parameters | false {
  if (route.money === true) return 'RequiredIdempotencyKey';
  return route.money === undefined
    ? route.idempotent === true && 'IdempotencyKey'
    : 'OpeningIdempotencyKey';
}

/** Each field of a schema of the path or the query as a parameter. */
function fieldParameters(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = inputSchema(schema);
  return Object.entries(properties).map(([name, field]) => {
    const description = typeof field === 'object' ? field.description : undefined;
    // Fields of the metadata are parameters of their own, by the name of the field.
    const given = name === 'metadata' && place === 'query';
    const schema = given ? { type: 'string' } : field;
    const shown = given ? 'metadata.<key>' : name;
    return { name: shown, in: place, required: required.includes(name), description, schema };
  });
}

function inputSchema(schema: z.ZodType) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

function toRequestBody(route: Route, body: z.ZodType): Json {
  const content: Json = { schema: inputSchema(body) };
  const example = examples[`${route.method} ${route.path}`];
  if (example !== undefined) content['example'] = example;
  return { required: route.bodyOptional !== true, content: { 'application/json': content } };
}

function toResponses(route: Route): Json {
  const headers: Json = { 'Request-Id': { $ref: '#/components/headers/RequestId' } };
  if (route.idempotent === true)
    headers['Idempotency-Replayed'] = { $ref: '#/components/headers/IdempotencyReplayed' };
  if (route.status === 201) headers['Location'] = { $ref: '#/components/headers/Location' };
  if (route.path === '/v1/accounts/{id}') headers['ETag'] = { $ref: '#/components/headers/ETag' };
  const content: Json = { 'application/json': { schema: responseSchema(route.response) } };
  for (const type of route.alsoAnswers ?? []) content[type] = { schema: { type: 'string' } };
  const done = { description: 'Done', headers, content };
  const accepted = { ...done, description: 'Accepted: it is carried out later' };
  const held: Json = {
    description: 'Held: another administrator has to approve',
    headers: { Location: { $ref: '#/components/headers/Location' } },
    content: { 'application/json': { schema: responseSchema(approvalOut) } },
  };
  return {
    [route.status]: done,
    ...(route.deferrable === true && { 202: accepted }),
    ...(route.approvable === true && { 202: held }),
    ...problemResponses(route),
  };
}

function responseSchema(schema: z.ZodType): Json {
  const id = z.globalRegistry.get(schema)?.id;
  if (id === undefined) throw new Error('the answer of a route has no name: give its schema a meta id');
  return { $ref: schemaUri(id) };
}

const always: readonly ErrorCode[] = [
  'invalid_request',
  'unauthorized',
  'not_acceptable',
  'uri_too_long',
  'headers_too_large',
  'internal_error',
  'ledger_unavailable',
  'identity_unavailable',
  'overloaded',
  'rate_limited',
];
/** Also where no body is expected: one that comes is read. */
const withBody: readonly ErrorCode[] = ['malformed_json', 'payload_too_large', 'unsupported_media_type'];
const withKey: readonly ErrorCode[] = [
  'idempotency_key_invalid',
  'request_in_progress',
  'deadline_exceeded',
];

function isPaged({ query }: Route): boolean {
  return query !== undefined && 'cursor' in (inputSchema(query).properties ?? {});
}

/** An administrator may name any ledger, and is told of one that is not there only where it is asked. */
function knowsLedgers({ scope, idempotent }: Route): boolean {
  return scope !== 'admin' || idempotent === true;
}

/** What a path names is missed by a code of its kind, or by the general one. */
function missesPlainly({ params, refusals = [] }: Route): boolean {
  return params !== undefined && !refusals.some((code) => code.endsWith('_not_found'));
}

function codesOf(route: Route): Set<ErrorCode> {
  return new Set([
    ...always,
    ...(route.scope === 'any' ? [] : (['forbidden'] as const)),
    ...(knowsLedgers(route) ? (['ledger_not_found'] as const) : []),
    ...(missesPlainly(route) ? (['not_found'] as const) : []),
    ...(isPaged(route) ? (['invalid_cursor'] as const) : []),
    ...(route.method === 'GET' ? [] : withBody),
    ...(route.money === undefined ? [] : (['idempotency_key_required'] as const)),
    ...(route.idempotent === true ? withKey : []),
    ...(route.fresh === true ? (['position_unknown', 'read_model_behind'] as const) : []),
    ...(route.modelled === true ? (['read_models_unavailable'] as const) : []),
    ...(route.expires === true ? (['position_unknown', 'position_expired'] as const) : []),
    ...(route.refusals ?? []),
  ]);
}

/** What an operation may refuse with: statuses and codes. An account that the path names is 404. */
export function refusalsOf(route: Route): { status: number; code: ErrorCode }[] {
  return Array.from(codesOf(route), (code) => {
    const isPath = code === 'account_not_found' && route.path.includes('{id}');
    const isMatch = code === 'version_mismatch';
    // What a query names is no resource: a wrong name there is a wrong question.
    const isNamed = code === 'transfer_not_found' && !route.path.includes('{id}');
    const status = isPath ? 404 : isMatch ? 412 : isNamed ? 422 : errorRow(code).status;
    return { status, code };
  });
}

/** One response for each status, which names its codes. */
function problemResponses(route: Route): Json {
  const byStatus = Map.groupBy(refusalsOf(route), ({ status }) => status);
  const rows = [...byStatus].toSorted(([a], [b]) => a - b);
  const ofStatus = (refusals: { code: ErrorCode }[]) => refusals.map(({ code }) => code);
  return Object.fromEntries(
    rows.map(([status, refusals]) => [status, problemResponse(status, ofStatus(refusals))]),
  );
}

function problemResponse(status: number, codes: readonly ErrorCode[]): Json {
  const mayRetry = status === 503 || status === 429;
  return {
    description: codes.map((code) => `\`${code}\`: ${errorRow(code).title}`).join('\n\n'),
    ...(mayRetry && { headers: { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } }),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

const accountA = '0190f3a0-7c1e-7d00-8000-00000000000a';
const accountB = '0190f3a0-7c1e-7d00-8000-00000000000b';
const examples: Readonly<Record<string, unknown>> = {
  'POST /v1/accounts': {
    currency: 'USD',
    external_id: 'customer-1',
    name: 'Ada',
    credit_limit_minor: 0,
  },
  'POST /v1/transfers': {
    from: accountA,
    to: accountB,
    amount_minor: 1234,
    currency: 'USD',
    description: 'Invoice 7',
  },
  'POST /v1/transfers/batch': {
    mode: 'independent',
    transfers: [
      { from: accountA, to: accountB, amount_minor: 1234, currency: 'USD', idempotencyKey: 'row-1' },
    ],
  },
  'POST /v1/accounts/{id}/deposits': { amount_minor: 5000 },
  'POST /v1/accounts/{id}/withdrawals': { amount_minor: 5000 },
  'POST /v1/transfers/{id}/settle': { amount_minor: 1000 },
  'POST /v1/entries': {
    lines: [
      { account_id: accountA, side: 'DEBIT', amount_minor: 1000 },
      { account_id: accountB, side: 'CREDIT', amount_minor: 1000 },
    ],
  },
  'POST /v1/currencies': { code: 'POINTS', scale: 0 },
  'POST /v1/ledgers': { name: 'loyalty' },
  'POST /v1/api-keys': { name: 'Billing', scopes: ['read', 'write'], ledgers: ['main'] },
};

const plainPaths: Json = {
  '/healthz': plainPath('readHealth', 'Tell whether the process is alive'),
  '/readyz': plainPath('readReadiness', 'Tell whether the process can serve, each dependency by name'),
  '/metrics': plainPath('readMetrics', 'Metrics for Prometheus', 'text/plain'),
};

function plainPath(operationId: string, summary: string, type = 'application/json'): Json {
  const content = { [type]: { schema: { type: type === 'text/plain' ? 'string' : 'object' } } };
  const isReadiness = operationId === 'readReadiness';
  const away = isReadiness ? { 503: { description: 'Something is away', content } } : {};
  const responses = { 200: { description: 'Done', content }, ...away };
  return { get: { operationId, summary, tags: ['Operation'], security: [], responses } };
}

/** OpenAPI names schemas by their place; the generator's own `$schema` and `$id` would say it twice. */
function withoutIds({ $schema: _schema, $id: _id, id: _name, ...rest }: Json): Json {
  return rest;
}
