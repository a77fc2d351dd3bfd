import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { withKey } from './command-key.ts';
import type { Ledger, LedgerAnswer, LedgerRequest } from './commands.ts';
import { databaseAway, LedgerFault, tooMany, unreachable } from './fault.ts';
import type { Forwarded } from './forwarding.ts';
import { Pending } from './pending.ts';
import { wasNotTried, type Breaker } from '../runtime/breaker.ts';
import { isSampled, traceparentOf, type Span } from '../runtime/tracing.ts';
import {
  beat,
  connectWriter,
  endSilentHolder,
  readHeadRow,
  tryLock,
  type WriterConnection,
} from './tenure.ts';
import { Writer, type WriterOptions } from './writer.ts';

/** How often a stand-by tries the lock: a takeover follows a death within a second. */
const tryEveryMs = 200;
const beatEveryMs = 1000;
/** Without an answer for this long the connection is taken to be cut. */
const answerWithinMs = 10_000;
/** A second request with a key in use waits this long for the first one. */
const duplicateWaitMs = 2000;
const sweepEveryMs = 200;
const forwardMax = 500;
/** Without a writer for so long, nothing more is taken to wait for one. */
const patienceMs = 2000;

export interface LedgerOptions extends WriterOptions {
  readonly connection: WriterConnection;
  readonly queueMax: number;
  /** Before the process that writes, where it is another one. */
  readonly breaker: Breaker;
  readonly requestDeadlineMs: number;
  /** Sends commands to the writer at another address. */
  readonly forward: (
    holder: string,
    commands: readonly LedgerRequest[],
    signal: AbortSignal,
  ) => Promise<readonly Forwarded[]>;
  /** Called after a failed attempt to connect: brings an embedded server back. */
  readonly revive: () => Promise<void>;
}

export type LedgerRole = 'starting' | 'standby' | 'writing' | 'stopped';

/**
 * The ledger of this process: writes while it holds the lock, forwards while another process does, and queues
 * in between. Every state leads back to trying the lock, so nothing has to be repaired by hand:
 *
 *   starting ─▶ (lock is ours) ─▶ writing ─▶ (connection lost) ─▶ starting
 *      └──▶ standby: forward, watch the holder, try the lock ─▶ …
 */
export class LedgerProcess implements Ledger {
  readonly #options: LedgerOptions;
  readonly #writer: Writer;
  readonly #activeKeys = new Map<string, number>();
  readonly #sweep: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();
  #address = '';
  readonly #ready = Promise.withResolvers<void>();
  #role: LedgerRole = 'starting';
  /** Since when nobody carries commands out. */
  #unservedSince: number;
  #hasServed = false;
  #holder = '';
  #endTenure: (() => void) | undefined;
  #forwarding = new AbortController();
  #isStopping = false;
  #forwardIsPlanned = false;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#writer = new Writer(options);
    this.#unservedSince = options.monotonic();
    this.#sweep = setInterval(() => this.#expire(), sweepEveryMs);
  }

  /** Begins to try the lock. `address` is where other processes reach this one. */
  start(address: string): void {
    this.#address = address;
    this.#running = this.#run();
  }

  /** Resolves when commands are carried out, by this process or by the one they are forwarded to. */
  ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Before the process that writes, where it is another one. */
  get breaker(): Breaker {
    return this.#options.breaker;
  }

  get role(): LedgerRole {
    return this.#role;
  }

  /** Whether commands are carried out: here, or by the holder they are forwarded to. */
  get isServing(): boolean {
    return this.#role === 'writing' || (this.#role === 'standby' && this.#holder !== '');
  }

  /** Whether commands are carried out, or wait for a takeover that is under way. */
  get isUsable(): boolean {
    return this.isServing || (this.#hasServed && !this.#isAway(this.#options.monotonic()));
  }

  submit(request: LedgerRequest): Promise<LedgerAnswer> {
    if (this.#isStopping)
      return Promise.reject(new LedgerFault('ledger_unavailable', 'the server is stopping', 2));
    const now = this.#options.monotonic();
    if (this.#isAway(now) && request.isPatient !== true) return Promise.reject(databaseAway());
    if (this.#writer.queued >= this.#options.queueMax || this.#writer.isOverfull(now)) {
      return Promise.reject(tooMany());
    }
    const span = this.#startSpan(request);
    const named = withKey(span === undefined ? request : below(span, request), this.#options.mintId);
    const name = `${named.ledger}\u0000${named.key}`;
    const active = this.#activeKeys.get(name) ?? 0;
    const isDuplicate = named.key !== undefined && active > 0;
    const wait = isDuplicate ? duplicateWaitMs : this.#options.requestDeadlineMs;
    const { promise, resolve, reject } = Promise.withResolvers<LedgerAnswer>();
    const late = isDuplicate ? 'request_in_progress' : 'deadline_exceeded';
    if (named.key !== undefined) this.#activeKeys.set(name, active + 1);
    const pending = new Pending(
      named,
      { now, deadline: now + wait, late, span },
      (answer) => {
        this.#release(name);
        resolve(answer);
      },
      (fault) => {
        this.#release(name);
        reject(fault);
      },
    );
    this.#writer.enqueue(pending);
    if (this.#role === 'standby') this.#planForward();
    return promise;
  }

  #startSpan({ traceparent, command, ledger }: LedgerRequest): Span | undefined {
    if (!isSampled(traceparent)) return undefined;
    const attributes = { 'ledger.name': ledger, 'ledger.role': this.#role };
    return this.#options.tracing?.start(`ledger ${command.kind}`, traceparent, { attributes });
  }

  /** Finishes what is queued (at most the deadline of a request), then gives the lock up. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const until = this.#options.monotonic() + this.#options.requestDeadlineMs;
    while (!this.#writer.isIdle && this.#role !== 'stopped' && this.#options.monotonic() < until)
      await delay(5);
    this.#role = 'stopped';
    this.#endTenure?.();
    this.#forwarding.abort();
    await this.#running;
    clearInterval(this.#sweep);
    for (const pending of this.#writer.takeQueue()) {
      pending.fail(new LedgerFault('ledger_unavailable', 'the server is stopping', 2));
    }
  }

  #isAway(now: number): boolean {
    return !this.isServing && now - this.#unservedSince > patienceMs;
  }

  /** Trying to connect again and again is one outage. */
  #beUnserved(): void {
    if (this.isServing) {
      this.#unservedSince = this.#options.monotonic();
      this.#hasServed = true;
    }
    this.#role = 'starting';
  }

  #release(name: string): void {
    const active = this.#activeKeys.get(name) ?? 0;
    if (active > 1) this.#activeKeys.set(name, active - 1);
    else this.#activeKeys.delete(name);
  }

  #isStopped(): boolean {
    return this.#role === 'stopped';
  }

  async #run(): Promise<void> {
    while (!this.#isStopped()) {
      try {
        await this.#serveTenure();
      } catch (error) {
        if (this.#isStopped()) return;
        this.#options.log.warn(
          { err: error },
          'the ledger has no connection to PostgreSQL; trying again',
        );
        await delay(tryEveryMs);
        await this.#options
          .revive()
          .catch((cause: unknown) => this.#options.log.error({ err: cause }, 'PostgreSQL is not back'));
      }
    }
  }

  /** From connecting to losing the connection, whatever this process was in between. */
  async #serveTenure(): Promise<void> {
    const { connection, log } = this.#options;
    const lost = new AbortController();
    const socket = new Socket();
    this.#endTenure = () => socket.destroy();
    const config = { ...connection.config, stream: () => socket };
    const client = await connectWriter({ ...connection, config }, (cause) => lost.abort(cause));
    try {
      if (!(await this.#awaitLock(client, socket, lost.signal))) return;
      await answered(socket, this.#writer.takeOver(client, this.#address));
      this.#forwarding.abort();
      if (this.#isStopped()) return;
      this.#role = 'writing';
      this.#ready.resolve();
      log.info({ epoch: this.#writer.epoch }, 'this process is the writer');
      await this.#watch(client, socket, lost.signal);
    } finally {
      this.#writer.endTenure();
      if (!this.#isStopped()) this.#beUnserved();
      socket.destroy();
      if (lost.signal.aborted && !this.#isStopped())
        log.warn({ err: lost.signal.reason }, 'the writing connection ended');
    }
  }

  /** Tries the lock until it is ours; meanwhile this is a stand-by. False when the connection ended. */
  async #awaitLock(client: Client, socket: Socket, lost: AbortSignal): Promise<boolean> {
    while (!lost.aborted && !this.#isStopped()) {
      if (await answered(socket, tryLock(client))) return true;
      await answered(socket, this.#standBy(client));
      await delay(tryEveryMs);
    }
    return false;
  }

  async #standBy(client: Client): Promise<void> {
    const { connection, log } = this.#options;
    const head = await readHeadRow(client);
    const isOwn = head.holder === this.#address && head.epoch === this.#writer.epoch;
    if (isOwn || head.silent) {
      log.warn({ holder: head.holder }, 'the holder of the lock is silent: ending its session');
      await endSilentHolder(connection, isOwn);
      return;
    }
    if (this.#isStopped()) return;
    if (this.#role !== 'standby')
      log.info({ holder: head.holder }, 'another process is the writer: standing by');
    await this.#writer.resolveDoubt(client);
    this.#holder = head.holder;
    this.#role = 'standby';
    this.#ready.resolve();
    if (this.#forwarding.signal.aborted) this.#forwarding = new AbortController();
    this.#forwardQueue();
  }

  /** Signs of life while idle; a connection without answers is cut. Returns when it is lost. */
  async #watch(client: Client, socket: Socket, lost: AbortSignal): Promise<void> {
    const { monotonic, log } = this.#options;
    const timer = setInterval(() => {
      const { lastSentAt, oldestSentAt } = this.#writer.activity;
      if (oldestSentAt !== undefined && monotonic() - oldestSentAt > answerWithinMs) {
        log.error('PostgreSQL has not answered a batch: cutting the connection');
        socket.destroy();
      } else if (oldestSentAt === undefined && monotonic() - lastSentAt > beatEveryMs) {
        beat(client, this.#writer.epoch).catch((error: unknown) =>
          log.warn({ err: error }, 'no sign of life was given'),
        );
      }
    }, beatEveryMs);
    const ended = Promise.withResolvers<void>();
    lost.addEventListener('abort', () => ended.resolve(), { once: true });
    if (lost.aborted) ended.resolve();
    await ended.promise;
    clearInterval(timer);
  }

  #expire(): void {
    const now = this.#options.monotonic();
    if (this.#isAway(now)) this.#writer.refuse(databaseAway());
    this.#writer.expire(now);
    if (this.#role === 'standby') this.#forwardQueue();
  }

  /** Once per turn of the event loop, so that requests that came together travel together. */
  #planForward(): void {
    if (this.#forwardIsPlanned) return;
    this.#forwardIsPlanned = true;
    setImmediate(() => {
      this.#forwardIsPlanned = false;
      if (this.#role === 'standby') this.#forwardQueue();
    });
  }

  #forwardQueue(): void {
    const queue = this.#writer.takeQueue();
    for (let first = 0; first < queue.length; first += forwardMax) {
      void this.#forward(queue.slice(first, first + forwardMax));
    }
  }

  async #forward(pendings: readonly Pending[]): Promise<void> {
    const timeout = AbortSignal.timeout(this.#options.requestDeadlineMs);
    const signal = AbortSignal.any([this.#forwarding.signal, timeout]);
    const commands = pendings.map((pending) => pending.request);
    try {
      const { forward, breaker } = this.#options;
      const results = await breaker.run(() => forward(this.#holder, commands, signal));
      for (const [index, pending] of pendings.entries()) this.#settle(pending, results[index]);
    } catch (error) {
      this.#options.log.debug({ err: error }, 'forwarding failed; the commands wait for a writer');
      this.#writer.putBack(pendings.filter((pending) => this.#mayWait(pending, error)));
    }
  }

  /** Where the holder has not answered for some time, only who is patient waits on. */
  #mayWait(pending: Pending, error: unknown): boolean {
    if (pending.expire(this.#options.monotonic())) return false;
    if (!wasNotTried(error) || pending.request.isPatient === true) return true;
    pending.fail(unreachable());
    return false;
  }

  #settle(pending: Pending, result: Forwarded | undefined): void {
    if (
      result === undefined ||
      (result.kind === 'fault' && result.fault.code === 'ledger_unavailable')
    ) {
      this.#writer.putBack([pending]);
    } else if (result.kind === 'fault') pending.fail(result.fault);
    else pending.answer(result.answer);
  }
}

/** A request whose effects are traced below a span. */
function below(span: Span, request: LedgerRequest): LedgerRequest {
  return { ...request, traceparent: traceparentOf(span) };
}

/** A connection that is cut without a word would be waited for for ever: without an answer it is closed. */
async function answered<T>(socket: Socket, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => socket.destroy(), answerWithinMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
