import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { DatabaseError } from 'pg';
import type { Logger } from '../runtime/log.ts';
import type { Tracing } from '../runtime/tracing.ts';
import { answerAll, doubtOf, isWritten, ledgerIdIn, type Batch, type Decided } from './batch.ts';
import { CommandQueue } from './command-queue.ts';
import type { LedgerAnswer } from './commands.ts';
import { decideOn } from './decide.ts';
import { Draft } from './draft.ts';
import { DueWork } from './due-work.ts';
import type { Due } from './due.ts';
import { LedgerFault, tooMany } from './fault.ts';
import { batchArguments, postBatch, type Taken } from './journal.ts';
import { KnownState } from './known-state.ts';
import { originFields } from '../runtime/log-fields.ts';
import { LedgerClock } from './ledger-clock.ts';
import { loadNeeds, loadTaken } from './loads.ts';
import { addNeeds, Needs } from './needs.ts';
import type { Pending } from './pending.ts';
import { reactionTo } from './sqlstates.ts';
import { beat, ensurePartitions, loadBasics, raiseEpoch, wasCommitted } from './tenure.ts';
import { endBatchSpans, startBatchSpans } from './traced-batch.ts';
import { countAnswers, countCommit, type WriterMetrics } from './writer-metrics.ts';

/** Batches on their way to PostgreSQL at once: one is committed while the next is decided. */
const inFlightMax = 3;
/** However far the next due thing is, its time is looked at this often. */
const dueLookMs = 60_000;
/** How often a database that could not write is asked whether it can. */
const probeEveryMs = 1000;
/** Partitions are made this far ahead of the position. */
const positionsAhead = 20_000_000;

export interface WriterOptions {
  readonly accountCacheMax: number;
  readonly batchMax: number;
  readonly log: Logger;
  readonly metrics: WriterMetrics;
  /** Without it nothing is traced. */
  readonly tracing?: Tracing;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonic: () => number;
  readonly mintId: () => string;
  /** Hears of every commit of events; a hint for those who follow the log. */
  readonly onCommit?: () => void;
}

/**
 * The writer of one tenure after the other. Commands queue; each turn takes what is waiting, decides it on
 * the known state and sends it as one batch, while batches before it may still be on their way.
 *
 *   queue ─▶ (load what is not known) ─▶ decide ─▶ sealed, in flight ─▶ committed ─▶ answers
 *
 * A batch that found a key, id or external id taken has written nothing: it and all decided on it goes back
 * to the front of the queue, what was taken is loaded, and all is decided again. So does a batch that
 * PostgreSQL refused, in halves, until the one command that it can't take stands alone. When the connection
 * is lost, batches in flight are in doubt: the next tenure asks for each whether it is committed before
 * anything else is decided.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #state: KnownState;
  readonly #due: DueWork;
  readonly #clock: LedgerClock;
  readonly #queue = new CommandQueue();
  readonly #loading = new Set<Pending>();
  #inFlight: Batch[] = [];
  #client: Client | undefined;
  #epoch = 0;
  #batchNumber = 0;
  #paused = false;
  #turnIsPlanned = false;
  #partitionsTo = 0;
  #lastSentAt = 0;
  #dueTimer: NodeJS.Timeout | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#state = new KnownState(options.accountCacheMax);
    this.#due = new DueWork(this.#state);
    this.#clock = new LedgerClock(options.monotonic);
  }

  get isWriting(): boolean {
    return this.#client !== undefined;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get queued(): number {
    return this.#queue.length + this.#loading.size;
  }

  /** Whether more comes than is carried out. */
  isOverfull(now: number): boolean {
    return this.#queue.isOverfull(this.#options.batchMax, now);
  }

  get isIdle(): boolean {
    return this.queued === 0 && this.#inFlight.length === 0;
  }

  /** When the last batch was sent, and since when the oldest one in flight waits; monotonic milliseconds. */
  get activity(): { readonly lastSentAt: number; readonly oldestSentAt: number | undefined } {
    return { lastSentAt: this.#lastSentAt, oldestSentAt: this.#inFlight[0]?.sentAt };
  }

  enqueue(pending: Pending): void {
    this.#queue.push(pending);
    this.#planTurn();
  }

  /** Takes what is queued away, to be forwarded by a stand-by. */
  takeQueue(): Pending[] {
    return this.#queue.takeAll();
  }

  putBack(pendings: readonly Pending[]): void {
    this.#queue.putBack(pendings);
    this.#planTurn();
  }

  /** Ends the wait of every command whose deadline has passed. */
  expire(now: number): void {
    this.#queue.expire(now);
    for (const batch of this.#inFlight) for (const { pending } of batch.decided) pending.expire(now);
    for (const pending of this.#loading) pending.expire(now);
  }

  /** Ends the wait of every command that is not patient, also of those whose batch is in doubt. */
  refuse(fault: LedgerFault): void {
    this.#queue.refuse(fault);
    for (const batch of this.#inFlight) for (const { pending } of batch.decided) pending.refuse(fault);
    for (const pending of this.#loading) pending.refuse(fault);
  }

  /** Settles the batches in doubt: committed ones are answered, the others are decided again. */
  async resolveDoubt(client: Client): Promise<void> {
    for (let batch = this.#inFlight[0]; batch !== undefined; batch = this.#inFlight[0]) {
      if (!(await wasCommitted(client, doubtOf(batch)))) break;
      this.#inFlight.shift();
      answerAll(batch);
    }
    this.#requeueInFlight();
    this.putBack([...this.#loading]);
    this.#loading.clear();
  }

  /** Begins a tenure on a connection that holds the lock. */
  async takeOver(client: Client, holder: string): Promise<void> {
    await this.resolveDoubt(client);
    const head = await raiseEpoch(client, holder);
    const { ledgers, currencies } = await loadBasics(client);
    await ensurePartitions(client, head.position + positionsAhead);
    this.#partitionsTo = head.position + positionsAhead;
    this.#state.reset(head.position, ledgers, currencies);
    this.#epoch = head.epoch;
    this.#batchNumber = head.batch;
    this.#clock.start(head.now, head.time);
    await this.#due.refill(client);
    this.#paused = false;
    this.#queue.forgetSizes();
    this.#client = client;
    this.#options.metrics.writing.set(1);
    this.#planTurn();
  }

  /** The connection is gone: nothing more is sent, what is in flight stays in doubt. */
  endTenure(): void {
    this.#client = undefined;
    this.#options.metrics.writing.set(0);
    clearTimeout(this.#dueTimer);
  }

  /** Once per turn of the event loop, so that requests that came together are decided together. */
  #planTurn(): void {
    if (this.#turnIsPlanned || this.#client === undefined) return;
    this.#turnIsPlanned = true;
    setImmediate(() => {
      this.#turnIsPlanned = false;
      this.#turn();
    });
  }

  #turn(): void {
    while (this.#client !== undefined && this.#mayDecide()) {
      const time = this.#clock.now();
      if (this.#queue.length === 0 && !this.#isDue(time)) break;
      if (!this.#fill(this.#client, time)) break;
    }
    this.#planDue();
    this.#options.metrics.queued.set(this.queued);
  }

  #mayDecide(): boolean {
    return !this.#paused && this.#inFlight.length < (this.#queue.isNarrowing ? 1 : inFlightMax);
  }

  #isDue(time: number): boolean {
    return this.#due.nextAt !== undefined && this.#due.nextAt <= time;
  }

  /** Decides one batch and sends it. False when there is nothing to do before a load or a refill is done. */
  #fill(client: Client, time: number): boolean {
    const startedAt = this.#options.monotonic();
    const draft = new Draft(this.#state, { time, mintId: this.#options.mintId });
    const due = this.#due.decide(draft);
    if (due.kind === 'load') {
      this.#pauseFor(this.#due.load(client, due.needs));
      return false;
    }
    const decided = due.isAll ? this.#decideQueued(client, draft) : [];
    if (decided === undefined) {
      this.#due.putBack(due.done);
      return true;
    }
    if (isWritten(draft)) this.#send(client, draft, decided, due.done, startedAt);
    else this.#answerAfterLast(decided);
    if (this.#due.wantsRefill) this.#pauseFor(this.#due.refill(client));
    return true;
  }

  #planDue(): void {
    clearTimeout(this.#dueTimer);
    const { nextAt } = this.#due;
    if (nextAt === undefined || this.#client === undefined) return;
    const delay = Math.min(Math.max(nextAt - this.#clock.now(), 1), dueLookMs);
    this.#dueTimer = setTimeout(() => this.#planTurn(), delay);
  }

  /** Decides what is waiting, as far as it is known; the rest is loaded and comes back to the front. */
  #decideQueued(client: Client, draft: Draft): Decided[] | undefined {
    const decided: Decided[] = [];
    const needs = new Needs();
    const unknown: Pending[] = [];
    const now = this.#options.monotonic();
    for (const late of this.#queue.shed(this.#options.batchMax, now)) late.fail(tooMany());
    const taken = this.#queue.takeBatch(this.#options.batchMax, now);
    for (const pending of taken) {
      if (pending.expire(now)) continue;
      const { ledger, command } = pending.request;
      const { asked } = needs;
      addNeeds(needs, draft, pending.absent, ledger, command);
      if (needs.asked > asked) unknown.push(pending);
      else {
        const answer = this.#decide(draft, pending);
        if (answer === undefined) {
          this.#queue.putBack(taken.filter((other) => !other.settled));
          return undefined;
        }
        decided.push({ pending, answer });
      }
    }
    if (unknown.length > 0) this.#load(client, needs, unknown);
    return decided;
  }

  /** A throw is a bug: that command is given up, and its half-written draft with it. */
  #decide(draft: Draft, pending: Pending): LedgerAnswer | undefined {
    try {
      return decideOn(draft, pending.request);
    } catch (error) {
      this.#options.log.fatal(
        { err: error, command: pending.request.command.kind, ...originFields(pending.request) },
        'a decision met a bug',
      );
      pending.fail(new LedgerFault('internal_error', 'the ledger could not decide this'));
      return undefined;
    }
  }

  #load(client: Client, needs: Needs, unknown: readonly Pending[]): void {
    for (const pending of unknown) this.#loading.add(pending);
    loadNeeds(client, this.#state, needs).then(
      (absent) => {
        for (const pending of unknown) {
          pending.absent = pending.absent.size === 0 ? absent : pending.absent.union(absent);
          this.#loading.delete(pending);
        }
        this.putBack(unknown);
      },
      (cause: unknown) =>
        this.#options.log.warn({ cause }, 'a load of the writer failed with its connection'),
    );
  }

  #send(client: Client, draft: Draft, decided: Decided[], due: readonly Due[], startedAt: number): void {
    const { metrics, monotonic, tracing } = this.#options;
    this.#batchNumber += 1;
    const place = {
      epoch: this.#epoch,
      position: this.#state.position,
      batch: this.#batchNumber,
      time: draft.inputs.time,
    };
    const values = batchArguments(place, draft, (name) => ledgerIdIn(draft, name));
    const sentAt = monotonic();
    const [epoch, number] = [this.#epoch, this.#batchNumber];
    const spans = tracing && startBatchSpans(tracing, { decided, number, startedAt });
    const batch: Batch = { epoch, number, draft, decided, due, sentAt, spans };
    this.#state.append(draft);
    this.#inFlight.push(batch);
    this.#lastSentAt = sentAt;
    this.#due.note(draft);
    client.query<Taken>({ ...postBatch, values }).then(
      ({ rows }) => this.#onAnswer(client, batch, rows),
      (error: unknown) => this.#onError(client, batch, error),
    );
    metrics.batchSize.observe(decided.length);
    metrics.decide.observe((sentAt - startedAt) / 1000);
    const oldest = decided[0];
    if (oldest !== undefined) metrics.queueWait.observe((startedAt - oldest.pending.submittedAt) / 1000);
  }

  /** What wrote nothing is answered when the last batch it was decided on is committed. */
  #answerAfterLast(decided: readonly Decided[]): void {
    const last = this.#inFlight.at(-1);
    if (last !== undefined) {
      last.decided.push(...decided);
      return;
    }
    for (const { pending, answer } of decided) pending.answer(answer);
    countAnswers(this.#options.metrics, decided);
  }

  #isCurrent(client: Client, batch: Batch): boolean {
    return client === this.#client && this.#inFlight.includes(batch);
  }

  #onAnswer(client: Client, batch: Batch, taken: readonly Taken[]): void {
    if (!this.#isCurrent(client, batch)) return;
    if (taken.length > 0) {
      endBatchSpans(batch.spans, { fault: 'keys, ids or accounts are taken: decided again' });
      this.#takeBack(batch, 'taken');
      this.#pauseFor(loadTaken(client, this.#state, taken));
      return;
    }
    endBatchSpans(batch.spans, batch.draft);
    this.#inFlight.shift();
    this.#state.commit(batch.draft);
    answerAll(batch);
    countCommit(this.#options.metrics, batch, this.#options.monotonic());
    if (batch.draft.events.length > 0) this.#options.onCommit?.();
    if (batch.draft.position + positionsAhead / 2 > this.#partitionsTo)
      this.#addPartitions(client, batch.draft.position);
    this.#turn();
  }

  #onError(client: Client, batch: Batch, error: unknown): void {
    endBatchSpans(batch.spans, { fault: error });
    if (!this.#isCurrent(client, batch)) return;
    const reaction = error instanceof DatabaseError ? reactionTo(error.code) : 'reconnect';
    this.#options.log.error({ err: error, reaction, commands: batch.decided.length }, 'a batch failed');
    if (reaction === 'reconnect') return void client.end().catch(() => undefined);
    const size = batch.decided.length;
    this.#takeBack(batch, reaction);
    if (reaction === 'narrow' && size > 0) this.#narrow(size);
    else if (reaction !== 'again') this.#pauseFor(this.#probe(client));
    this.#planTurn();
  }

  /** A batch that PostgreSQL refuses is run again in halves; the one that fails alone is given up. */
  #narrow(size: number): void {
    if (size > 1) return this.#queue.halve(size);
    const culprit = this.#queue.shift();
    this.#options.log.fatal(
      { command: culprit?.request.command.kind, ...originFields(culprit?.request ?? {}) },
      'PostgreSQL refuses this command by itself',
    );
    culprit?.fail(new LedgerFault('internal_error', 'the ledger could not record this'));
  }

  /** The disk is full or failing: nothing is written until an empty commit goes through again. */
  async #probe(client: Client): Promise<void> {
    for (;;) {
      for (const pending of this.takeQueue()) {
        pending.fail(new LedgerFault('ledger_unavailable', 'the database can not write now', 5));
      }
      await delay(probeEveryMs);
      try {
        return await beat(client, this.#epoch);
      } catch (error) {
        if (!(error instanceof DatabaseError) || reactionTo(error.code) !== 'hold') throw error;
      }
    }
  }

  #takeBack(batch: Batch, reason: string): void {
    this.#batchNumber = batch.number - 1;
    this.#requeueInFlight();
    this.#state.rollBack();
    this.#options.metrics.rollbacks.inc({ reason });
  }

  #requeueInFlight(): void {
    const batches = this.#inFlight;
    this.#inFlight = [];
    for (const batch of batches) this.#due.putBack(batch.due);
    this.#queue.putBack(batches.flatMap((batch) => batch.decided.map(({ pending }) => pending)));
  }

  /** Nothing is decided until the work is done; it fails only with the connection. */
  #pauseFor(work: Promise<void>): void {
    this.#paused = true;
    const client = this.#client;
    work.then(
      () => {
        if (client !== this.#client) return;
        this.#paused = false;
        this.#planTurn();
      },
      (error: unknown) => {
        this.#options.log.error({ err: error }, 'the writer lost its connection while it was reading');
        if (client === this.#client) client?.end().catch(() => undefined);
      },
    );
  }

  #addPartitions(client: Client, position: number): void {
    this.#partitionsTo = position + positionsAhead;
    ensurePartitions(client, this.#partitionsTo).catch((error: unknown) =>
      this.#options.log.error({ err: error }, 'partitions could not be made ahead'),
    );
  }
}
