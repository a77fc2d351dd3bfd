import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { limits } from './limits.ts';

const sweepEveryMs = 50;

/**
 * How a server ends. For a moment it still takes requests, and its answers tell clients to close their
 * connections; then it lets nobody in, and connections are closed as they fall idle. Node alone closes those
 * that are idle at the start: one kept alive after its last answer would hold up the end for `keepAliveMs`.
 * @returns what ends it.
 */
export function addDrain(server: FastifyInstance): () => Promise<void> {
  let isDraining = false;
  server.addHook('onRequest', (_request, reply, done) => {
    if (isDraining) reply.header('connection', 'close');
    done();
  });
  return async () => {
    isDraining = true;
    if (server.server.listening) await pause(limits.drainMs);
    const sweep = setInterval(() => server.server.closeIdleConnections(), sweepEveryMs);
    await server.close().finally(() => clearInterval(sweep));
  };
}
