import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendAnswer } from './answer.ts';

/** Says who may read the answer. @returns whether it was a preflight request, which is answered */
export type Cors = (request: FastifyRequest, reply: FastifyReply) => boolean;

const methods = 'GET, HEAD, POST, PATCH, DELETE';
const requestHeaders =
  'authorization, content-type, correlation-id, idempotency-key, if-match, if-none-match, last-event-id, ' +
  'ledger, min-position, prefer, request-id, traceparent';
const answerHeaders =
  'allow, correlation-id, etag, idempotency-replayed, location, preference-applied, ratelimit, ' +
  'ratelimit-policy, request-id, retry-after';
const preflightSeconds = 600;

/** Answers web pages of these origins as browsers want it; undefined where there are none. Cookies play no part. */
export function createCors(origins: readonly string[]): Cors | undefined {
  if (origins.length === 0) return undefined;
  const known = new Set(origins);
  return (request, reply) => {
    reply.header('vary', 'origin');
    const { origin } = request.headers;
    if (origin === undefined || !known.has(origin)) return false;
    reply.header('access-control-allow-origin', origin);
    reply.header('access-control-expose-headers', answerHeaders);
    const isPreflight =
      request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
    if (!isPreflight) return false;
    const headers = {
      'access-control-allow-methods': methods,
      'access-control-allow-headers': requestHeaders,
      'access-control-max-age': String(preflightSeconds),
    };
    sendAnswer(reply, { status: 200, body: {}, headers });
    return true;
  };
}
