import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { sendAnswer } from './answer.ts';
import { answerProblem } from './problem.ts';

/** `/metrics` for Prometheus: for whoever shows the token, where there is one. */
export function registerMetrics(
  server: FastifyInstance,
  registry: Registry,
  token: string | undefined,
): void {
  const expected = token === undefined ? undefined : hash('sha256', `Bearer ${token}`, 'buffer');
  server.get('/metrics', async (request, reply) => {
    const given = hash('sha256', request.headers.authorization ?? '', 'buffer');
    if (expected !== undefined && !timingSafeEqual(given, expected))
      return sendAnswer(
        reply,
        answerProblem({ code: 'unauthorized', detail: 'METRICS_TOKEN is needed' }),
      );
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
