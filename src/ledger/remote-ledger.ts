import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger, LedgerAnswer, LedgerRequest } from './commands.ts';
import { withKey } from './command-key.ts';
import { wasNotTried, type Breaker } from '../runtime/breaker.ts';
import { RetryBudget } from '../runtime/retry-budget.ts';
import { LedgerFault, tooMany, unreachable } from './fault.ts';
import type { Forwarded } from './forwarding.ts';

/** Commands in one request. */
const forwardMax = 500;
/** Requests that may be on their way at once. */
const flightsMax = 8;
const retryMsMin = 20;
const retryMsMax = 500;
/** Retries that an outage may begin with: enough for all flights until another process writes. */
const retryReserve = 200;

export interface RemoteLedgerOptions {
  /** Where commands go now; undefined while nobody is known. */
  readonly findAddress: () => Promise<string | undefined>;
  readonly forward: (
    address: string,
    commands: readonly LedgerRequest[],
    signal: AbortSignal,
  ) => Promise<readonly Forwarded[]>;
  /** Opens where nobody carries commands out for some time. */
  readonly breaker: Breaker;
  readonly queueMax: number;
  readonly requestDeadlineMs: number;
  readonly monotonic: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly mintId: () => string;
}

interface Waiting {
  readonly request: LedgerRequest;
  readonly until: number;
  readonly resolve: (answer: LedgerAnswer) => void;
  readonly reject: (fault: unknown) => void;
}

/**
 * The ledger as a process without one has it: commands that come together travel together, to whichever process
 * writes. Every command has a key, so what was not answered is sent again until its deadline, and counts once.
 */
export class RemoteLedger implements Ledger {
  readonly #options: RemoteLedgerOptions;
  #queue: Waiting[] = [];
  #waiting = 0;
  #flights = 0;
  #isPlanned = false;
  #isStopping = false;
  readonly #budget = new RetryBudget(retryReserve);

  constructor(options: RemoteLedgerOptions) {
    this.#options = options;
  }

  get breaker(): Breaker {
    return this.#options.breaker;
  }

  submit(request: LedgerRequest): Promise<LedgerAnswer> {
    const { queueMax, requestDeadlineMs, monotonic, mintId } = this.#options;
    if (this.#isStopping)
      return Promise.reject(new LedgerFault('ledger_unavailable', 'the server is stopping', 2));
    if (this.#waiting >= queueMax) return Promise.reject(tooMany());
    const { promise, resolve, reject } = Promise.withResolvers<LedgerAnswer>();
    const until = monotonic() + requestDeadlineMs;
    this.#waiting += 1;
    this.#queue.push({ request: withKey(request, mintId), until, resolve, reject });
    this.#plan();
    return promise.finally(() => {
      this.#waiting -= 1;
    });
  }

  /** Waits for what is on its way, then for nothing more. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    while (this.#waiting > 0) await delay(5);
  }

  /** Once per turn of the event loop, and again whenever a request has come back. */
  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      while (this.#queue.length > 0 && this.#flights < flightsMax)
        void this.#fly(this.#queue.splice(0, forwardMax));
    });
  }

  async #fly(commands: readonly Waiting[]): Promise<void> {
    this.#flights += 1;
    this.#budget.noteTry();
    let left = commands;
    for (let failures = 0; left.length > 0; failures += 1) {
      if (failures > 0) await delay(this.#pauseMs(failures));
      left = this.#expire(left);
      if (failures > 0 && !this.#budget.take()) left = refuseImpatient(left);
      else if (left.length > 0) left = await this.#try(left);
    }
    this.#flights -= 1;
    this.#plan();
  }

  #pauseMs(failures: number): number {
    return retryMsMin + this.#options.random() * Math.min(retryMsMax, retryMsMin * 2 ** failures);
  }

  #expire(commands: readonly Waiting[]): readonly Waiting[] {
    const now = this.#options.monotonic();
    for (const { until, reject } of commands)
      if (until <= now)
        reject(new LedgerFault('deadline_exceeded', 'the ledger could not be reached in time', 1));
    return commands.filter(({ until }) => until > now);
  }

  /** While nobody can be reached, those that come are refused at once. @returns those that have to be sent again */
  async #try(commands: readonly Waiting[]): Promise<readonly Waiting[]> {
    try {
      return await this.#options.breaker.run(() => this.#send(commands));
    } catch (error) {
      return wasNotTried(error) ? refuseImpatient(commands) : commands;
    }
  }

  /** @returns those that have to be sent again. @throws where nobody carries anything out */
  async #send(commands: readonly Waiting[]): Promise<readonly Waiting[]> {
    const { findAddress, forward, monotonic } = this.#options;
    const address = await findAddress();
    if (address === undefined) throw new Error('no process writes');
    const until = Math.min(...commands.map((waiting) => waiting.until));
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(until - monotonic())));
    const requests = commands.map(({ request }) => request);
    const results = await forward(address, requests, signal);
    const left = commands.filter((waiting, index) => !settle(waiting, results[index]));
    if (left.length === commands.length) throw new Error('nothing was carried out');
    return left;
  }
}

/** @returns those that wait on */
function refuseImpatient(commands: readonly Waiting[]): readonly Waiting[] {
  for (const { request, reject } of commands) if (request.isPatient !== true) reject(unreachable());
  return commands.filter(({ request }) => request.isPatient === true);
}

/** Whether the command was answered; a ledger that is not serving has done nothing. */
function settle({ resolve, reject }: Waiting, result: Forwarded | undefined): boolean {
  if (result === undefined) return false;
  if (result.kind === 'answer') resolve(result.answer);
  else if (result.fault.code === 'ledger_unavailable') return false;
  else reject(result.fault);
  return true;
}
