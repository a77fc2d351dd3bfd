import type { FastifyInstance } from 'fastify';
import { sendAnswer } from './answer.ts';

/** One thing the process needs in order to serve; resolves when it is there, rejects with the reason. */
export interface Dependency {
  readonly name: string;
  readonly check: () => Promise<void>;
}

/** A dependency that does not answer in this time counts as away. */
const checkMsMax = 2000;

/** `/healthz`: the process is alive. `/readyz`: each dependency by name, 503 while one is away. */
export function registerHealth(server: FastifyInstance, dependencies: readonly Dependency[]): void {
  server.get('/healthz', (_request, reply) =>
    sendAnswer(reply, { status: 200, body: { status: 'ok' }, headers: {} }),
  );
  server.get('/readyz', async (_request, reply) => {
    const checks = await Promise.all(dependencies.map(check));
    const isReady = checks.every((row) => row.status === 'ok');
    const body = { status: isReady ? 'ok' : 'unavailable', dependencies: checks };
    return sendAnswer(reply, {
      status: isReady ? 200 : 503,
      body,
      headers: isReady ? {} : { 'retry-after': '1' },
    });
  });
}

async function check({
  name,
  check: probe,
}: Dependency): Promise<{ name: string; status: 'ok' | 'unavailable' }> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer in time')), checkMsMax);
  try {
    await Promise.race([probe(), late]);
    return { name, status: 'ok' };
  } catch {
    return { name, status: 'unavailable' };
  } finally {
    clearTimeout(timer);
  }
}
