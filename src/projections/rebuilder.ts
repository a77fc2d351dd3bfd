import type { PoolClient } from 'pg';
import { withConnection } from '../postgres/transaction.ts';
import { Sleeper } from '../relay/sleeper.ts';
import type { Logger } from '../runtime/log.ts';
import { listRunning, type Operation } from './operations.ts';
import { projectionOf } from './projection-list.ts';
import type { RebuildParts } from './rebuild.ts';
import { runOperation } from './run-operation.ts';
import { LogPages } from './log-pages.ts';

const pollMs = 250;

/** Runs what operators asked for, each operation in one process at a time. */
export class Rebuilder {
  readonly #parts: Omit<RebuildParts, 'projection' | 'hasEnded' | 'pages'>;
  readonly #log: Logger;
  readonly #pages: LogPages;
  readonly #sleeper = new Sleeper();
  readonly #running = new Map<string, Promise<void>>();
  readonly #ended: Promise<void>;
  #isClosed = false;

  constructor(parts: Omit<RebuildParts, 'projection' | 'hasEnded' | 'pages'>, log: Logger) {
    this.#parts = parts;
    this.#pages = new LogPages(parts.eventLog.read);
    this.#log = log;
    this.#ended = this.#run();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#sleeper.wake();
    await this.#ended;
    await Promise.all(this.#running.values());
  }

  async #run(): Promise<void> {
    while (!this.#hasEnded()) {
      await this.#startWaiting().catch((error: unknown) =>
        this.#log.debug({ err: error }, 'the operations can not be read now'),
      );
      await this.#sleeper.sleep(pollMs);
    }
  }

  async #startWaiting(): Promise<void> {
    for (const operation of await listRunning(this.#parts.pool)) {
      if (this.#running.has(operation.id)) continue;
      const work = this.#runOne(operation).finally(() => this.#running.delete(operation.id));
      this.#running.set(operation.id, work);
    }
  }

  /** A lock of its own connection says who runs it; it ends with the process. */
  async #runOne(operation: Operation): Promise<void> {
    const { id, projection: name, kind } = operation;
    const about = { operation: id, projection: name, kind };
    try {
      await withConnection(this.#parts.pool, async (lock) => {
        if (!(await takeLock(lock, id))) return;
        this.#log.info(about, 'an operation on a projection runs');
        const projection = projectionOf(name);
        const hasEnded = () => this.#hasEnded();
        await runOperation({ ...this.#parts, projection, hasEnded, pages: this.#pages }, id);
        await lock.query('select pg_advisory_unlock_all()');
        this.#log.info(about, 'an operation on a projection ended');
      });
    } catch (error) {
      this.#log.warn({ ...about, err: error }, 'an operation on a projection was interrupted');
    }
  }

  #hasEnded(): boolean {
    return this.#isClosed;
  }
}

async function takeLock(db: PoolClient, id: string): Promise<boolean> {
  const { rows } = await db.query<{ taken: boolean }>(
    `select pg_try_advisory_lock(hashtextextended('operation ' || $1, 0)) as taken`,
    [id],
  );
  return rows[0]?.taken === true;
}
