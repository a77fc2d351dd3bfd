import { Client, type ClientConfig, type Pool, type PoolClient } from 'pg';
import { wasNotTried, type Breaker, type BreakerOf } from '../runtime/breaker.ts';
import { step } from '../runtime/tracing.ts';
import { DatabaseAway, isOutage } from './outage.ts';

/** The breaker of a database, which all its pools share. */
export function databaseBreaker(breakerOf: BreakerOf, name: string): Breaker {
  return breakerOf(name, { counts: (error) => error instanceof DatabaseAway });
}

/** A query without an answer for so long makes one look whether anybody is there at all. */
const silenceMs = 3000;
const probeMsMax = 2000;

export interface Guard {
  /** What the database is called in metrics, at `/readyz` and in answers. */
  readonly name: string;
  readonly breaker: Breaker;
  /** How it is reached by a connection beside the pool, all of whose own may hang. */
  readonly config: ClientConfig;
}

/**
 * Puts a circuit breaker before a pool: while its database is away, connections and queries fail at once with
 * DatabaseAway. A server that hangs answers nothing: a query that is silent for 3 s is given up where a connection
 * beside it is not answered either; one that is merely slow goes on.
 * @param settle brings a connection into the state that the query at hand needs
 */
export function guardPool(
  pool: Pool,
  { name, breaker, config }: Guard,
  settle?: (client: PoolClient) => Promise<unknown> | undefined,
): void {
  const look = shareRunning(() => probe(config));
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await breaker.run(() => tryReaching(name, () => listenTo(work(), look), look));
    } catch (error) {
      if (wasNotTried(error)) throw new DatabaseAway(name, { cause: error });
      throw error;
    }
  };
  const query = pool.query.bind(pool);
  const connect = pool.connect.bind(pool);
  // The pool's own `query` connects by a callback: that goes past the guard, which is before the query.
  const ask = settle === undefined ? query : askSettled(connect, settle);
  const replacements = {
    query: (...given: unknown[]): unknown =>
      traceQuery(given, () =>
        guarded(async (): Promise<unknown> => Reflect.apply(ask, undefined, given)),
      ),
    connect: (...given: unknown[]): unknown =>
      given.length > 0 ? Reflect.apply(connect, undefined, given) : guarded(() => connect()),
  };
  Object.assign(pool, replacements);
}

/** A query of traced work is a span of its own, named as the statement is. */
function traceQuery([query]: readonly unknown[], work: () => Promise<unknown>): Promise<unknown> {
  const isNamed = typeof query === 'object' && query !== null && 'name' in query;
  const name = isNamed ? String(query.name) : 'query';
  return step(`postgresql ${name}`, { 'db.system.name': 'postgresql', 'db.query.summary': name }, work);
}

/** A query on a connection that was settled first; one that could not be is not used again. */
function askSettled(
  connect: () => Promise<PoolClient>,
  settle: (client: PoolClient) => Promise<unknown> | undefined,
) {
  return async (...given: unknown[]): Promise<unknown> => {
    const client = await connect();
    const ignore = (): void => {};
    client.on('error', ignore);
    try {
      const settling = settle(client);
      if (settling !== undefined) await settling;
      const query: (...given: unknown[]) => unknown = client.query.bind(client);
      const answer = await query(...given);
      client.off('error', ignore);
      client.release();
      return answer;
    } catch (error) {
      client.release(true);
      throw error;
    }
  };
}

async function tryReaching<T>(
  name: string,
  work: () => Promise<T>,
  look: () => Promise<void>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isOutage(error)) throw error;
    // Also all connections may be at work: then the database is busy, and not away.
    if (isPoolBusy(error) && (await hasPassed(look()))) throw error;
    throw new DatabaseAway(name, { cause: error });
  }
}

function isPoolBusy(error: unknown): boolean {
  return error instanceof Error && error.message === 'timeout exceeded when trying to connect';
}

function hasPassed(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

/** What `work` gives, unless it is silent and nobody is there. */
async function listenTo<T>(work: Promise<T>, look: () => Promise<void>): Promise<T> {
  const { promise: nobody, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => void look().catch(reject), silenceMs);
  try {
    return await Promise.race([work, nobody]);
  } finally {
    clearTimeout(timer);
  }
}

function shareRunning(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work().finally(() => (running = undefined)));
}

async function probe(config: ClientConfig): Promise<void> {
  const client = new Client({
    ...config,
    connectionTimeoutMillis: probeMsMax,
    query_timeout: probeMsMax,
    application_name: 'credit-ledger probe',
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    void client.end().catch(() => {});
  }
}
