import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger, LedgerAnswer, LedgerRequest } from './commands.ts';
import { withKey } from './command-key.ts';
import { LedgerFault, tooMany } from './fault.ts';
import type { Forwarded } from './forwarding.ts';

/** Commands in one request. */
const forwardMax = 500;
/** Requests that may be on their way at once. */
const flightsMax = 8;
const retryMsMin = 20;
const retryMsMax = 500;

export interface RemoteLedgerOptions {
  /** Where commands go now; undefined while nobody is known. */
  readonly findAddress: () => Promise<string | undefined>;
  readonly forward: (
    address: string,
    commands: readonly LedgerRequest[],
    signal: AbortSignal,
  ) => Promise<readonly Forwarded[]>;
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

  constructor(options: RemoteLedgerOptions) {
    this.#options = options;
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
    let left = commands;
    for (let failures = 0; left.length > 0; failures += 1) {
      if (failures > 0) await delay(this.#pauseMs(failures));
      left = this.#expire(left);
      if (left.length > 0) left = await this.#send(left).catch(() => left);
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

  /** @returns those that have to be sent again */
  async #send(commands: readonly Waiting[]): Promise<readonly Waiting[]> {
    const { findAddress, forward, monotonic } = this.#options;
    const address = await findAddress();
    if (address === undefined) return commands;
    const until = Math.min(...commands.map((waiting) => waiting.until));
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(until - monotonic())));
    const requests = commands.map(({ request }) => request);
    const results = await forward(address, requests, signal);
    return commands.filter((waiting, index) => !settle(waiting, results[index]));
  }
}

/** Whether the command was answered; a ledger that is not serving has done nothing. */
function settle({ resolve, reject }: Waiting, result: Forwarded | undefined): boolean {
  if (result === undefined) return false;
  if (result.kind === 'answer') resolve(result.answer);
  else if (result.fault.code === 'ledger_unavailable') return false;
  else reject(result.fault);
  return true;
}
