import type { Readable } from 'node:stream';
import { JsonText, parseAnswer, stringifyJson, type Json } from '@credit-ledger/contract/json.ts';
import type { FastifyReply } from 'fastify';
import { codingFor, compress, compressedMin, compressStream, type Coding } from './compression.ts';
import { securityHeaders } from './security-headers.ts';

/** What a handler answers with. Header names are lower case. */
export interface Answer {
  readonly status: number;
  readonly body: Json | Readable;
  readonly headers: Readonly<Record<string, string>>;
  /** The media type, where it is not JSON. */
  readonly type?: string;
}

/** Whether the caller asked for `Prefer: amounts=string`. */
export function prefersAmountsAsText(prefer: string | readonly string[] | undefined): boolean {
  return (
    typeof prefer === 'string' && /(^|,)\s*amounts\s*=\s*("string"|string)\s*($|[,;])/i.test(prefer)
  );
}

/** Whether the caller asked for `Prefer: respond-async` (RFC 7240). */
export function prefersAsync(prefer: string | readonly string[] | undefined): boolean {
  return typeof prefer === 'string' && /(^|,)\s*respond-async\s*($|[,;])/i.test(prefer);
}

/** Whether the caller asked for `Prefer: return=minimal` (RFC 7240). */
export function prefersMinimal(prefer: string | readonly string[] | undefined): boolean {
  return (
    typeof prefer === 'string' && /(^|,)\s*return\s*=\s*("minimal"|minimal)\s*($|[,;])/i.test(prefer)
  );
}

/** Sends an answer: exact integers, or amounts as text where the caller prefers them so. */
export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  const asText = prefersAmountsAsText(reply.request.headers['prefer']);
  const headers = asText ? withAmountsAsText(answer.headers) : answer.headers;
  reply.code(answer.status);
  if (answer.status === 304) return reply.headers(headers).send();
  const type = answer.type ?? 'application/json; charset=utf-8';
  const { body } = answer;
  if (isStream(body)) return sendStream(reply.headers(headers).header('content-type', type), body);
  const known = asText && body instanceof JsonText ? parseAnswer(body.text) : body;
  return writeAll(reply, headers, type, stringifyJson(known, asText));
}

const securityHeaderList = Object.entries(securityHeaders).flat();

/** What `writeAll` writes of itself, for the answers that go the framework's own way. */
export function addCommonHeaders(reply: FastifyReply): void {
  const caching = reply.getHeader('cache-control');
  reply.headers(securityHeaders).header('request-id', reply.request.id);
  if (caching !== undefined) reply.header('cache-control', caching);
  if (reply.server.drain.isOn) reply.header('connection', 'close');
}

function withAmountsAsText(headers: Answer['headers']): Answer['headers'] {
  const applied = headers['preference-applied'];
  const mine = 'amounts=string';
  return {
    ...headers,
    'preference-applied': applied === undefined ? mine : `${applied}, ${mine}`,
  };
}

/**
 * Past the framework's own way of sending, which costs as much again as all else here (measured by
 * profile).
 */
function writeAll(
  reply: FastifyReply,
  given: Answer['headers'],
  type: string,
  text: string,
): FastifyReply {
  reply.hijack();
  const length = Buffer.byteLength(text);
  const headers: (string | number | string[])[] = [...securityHeaderList];
  headers.push('request-id', reply.request.id, 'content-type', type, 'content-length', length);
  if (reply.server.drain.isOn) headers.push('connection', 'close');
  for (const name in given) headers.push(name, given[name] ?? '');
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) headers.push(name, value);
  const coding = length < compressedMin || 'etag' in given ? undefined : codingFor(reply.request);
  if (coding !== undefined) {
    void sendCompressed(reply, headers, text, coding);
    return reply;
  }
  reply.raw.writeHead(reply.statusCode, headers);
  reply.raw.end(text, length === text.length ? 'latin1' : 'utf8');
  return reply;
}

/** The length is that of what is sent. A client that has gone meanwhile gets nothing. */
async function sendCompressed(
  { raw, statusCode }: FastifyReply,
  headers: readonly (string | number | string[])[],
  text: string,
  coding: Coding,
): Promise<void> {
  const bytes = await compress(coding, text);
  const at = headers.indexOf('content-length');
  const sent = headers.with(at + 1, bytes.length);
  raw.writeHead(statusCode, [...sent, 'content-encoding', coding, 'vary', 'accept-encoding']);
  raw.end(bytes);
}

/** To a HEAD request nothing is sent, and a live feed would never end. */
function sendStream(reply: FastifyReply, body: Readable): FastifyReply {
  const coding = codingFor(reply.request);
  if (reply.request.method !== 'HEAD' && coding !== undefined && !isFeed(reply))
    return reply
      .headers({ 'content-encoding': coding, vary: 'accept-encoding' })
      .send(compressStream(coding, body));
  if (reply.request.method !== 'HEAD') return reply.send(body);
  body.destroy();
  return reply.send('');
}

/** A feed is written event by event, and each has to arrive at once. */
function isFeed(reply: FastifyReply): boolean {
  return String(reply.getHeader('content-type')).startsWith('text/event-stream');
}

export function isStream(body: Json | Readable): body is Readable {
  return typeof body === 'object' && body !== null && 'pipe' in body;
}
