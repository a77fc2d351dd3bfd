import type { JsonObject } from '@credit-ledger/contract/json.ts';
import type { FastifyInstance } from 'fastify';
import type { Breaker } from '../runtime/breaker.ts';
import { sendAnswer, type Answer } from './answer.ts';

/** One thing the process needs in order to serve; resolves when it is there, rejects with the reason. */
export interface Dependency {
  readonly name: string;
  readonly check: () => Promise<void>;
  /** Without it most still works: it is shown, and the process stays ready. */
  readonly isOptional?: boolean;
  /** The state of the circuit breaker before it. */
  readonly breaker?: Pick<Breaker, 'state'> | undefined;
}

/** A dependency that does not answer in this time counts as away. */
const checkMsMax = 2000;

/**
 * `/healthz`: the process is alive. `/readyz`: each dependency by name with its circuit breaker; 503 while one is away
 * that is needed, `degraded` while another is.
 */
export function registerHealth(server: FastifyInstance, dependencies: readonly Dependency[]): void {
  server.get('/healthz', (_request, reply) =>
    sendAnswer(reply, { status: 200, body: { status: 'ok' }, headers: {} }),
  );
  server.get('/readyz', async (_request, reply) =>
    sendAnswer(reply, server.drain.isOn ? stopping : await ask(dependencies)),
  );
}

/** Whoever sends requests here is to stop it at once. */
const stopping: Answer = {
  status: 503,
  body: { status: 'stopping', dependencies: [] },
  headers: { 'retry-after': '1' },
};

async function ask(dependencies: readonly Dependency[]): Promise<Answer> {
  const checks = await Promise.all(dependencies.map(check));
  const away = checks.filter((row) => row['status'] !== 'ok');
  const isReady = away.every((row) => row['required'] === false);
  const well = away.length === 0 ? 'ok' : 'degraded';
  const body = { status: isReady ? well : 'unavailable', dependencies: checks };
  return { status: isReady ? 200 : 503, body, headers: isReady ? {} : { 'retry-after': '1' } };
}

async function check(dependency: Dependency): Promise<JsonObject> {
  const { name, isOptional = false, breaker } = dependency;
  const status = (await answers(dependency)) ? 'ok' : 'unavailable';
  const shown = breaker === undefined ? {} : { circuit_breaker: breaker.state };
  return { name, status, required: !isOptional, ...shown };
}

async function answers({ check: probe }: Dependency): Promise<boolean> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer in time')), checkMsMax);
  try {
    await Promise.race([probe(), late]);
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
