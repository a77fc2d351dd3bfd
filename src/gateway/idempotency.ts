import { hash } from 'node:crypto';
import { JsonText } from '@credit-ledger/contract/json.ts';
import { RequestError } from './request-error.ts';

const bare = /^[\x21-\x7e]{1,255}$/;
const quoted = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/**
 * The key of a request: from the header, bare or as a structured-field string (RFC 8941), or from the body.
 * Two headers arrive here joined by a comma and a space, which no key may hold.
 * @throws {RequestError} idempotency_key_invalid; invalid_request where header and body differ.
 */
export function readIdempotencyKey(
  header: string | readonly string[] | undefined,
  inBody: string | null | undefined,
): string | undefined {
  if (header === undefined) return inBody ?? undefined;
  const key = typeof header === 'string' ? unquote(header) : undefined;
  if (key === undefined || !bare.test(key)) {
    throw new RequestError(
      'idempotency_key_invalid',
      'Idempotency-Key must be 1 to 255 visible ASCII characters, once',
    );
  }
  if (inBody === undefined || inBody === null || inBody === key) return key;
  const detail = 'must be the same as the header Idempotency-Key';
  throw new RequestError('invalid_request', `idempotencyKey ${detail}`, {
    errors: [{ pointer: '/idempotencyKey', code: 'invalid_value', detail }],
  });
}

function unquote(header: string): string | undefined {
  if (!header.startsWith('"')) return header;
  return quoted.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1');
}

/** What makes two requests the same one, beside the body. */
export interface RequestIdentity {
  readonly method: string;
  /** With its ids in their normal form. */
  readonly path: string;
  readonly ifMatch: string | undefined;
  /** The preferences that count, sorted. */
  readonly prefer: string;
}

/**
 * The first 16 bytes of SHA-256 over the request's identity and its parsed body, in the shape of a UUID.
 * The order of fields, white space, the spelling of numbers and ids, and `idempotencyKey` do not count.
 * Nulls do not either, but in PATCH, where null clears.
 */
export function fingerprintRequest(identity: RequestIdentity, body: unknown): string {
  const { method, path, ifMatch = '', prefer } = identity;
  const head = JSON.stringify([method, path, ifMatch, prefer]);
  const hex = hash('sha256', head + canonicalBody(body, method === 'PATCH'), 'hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
}

/** An item of a batch as its fingerprint and that of the whole batch are made of it: written once for both. */
export function canonicalItem(body: object): JsonText {
  return new JsonText(canonicalBody(body, false));
}

/**
 * Canonical text of a parsed body: what the contract's types hold, so amounts are bigints and metadata is
 * text.
 */
function canonicalBody(value: unknown, keepNulls: boolean): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  if (typeof value !== 'object' || value === null) return 'null';
  if (value instanceof JsonText) return value.text;
  if (Array.isArray(value)) return `[${value.map((item) => canonicalBody(item, keepNulls)).join(',')}]`;
  return canonicalFields(value, keepNulls);
}

function canonicalFields(value: object, keepNulls: boolean): string {
  let text = '';
  for (const field of Object.keys(value).toSorted()) {
    const item: unknown = Reflect.get(value, field);
    if (item === undefined || (item === null && !keepNulls) || field === 'idempotencyKey') continue;
    text += `${text === '' ? '{' : ','}"${field}":${canonicalBody(item, keepNulls)}`;
  }
  return text === '' ? '{}' : `${text}}`;
}
