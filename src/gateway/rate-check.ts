import type { FastifyReply } from 'fastify';
import { rateHeaders, type RateState } from './rate-limit.ts';
import { RequestError } from './request-error.ts';

/** @throws {RequestError} rate_limited */
export function checkRate(state: RateState, reply: FastifyReply): void {
  const headers = rateHeaders(state);
  if (!state.isAllowed) throw rateLimited(state, headers);
  reply.headers(headers);
}

function rateLimited(
  { perSecond, resetMs }: RateState,
  headers: Readonly<Record<string, string>>,
): RequestError {
  const detail = `this key may send ${perSecond} requests a second`;
  const retryAfter = String(Math.max(1, Math.ceil(resetMs / 1000)));
  return new RequestError('rate_limited', detail, {
    headers: { ...headers, 'retry-after': retryAfter },
  });
}
