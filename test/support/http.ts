import assert from 'node:assert/strict';

export interface CallOptions {
  headers?: Record<string, string>;
  /** Text as it is, or a value that becomes JSON. */
  body?: unknown;
}

export interface TestAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body, where it is JSON. */
  json: Record<string, unknown>;
}

/** One request with fetch; redirects are answers. */
export async function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: unknown,
): Promise<TestAnswer> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const payload = body === undefined ? null : isRaw ? body : JSON.stringify(body);
  const type: Record<string, string> = payload === null ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url, {
    method,
    headers: { ...type, ...headers },
    body: payload,
    redirect: 'manual',
  });
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '') && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? parseObject(text) : {},
  };
}

function parseObject(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Status, code and pointers of the fields that are wrong, such as `400 invalid_request /amount_minor`. */
export function summaryOf({ status, json }: TestAnswer): string {
  const errors = Array.isArray(json['errors']) ? json['errors'] : [];
  const pointers = errors.map((error: { pointer: string }) => error.pointer);
  return [status, json['code'], ...pointers]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
}

/** The rows of a list in an answer. */
export function rowsIn(answer: TestAnswer, field: string): Record<string, unknown>[] {
  const value = answer.json[field];
  assert.ok(Array.isArray(value), answer.text);
  return value.filter((row: unknown) => isRecord(row));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
