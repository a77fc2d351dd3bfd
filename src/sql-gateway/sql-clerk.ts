import type { Pool } from 'pg';
import { answerProblem } from '../gateway/problem.ts';
import { LedgerFault } from '../ledger/fault.ts';
import { backoffMs, type BackoffBounds } from '../relay/backoff.ts';
import { dropLease, takeLease, type Lease } from '../relay/lease.ts';
import { Sleeper } from '../relay/sleeper.ts';
import type { Logger } from '../runtime/log.ts';
import { toSqlAnswer, type CarryOut } from './carry-out.ts';
import {
  finishCommand,
  listOpenCommands,
  noteFailure,
  type SqlAnswer,
  type SqlCommand,
} from './sql-commands.ts';
import type { SqlMetrics } from './sql-metrics.ts';

/** Commands in memory; what is behind them waits in its table. */
const windowMax = 2000;
/** Who asks is announced; an announcement may be lost. */
const pollMs = 250;
const standByMs = 1000;

export interface SqlClerkOptions {
  readonly pool: Pool;
  readonly carryOut: CarryOut;
  /** A command at which the server itself fails is answered 500 after so many attempts. */
  readonly attemptsMax: number;
  readonly backoff: BackoffBounds;
  readonly metrics: SqlMetrics;
  readonly log: Logger;
  readonly now: () => number;
  readonly monotonic: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly mintId: () => string;
}

/**
 * Carries out what transactions of applications asked for: those of a session one after the other, sessions side by
 * side. Each goes to the ledger under a key of its own, so one that is carried out again, after a process died
 * before it wrote the answer down, has its effect and its answer once. One process at a time does it, by a lease.
 */
export class SqlClerk {
  readonly #options: SqlClerkOptions;
  readonly #lease: Lease;
  readonly #sleeper = new Sleeper();
  readonly #sessions = new Map<number, SqlCommand[]>();
  readonly #serving = new Set<Promise<void>>();
  readonly #known = new Set<string>();
  #isStopped = false;
  #isOurs = false;
  #takenAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #ended: Promise<void> | undefined;

  constructor(options: SqlClerkOptions) {
    this.#options = options;
    this.#lease = { name: 'sql-commands', holder: options.mintId() };
  }

  start(): void {
    this.#ended = this.#run();
  }

  wake(): void {
    if (this.#isOurs && this.#failures === 0) this.#sleeper.wake();
  }

  /** Finishes what is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#sleeper.wake();
    await this.#ended;
    await dropLease(this.#options.pool, this.#lease).catch(() => {});
  }

  #goesOn(): boolean {
    return !this.#isStopped && this.#isOurs;
  }

  #hasStopped(): boolean {
    return this.#isStopped;
  }

  async #run(): Promise<void> {
    const { log, random } = this.#options;
    while (!this.#hasStopped()) {
      try {
        await this.#keepLease();
        if (this.#isOurs) await this.#take();
        this.#failures = 0;
        await this.#sleeper.sleep(this.#isOurs ? pollMs : standByMs);
      } catch (error) {
        this.#failures += 1;
        log.warn({ err: error }, 'commands from SQL can not be read now; trying again');
        await this.#sleeper.sleep(backoffMs(this.#failures, random));
      }
    }
    await Promise.all(this.#serving);
  }

  async #keepLease(): Promise<void> {
    const { pool, monotonic } = this.#options;
    if (monotonic() - this.#takenAt < standByMs) return;
    this.#isOurs = await takeLease(pool, this.#lease);
    this.#takenAt = monotonic();
  }

  async #take(): Promise<void> {
    const free = windowMax - this.#known.size;
    if (free <= 0) return;
    const commands = await listOpenCommands(this.#options.pool, [...this.#known], free);
    for (const command of commands) {
      this.#known.add(command.id);
      const queue = this.#sessions.get(command.session);
      if (queue !== undefined) queue.push(command);
      else this.#open(command);
    }
    this.#options.metrics.waiting.set(this.#known.size);
  }

  #open(command: SqlCommand): void {
    const queue = [command];
    this.#sessions.set(command.session, queue);
    const served = this.#serve(command.session, queue).finally(() => this.#serving.delete(served));
    this.#serving.add(served);
  }

  async #serve(session: number, queue: SqlCommand[]): Promise<void> {
    for (let command = queue[0]; command !== undefined && this.#goesOn(); command = queue[0]) {
      await this.#insist(command);
      queue.shift();
      this.#known.delete(command.id);
    }
    for (const left of queue) this.#known.delete(left.id);
    this.#sessions.delete(session);
    this.#sleeper.wake();
  }

  /** Until there is an answer and it is written down. */
  async #insist(command: SqlCommand): Promise<void> {
    const { pool, metrics, backoff, random, now } = this.#options;
    const nap = new Sleeper();
    for (let attempt = 1; this.#goesOn(); attempt += 1) {
      try {
        const answer = await this.#attempt(command, command.attempts + attempt);
        await finishCommand(pool, command.id, answer);
        metrics.commands.inc({ status: String(answer.status) });
        metrics.wait.observe(Math.max(0, now() - command.createdAt) / 1000);
        return;
      } catch (error) {
        await this.#noteFailure(command, error);
        await nap.sleep(backoffMs(attempt, random, backoff));
      }
    }
  }

  /** @throws where it is to be tried again */
  async #attempt(command: SqlCommand, attempts: number): Promise<SqlAnswer> {
    const { carryOut, attemptsMax, log } = this.#options;
    try {
      return await carryOut(command);
    } catch (error) {
      const isPassing = error instanceof LedgerFault && error.code !== 'internal_error';
      if (isPassing || attempts < attemptsMax) throw error;
      log.error({ err: error, command: command.id }, 'a command from SQL was given up');
      const detail =
        'the server failed at this command; the same idempotency key decides what came of it';
      return toSqlAnswer(answerProblem({ code: 'internal_error', detail }));
    }
  }

  async #noteFailure({ id }: SqlCommand, error: unknown): Promise<void> {
    const { pool, log } = this.#options;
    const text = error instanceof Error ? error.message : String(error);
    log.warn({ err: error, command: id }, 'a command from SQL could not be carried out; trying again');
    await noteFailure(pool, id, text).catch(() => {});
  }
}
