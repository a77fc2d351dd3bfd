import { Worker } from 'node:worker_threads';
import type { Pool } from 'pg';
import type { Gauge, Registry } from 'prom-client';
import { Sleeper } from '../relay/sleeper.ts';
import type { Logger } from '../runtime/log.ts';
import type { VerificationWork } from './run-verification.ts';
import { createVerificationMetrics } from './verification-metrics.ts';
import { endVerification, readRunning, readVerification } from './verifications.ts';

const pollMs = 500;
/** Young objects of a thread: blocks of rows come and go. */
const heapLimits = { maxYoungGenerationSizeMb: 24, maxOldGenerationSizeMb: 256 };
const attemptsMax = 5;

/** Runs verifications that were asked for, one at a time, and goes on with those that were interrupted. */
export class Verifier {
  readonly #pool: Pool;
  readonly #work: VerificationWork;
  readonly #log: Logger;
  readonly #badRecords: Gauge<'check'>;
  readonly #sleeper = new Sleeper();
  readonly #ended: Promise<void>;
  readonly #failures = new Map<string, number>();
  #thread: Worker | undefined;
  #isClosed = false;

  constructor(pool: Pool, work: VerificationWork, log: Logger, registry: Registry) {
    this.#pool = pool;
    this.#work = work;
    this.#log = log;
    this.#badRecords = createVerificationMetrics(registry);
    this.#ended = this.#run();
  }

  /** What runs is interrupted; whoever comes next goes on with it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#sleeper.wake();
    await this.#thread?.terminate();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#hasEnded()) {
      await this.#runWaiting().catch((error: unknown) =>
        this.#log.debug({ err: error }, 'the verifications can not be read now'),
      );
      if (!this.#hasEnded()) await this.#sleeper.sleep(pollMs);
    }
  }

  async #runWaiting(): Promise<void> {
    const wanted = await readRunning(this.#pool);
    if (wanted === undefined || this.#hasEnded()) return;
    try {
      await this.#runThread();
      await this.#tell(wanted.id);
    } catch (error) {
      if (this.#hasEnded()) return;
      await this.#fail(wanted.id, error);
    }
  }

  /** What was found is for whoever reads the log, too. */
  async #tell(id: string): Promise<void> {
    const ended = await readVerification(this.#pool, id);
    if (ended?.results === undefined) return;
    for (const { check, count } of ended.results) this.#badRecords.set({ check }, count);
    const found = ended.results.filter(({ count }) => count > 0);
    if (found.length > 0) this.#log.error({ verification: id, found }, 'the book is not whole');
    else this.#log.info({ verification: id, position: ended.position }, 'the book is whole');
  }

  /** An interruption is not an end: it is tried again, and given up after some times. */
  async #fail(id: string, error: unknown): Promise<void> {
    const failures = (this.#failures.get(id) ?? 0) + 1;
    this.#failures.set(id, failures);
    this.#log.warn({ err: error, verification: id }, 'a verification was interrupted');
    if (failures < attemptsMax) return;
    const message = error instanceof Error ? error.message : String(error);
    await endVerification(this.#pool, id, { state: 'failed', error: message });
  }

  #runThread(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const thread = new Worker(new URL('verification-thread.ts', import.meta.url), {
      workerData: this.#work,
      resourceLimits: heapLimits,
    });
    this.#thread = thread;
    thread.once('error', reject);
    thread.once('exit', () => resolve());
    return promise;
  }

  #hasEnded(): boolean {
    return this.#isClosed;
  }
}
