import type { JsonObject } from '@credit-ledger/contract/json.ts';
import type { Pool } from 'pg';
import { dropLease, leaseSeconds, takeLease, type Lease } from '../relay/lease.ts';
import { Sleeper } from '../relay/sleeper.ts';
import type { Logger } from '../runtime/log.ts';
import { listDue, registerJobs } from './job-list.ts';
import { beginRun, endRun, noteProgress, type JobRun } from './job-runs.ts';
import type { SchedulerMetrics } from './scheduler-metrics.ts';

/** What is due, or was asked for in any process, is looked for this often. */
const pollMs = 500;

/** What a run is given. */
export interface RunContext {
  readonly runId: string;
  /** The key that asked for the run; undefined where its time had come. */
  readonly actor: string | undefined;
  /** As they were asked for; `{}` where the run's time had come. */
  readonly params: unknown;
  /** Aborted when the process stops or the lease is gone: another one may run the job then. */
  readonly signal: AbortSignal;
  /** From 0 to 1. */
  readonly progress: (share: number) => Promise<void>;
}

/** Work that comes round, done by one process at a time. It may be interrupted anywhere and is made again whole. */
export interface Job {
  readonly name: string;
  /** Undefined where it runs only when asked. */
  readonly everyMs: number | undefined;
  /** @returns what the run did, as it is shown to operators */
  readonly run: (context: RunContext) => Promise<JsonObject>;
}

export interface SchedulerOptions {
  /** The ledger's database, on connections of its own. */
  readonly db: Pool;
  readonly jobs: readonly Job[];
  readonly log: Logger;
  readonly metrics: SchedulerMetrics;
  readonly monotonic: () => number;
  /** A new UUID at each call. */
  readonly mintId: () => string;
}

/**
 * Runs jobs when they are due or asked for. Several processes may have a scheduler: the lease of a job says which
 * one runs it, and is lengthened while it does. Jobs do not wait for each other.
 *
 *   due, or asked for ─▶ lease ─▶ running ─▶ done | failed ─▶ lease given back
 *                                    └─(process dies)─▶ the next holder of the lease ends it as failed
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #holder: string;
  readonly #sleeper = new Sleeper();
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  #ended: Promise<void> = Promise.resolve();

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#holder = options.mintId();
  }

  async start(): Promise<void> {
    await registerJobs(this.#options.db, this.#options.jobs);
    this.#ended = this.#watch();
  }

  /** Tells what runs to stop and waits for it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#sleeper.wake();
    await this.#ended;
    await Promise.all(this.#running.values());
  }

  async #watch(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#startDue().catch((error: unknown) =>
        this.#options.log.warn({ err: error }, 'the jobs can not be read now; trying again'),
      );
      await this.#sleeper.sleep(pollMs);
    }
  }

  async #startDue(): Promise<void> {
    const due = new Set(await listDue(this.#options.db));
    for (const job of this.#options.jobs) {
      if (!due.has(job.name) || this.#running.has(job.name)) continue;
      const work = this.#runLeased(job)
        .catch((error: unknown) =>
          this.#options.log.warn({ err: error, job: job.name }, 'a job lost its database'),
        )
        .finally(() => this.#running.delete(job.name));
      this.#running.set(job.name, work);
    }
  }

  async #runLeased(job: Job): Promise<void> {
    const { db, mintId } = this.#options;
    const lease: Lease = { name: `job:${job.name}`, holder: this.#holder };
    if (!(await takeLease(db, lease))) return;
    const lost = new AbortController();
    const timer = setInterval(() => void this.#lengthen(lease, lost), leaseSeconds * 300);
    try {
      const run = await beginRun(db, job.name, mintId());
      if (run !== undefined) await this.#run(job, run, lost.signal);
    } finally {
      clearInterval(timer);
      await dropLease(db, lease);
    }
  }

  async #lengthen(lease: Lease, lost: AbortController): Promise<void> {
    const isOurs = await takeLease(this.#options.db, lease).catch(() => true);
    if (!isOurs) lost.abort(new Error('another process has the lease of this job'));
  }

  async #run(job: Job, run: JobRun, lost: AbortSignal): Promise<void> {
    const { db, log, metrics, monotonic } = this.#options;
    const about = { job: job.name, run: run.id };
    const startedAt = monotonic();
    const signal = AbortSignal.any([this.#stopping.signal, lost]);
    const progress = (share: number): Promise<void> => noteProgress(db, run.id, share);
    const { actor, params } = run;
    try {
      const result = await job.run({ runId: run.id, actor, params, signal, progress });
      await endRun(db, run.id, { result });
      metrics.ended(job.name, 'done', (monotonic() - startedAt) / 1000);
      log.debug({ ...about, result }, 'a job is done');
    } catch (error) {
      log.error({ ...about, err: error }, 'a job failed');
      metrics.ended(job.name, 'failed', (monotonic() - startedAt) / 1000);
      await endRun(db, run.id, { error: error instanceof Error ? error.message : String(error) });
    }
  }
}
