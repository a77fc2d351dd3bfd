import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { limits } from './limits.ts';

const sweepEveryMs = 50;

declare module 'fastify' {
  interface FastifyInstance {
    /** Answers tell clients to close their connections. */
    drain: { isOn: boolean };
  }
}

/**
 * How a server ends. Its answers tell clients to close their connections, also those to requests that it took
 * before; while they still come and go it takes further ones. Then it lets nobody in, and connections are
 * closed as they fall idle. Node alone closes those that are idle at the start: one kept alive after its last
 * answer would hold up the end for `keepAliveMs`.
 * @returns what ends it.
 */
export function addDrain(server: FastifyInstance): () => Promise<void> {
  const drain = { isOn: false };
  let lastSeenAt = 0;
  server.decorate('drain', drain);
  const see = (_request: unknown, _reply: unknown, done: () => void): void => {
    if (drain.isOn) lastSeenAt = performance.now();
    done();
  };
  server.addHook('onRequest', see).addHook('onResponse', see);
  return async () => {
    drain.isOn = true;
    lastSeenAt = performance.now();
    const until = lastSeenAt + limits.drainMsMax;
    const mayEndAt = (): number => Math.min(lastSeenAt + limits.drainMs, until);
    while (server.server.listening && performance.now() < mayEndAt()) await pause(sweepEveryMs);
    const sweep = setInterval(() => server.server.closeIdleConnections(), sweepEveryMs);
    await server.close().finally(() => clearInterval(sweep));
  };
}
