import type { Readable } from 'node:stream';
import { JsonText, parseAnswer, stringifyJson, type Json } from '@credit-ledger/contract/json.ts';
import type { FastifyReply } from 'fastify';

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

/** Sends an answer: exact integers, or amounts as text where the caller prefers them so. */
export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  const asText = prefersAmountsAsText(reply.request.headers['prefer']);
  reply.code(answer.status).headers(answer.headers);
  if (asText) reply.header('preference-applied', 'amounts=string');
  if (answer.status === 304) return reply.send();
  reply.header('content-type', answer.type ?? 'application/json; charset=utf-8');
  const { body } = answer;
  if (isStream(body)) return reply.send(body);
  const known = asText && body instanceof JsonText ? parseAnswer(body.text) : body;
  return writeAll(reply, stringifyJson(known, asText));
}

/**
 * Past the framework's own way of sending, which costs as much again as all else here (measured by
 * profile).
 */
function writeAll(reply: FastifyReply, text: string): FastifyReply {
  const length = Buffer.byteLength(text);
  reply.header('content-length', length).hijack();
  const headers: (string | number | string[])[] = [];
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) headers.push(name, value);
  reply.raw.writeHead(reply.statusCode, headers);
  reply.raw.end(text, length === text.length ? 'latin1' : 'utf8');
  return reply;
}

function isStream(body: Json | Readable): body is Readable {
  return typeof body === 'object' && body !== null && 'pipe' in body;
}
