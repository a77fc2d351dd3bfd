import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../runtime/log.ts';
import { traceIdOf } from '../runtime/tracing.ts';
import { limits } from './limits.ts';
import { readTraceparent } from './request-head.ts';

/** Of the requests that went well, one in this many is logged, at debug. */
const sampleEvery = 100;
/** The route of a request that is for none of the API's (server.ts). */
const outside = 'none';
const pathMax = 200;

/**
 * One line for a request: always where it failed on our side or was slow, a sample of the rest at debug.
 * Lines are JSON, so that what a client sent can't break out of its field; no header that may hold a secret
 * is in them.
 */
export function createRequestLog(log: Logger): (request: FastifyRequest, reply: FastifyReply) => void {
  let count = 0;
  return (request, reply) => {
    const { statusCode, elapsedTime } = reply;
    const isNotable = statusCode >= 500 || elapsedTime > limits.slowRequestMs;
    if (!isNotable && (!log.isLevelEnabled('debug') || ++count % sampleEvery !== 0)) return;
    const line = describe(request, reply);
    if (statusCode >= 500) log.error(line, 'request failed');
    else if (isNotable) log.warn(line, 'request was slow');
    else log.debug(line, 'request');
  };
}

function describe(request: FastifyRequest, reply: FastifyReply): object {
  return {
    ...describeRequest(request),
    ...idsOf(request, reply),
    status: reply.statusCode,
    duration_ms: Math.round(reply.elapsedTime * 1000) / 1000,
  };
}

/** By what a request is found again. */
export function describeRequest(request: FastifyRequest): object {
  const { headers, span } = request;
  return {
    request_id: request.id,
    trace_id: span?.spanContext().traceId ?? traceIdOf(readTraceparent(headers['traceparent'])),
    correlation_id: headers['correlation-id'],
    method: request.method,
    route: request.meter.route,
    ...(request.meter.route === outside ? { path: pathOf(request) } : {}),
    key_id: request.caller?.keyId,
  };
}

/** As it came, without its query: what is no route of the API has no other name. */
function pathOf({ url }: FastifyRequest): string {
  const end = url.indexOf('?');
  return url.slice(0, Math.min(end === -1 ? url.length : end, pathMax));
}

const resources: ReadonlyMap<string, string> = new Map([
  ['accounts', 'account_id'],
  ['transfers', 'transfer_id'],
  ['entries', 'entry_id'],
]);

/** What the request was about: as its path names it, or as it was made. */
function idsOf({ url }: FastifyRequest, reply: FastifyReply): Record<string, string> {
  const made = reply.getHeader('location');
  const path = typeof made === 'string' ? made : url;
  const [, resource = '', id] = /^\/v1\/(\w+)\/([\w:-]+)/.exec(path) ?? [];
  const field = resources.get(resource);
  return field === undefined || id === undefined || id === 'batch' ? {} : { [field]: id };
}
