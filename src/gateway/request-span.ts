import type { FastifyReply, FastifyRequest } from 'fastify';
import { failSpan, type Span, type Tracing } from '../runtime/tracing.ts';
import { readTraceparent } from './request-head.ts';

/** The span of a request, where it is sampled. */
export function startRequestSpan(
  tracing: Tracing,
  method: string,
  path: string,
  { headers }: FastifyRequest,
): Span | undefined {
  const span = tracing.enter(`${method} ${path}`, readTraceparent(headers['traceparent']));
  return span?.setAttributes({ 'http.request.method': method, 'http.route': path });
}

/** Ends it with the answer; no header that may hold a secret is in it. */
export function endRequestSpan(span: Span, request: FastifyRequest, reply: FastifyReply): void {
  const { statusCode } = reply;
  span.setAttributes({
    'http.response.status_code': statusCode,
    'http.request.id': request.id,
    ...attributeOf('ledger.correlation_id', request.headers['correlation-id']),
    ...attributeOf('ledger.key_id', request.caller?.keyId),
  });
  if (statusCode >= 500) failSpan(span, `HTTP ${statusCode}`);
  else span.end();
}

function attributeOf(name: string, value: unknown): Record<string, string> {
  return typeof value === 'string' ? { [name]: value } : {};
}
