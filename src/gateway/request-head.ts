import type { IncomingMessage } from 'node:http';
import { limits } from './limits.ts';
import { invalidPart, RequestError } from './request-error.ts';

const saneId = /^[A-Za-z0-9._~:+/=-]{1,128}$/;
const visible = /^[\x21-\x7e]{1,128}$/;

/**
 * Names requests: by the id that the client gave, if it can go into headers and logs as it is, else by one
 * of this process, which is a random part and a count.
 */
export function createRequestIds(random: Uint8Array) {
  const process = Buffer.from(random).toString('base64url');
  let count = 0;
  return (given: string | readonly string[] | undefined): string => {
    if (typeof given === 'string' && saneId.test(given)) return given;
    count += 1;
    return `${process}-${count.toString(36)}`;
  };
}

/** @throws {RequestError} invalid_request, unless it is 1 to 128 visible ASCII characters. */
export function readCorrelationId(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && visible.test(header)) return header;
  throw invalidPart('Correlation-Id', 'must be 1 to 128 visible ASCII characters');
}

const traceShape = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?=-|$)/;

/** A W3C trace context that can be continued; anything else is as if it were absent. */
export function readTraceparent(header: string | readonly string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  const found = traceShape.exec(header)?.[0];
  return header.startsWith('00') && found !== header ? undefined : found;
}

/** Names that may stand once; Node keeps the first of several and says nothing. */
const once = new Set(['host', 'authorization', 'content-type', 'content-length']);

/**
 * Checks what holds for every request, whatever its route: sizes, a host, no header twice that must not be.
 * @throws {RequestError}
 */
export function checkHead(request: IncomingMessage): void {
  const { rawHeaders, url = '' } = request;
  if (url.length > limits.address)
    throw new RequestError('uri_too_long', `an address has at most ${limits.address} bytes`);
  if (rawHeaders.length > limits.headerCount * 2) {
    throw new RequestError('headers_too_large', `a request has at most ${limits.headerCount} headers`);
  }
  checkHeaders(rawHeaders);
  if ((request.headers['transfer-encoding'] ?? 'chunked') !== 'chunked') {
    throw invalidPart('Transfer-Encoding', 'must be chunked');
  }
  if (request.httpVersionMajor !== 1)
    throw new RequestError('invalid_request', 'this server speaks HTTP/1.1');
  if (request.headers.host === undefined && request.httpVersionMinor === 1)
    throw invalidPart('Host', 'is required');
}

function checkHeaders(rawHeaders: readonly string[]): void {
  let bytes = 0;
  const seen: string[] = [];
  for (const [index, text] of rawHeaders.entries()) {
    bytes += text.length + 2;
    if (index % 2 === 1 || (text.length !== 4 && text.length < 12) || text.length > 14) continue;
    const name = text.toLowerCase();
    if (!once.has(name)) continue;
    if (seen.includes(name)) throw invalidPart(text, 'must be given once');
    seen.push(name);
  }
  if (bytes > limits.headers) {
    throw new RequestError('headers_too_large', `the headers have at most ${limits.headers} bytes`);
  }
}

const jsonType = /^application\/json\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?$/i;

/** @throws {RequestError} unsupported_media_type, unless a body is plain JSON in UTF-8. */
export function checkBodyType({ headers }: IncomingMessage): void {
  const type = headers['content-type'];
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new RequestError('unsupported_media_type', 'a body must not be compressed');
  }
  if (type === 'application/json') return;
  const hasBody =
    headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  if (type === undefined ? !hasBody : jsonType.test(type)) return;
  throw new RequestError('unsupported_media_type', 'the body has to be application/json in UTF-8');
}

/**
 * Whether one of these media types is acceptable (RFC 9110, section 12.5.1): the most specific range decides.
 * @param offered in lower case, such as `application/json`.
 */
export function accepts(accept: string | undefined, offered: readonly string[]): boolean {
  if (accept === undefined || accept === '*/*') return true;
  const ranges = accept.split(',').map(readRange);
  return offered.some((type) => qualityOf(type, ranges) > 0);
}

/** How welcome a content coding is (RFC 9110, section 12.5.3), from 0 to 1. */
export function qualityOfCoding(coding: string, accepted: string): number {
  const ranges = accepted.split(',').map(readRange);
  return (
    (ranges.find(({ type }) => type === coding) ?? ranges.find(({ type }) => type === '*'))?.quality ?? 0
  );
}

interface Range {
  readonly type: string;
  readonly quality: number;
}

function readRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return { type, quality: quality === undefined ? 1 : Number(quality) };
}

function qualityOf(type: string, ranges: readonly Range[]): number {
  for (const wanted of [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*']) {
    const range = ranges.find((candidate) => candidate.type === wanted);
    if (range !== undefined) return range.quality;
  }
  return 0;
}
