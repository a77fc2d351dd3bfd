import { isJsonObject } from '@credit-ledger/contract/json.ts';
import type { Pool } from 'pg';
import { parkDeadLetters } from '../dead-letters/parking.ts';
import type { DeferredCommand, Ledger, LedgerAnswer } from '../ledger/commands.ts';
import { readEvents } from '../ledger/event-log.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import { backoffMs, type BackoffBounds } from '../relay/backoff.ts';
import { Sleeper } from '../relay/sleeper.ts';
import type { Transport } from '../relay/transport/transport.ts';
import { eventFields } from '../runtime/log-fields.ts';
import type { Logger } from '../runtime/log.ts';
import { traceparentOf, untraced, type Tracing } from '../runtime/tracing.ts';
import { toDeadLetter, workerName } from './dead-command.ts';
import { JobIntake } from './job-intake.ts';
import { bringForward, failJob, finishJob, parkJob, postponeJob, takeJobs, type Job } from './jobs.ts';
import { failureOfError, failureOfRefusal, type Failure } from './reactions.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

/** Jobs that one worker runs at once. */
const jobsMax = 100;
/** What is due is looked for this often; new jobs of this process wake it at once. */
const pollMs = 200;
/** Longer than a run can take: a job that is still running is not taken over. */
const leaseBeyondDeadlineMs = 2000;
/** A scheduled transfer that the ledger's clock finds early is asked about again after this. */
const earlyMs = 100;

export interface WorkerOptions {
  /** The worker's own tables. */
  readonly pool: Pool;
  /** The ledger's log, which a dead letter quotes. */
  readonly log: Queryable;
  readonly transport: Transport;
  readonly ledger: Ledger;
  readonly attemptsMax: number;
  readonly backoff: BackoffBounds;
  /** How long a command may take. */
  readonly deadlineMs: number;
  /** Where dead letters are kept. */
  readonly deadLetters: Queryable;
  readonly metrics: WorkerMetrics;
  /** Without it nothing is traced. */
  readonly tracing?: Tracing;
  readonly logger: Logger;
  readonly now: () => number;
  readonly monotonic: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface Worker {
  /** Finishes what is running; resolves when nothing runs any more. */
  close(): Promise<void>;
}

/**
 * Runs transfers that were accepted to be run later. Events make jobs (job-intake.ts); a loop takes those that
 * are due (jobs.ts) and has the ledger run them. A job that is run twice counts once: the ledger looks at the
 * transfer's status, in its own order.
 *
 *   waiting ─▶ run ─▶ (answered) done
 *      ▲        └─▶ (failed) ─▶ again after a pause, up to the attempts ─▶ exhausted ─▶ given up ─▶ parked
 *      └────────────────────────────── redriven: TransferInitiated comes again ───────────────────────┘
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  options.metrics.consumed.inc({ consumer: workerName }, 0);
  const loop = new WorkLoop(options);
  const intake = new JobIntake(options.pool, options.monotonic);
  const subscription = await options.transport.subscribe({
    group: workerName,
    appliedIn: (partition) => intake.appliedIn(partition),
    handle: async (delivery) => {
      if (await intake.take(delivery)) loop.wake();
      options.metrics.consumed.inc({ consumer: workerName }, delivery.messages.length);
    },
    onFault: (error) =>
      options.logger.warn({ err: error }, 'the worker could not read the log; trying again'),
  });
  const ended = loop.run();
  return {
    close: async () => {
      await subscription.close();
      loop.stop();
      await ended;
    },
  };
}

/** What came of an attempt. */
type Outcome =
  | { readonly kind: 'ended'; readonly status: string }
  | { readonly kind: 'early' }
  | { readonly kind: 'failed'; readonly failure: Failure };

class WorkLoop {
  readonly #options: WorkerOptions;
  readonly #sleeper = new Sleeper();
  #isStopped = false;
  #failures = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  wake(): void {
    this.#sleeper.wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.#sleeper.wake();
  }

  async run(): Promise<void> {
    while (!this.#hasStopped()) {
      try {
        const taken = await this.#round();
        this.#failures = 0;
        if (taken < jobsMax) await this.#sleeper.sleep(pollMs);
      } catch (error) {
        this.#failures += 1;
        this.#options.logger.warn({ err: error }, 'the worker could not reach its jobs; trying again');
        await this.#sleeper.sleep(backoffMs(this.#failures, this.#options.random));
      }
    }
  }

  #hasStopped(): boolean {
    return this.#isStopped;
  }

  /** @returns how many jobs were due. */
  async #round(): Promise<number> {
    const { pool, deadlineMs } = this.#options;
    await bringForward(pool);
    const jobs = await takeJobs(pool, jobsMax, deadlineMs + leaseBeyondDeadlineMs);
    const results = await Promise.allSettled(jobs.map((job) => this.#work(job)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return jobs.length;
  }

  async #work(job: Job): Promise<void> {
    const { metrics, monotonic } = this.#options;
    const startedAt = monotonic();
    const outcome = await this.#attempt(job);
    await this.#record(job, outcome);
    const name = outcome.kind === 'ended' ? outcome.status.toLowerCase() : outcome.kind;
    metrics.processing.observe({ outcome: name }, (monotonic() - startedAt) / 1000);
  }

  async #attempt(job: Job): Promise<Outcome> {
    try {
      return readOutcome(await this.#submit(job));
    } catch (error) {
      return { kind: 'failed', failure: failureOfError(error) };
    }
  }

  #submit(job: Job): Promise<LedgerAnswer> {
    const { ledger, tracing = untraced } = this.#options;
    const { transferId: transfer, traceparent, correlationId } = job;
    const command: DeferredCommand =
      job.state === 'waiting'
        ? { kind: 'run_transfer', transfer }
        : {
            kind: 'give_up_transfer',
            transfer,
            attempts: job.attempts,
            lastError: job.lastError ?? '',
          };
    // Without a key: the transfer's own status says whether there is anything left to do.
    const request = {
      ledger: job.ledger,
      command,
      key: undefined,
      fingerprint: transfer,
      isPatient: true,
    } as const;
    const attributes = { 'ledger.transfer_id': transfer, 'ledger.attempt': job.attempts };
    const span = tracing.start(`work ${command.kind}`, traceparent, { kind: 'consumer', attributes });
    const below = span === undefined ? traceparent : traceparentOf(span);
    return tracing.run(span, () => ledger.submit({ ...request, traceparent: below, correlationId }));
  }

  async #record(job: Job, outcome: Outcome): Promise<void> {
    const { pool } = this.#options;
    if (outcome.kind === 'early') return postponeJob(pool, job, earlyMs);
    if (outcome.kind === 'failed') return this.#recordFailure(job, outcome.failure);
    const isGivenUp = outcome.status === 'FAILED' && job.state === 'exhausted';
    return isGivenUp ? this.#park(job) : finishJob(pool, job);
  }

  /** Giving up is tried for as long as it takes: the ledger that can't be reached can't be told either. */
  async #recordFailure(job: Job, { persistence, code, detail }: Failure): Promise<void> {
    const { pool, attemptsMax, backoff, random, metrics, logger } = this.#options;
    if (job.state === 'exhausted' && persistence === 'permanent') return this.#park(job);
    const isLast = persistence === 'permanent' || job.attempts >= attemptsMax;
    const isExhausted = job.state === 'exhausted' || isLast;
    const isFirstGivingUp = isExhausted && job.state === 'waiting';
    const delayMs = isFirstGivingUp ? 0 : backoffMs(job.attempts, random, backoff);
    const error = job.state === 'waiting' ? `${code}: ${detail}` : (job.lastError ?? '');
    await failJob(pool, job, { state: isExhausted ? 'exhausted' : 'waiting', error, delayMs });
    if (!isExhausted) metrics.retries.inc({ code });
    const { attempts } = job;
    logger.warn(
      { ...fieldsOf(job), attempts, error },
      isFirstGivingUp ? 'giving up' : 'trying again later',
    );
    if (isFirstGivingUp) this.wake();
  }

  /** Parks before the job says so: where it dies in between, the same letter is parked again. */
  async #park(job: Job): Promise<void> {
    const { pool, log, now, deadLetters, transport, metrics, logger } = this.#options;
    const [event] = await readEvents(log, job.position - 1, 1);
    if (event === undefined) throw new Error(`the log has no event ${job.position}`);
    const letter = toDeadLetter(job, event, now());
    await parkDeadLetters(deadLetters, [letter]);
    await transport.publishDead({ message: event, consumer: workerName, error: letter.message });
    await parkJob(pool, job);
    metrics.dead.inc({ consumer: workerName });
    const { attempts, message: error } = letter;
    logger.error({ ...fieldsOf(job), attempts, error }, 'a transfer was given up');
  }
}

function fieldsOf(job: Job): Record<string, unknown> {
  return eventFields({ ...job, aggregate: 'transfer', key: job.transferId });
}

/** A scheduled transfer is early; one that any run ended is at its end. */
function readOutcome(answer: LedgerAnswer): Outcome {
  if (answer.kind === 'refused') return { kind: 'failed', failure: failureOfRefusal(answer) };
  const { body } = answer;
  const status = isJsonObject(body) ? body['status'] : undefined;
  if (typeof status !== 'string') throw new Error('the ledger answered a run without a transfer');
  return status === 'SCHEDULED' ? { kind: 'early' } : { kind: 'ended', status };
}
