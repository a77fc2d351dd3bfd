import type { LoggedEvent } from '../ledger/event-log.ts';
import { readEvents } from '../ledger/event-log.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import { wasNotTried, type Breaker } from '../runtime/breaker.ts';
import type { Logger } from '../runtime/log.ts';
import { backoffMs } from './backoff.ts';
import { noteFault, readCursor, readLogAt, saveCursor, type Cursor } from './cursor.ts';
import { dropLease, leaseSeconds, takeLease, type Lease } from './lease.ts';
import type { RelayMetrics } from './relay-metrics.ts';
import { holdsSent } from './sent-events.ts';
import { Sleeper } from './sleeper.ts';
import type { Publisher, Transport } from './transport/transport.ts';

/** Nobody tells a process of another one's commits, so it looks this often. */
const pollMs = 50;
/** Events sent at once: a broker's answer takes as long for many as for few. */
const pageMax = 5000;
/** And at most so many bytes of them, so that what falls to one partition is not too large for it. */
const pageBytesMax = 2 * 1024 * 1024;
/** A process that waits for its turn asks this often. */
const turnMs = 500;
/** Watermarks come at most this often while there is load, and less often while there is more than can be sent. */
const watermarkMs = 100;
const watermarkBehindMs = 1000;
/** With so many events waiting the relay is behind. */
const behindMin = pageMax / 2;
const pauseMsMax = 2000;

export interface RelayOptions {
  /** The ledger's database. */
  readonly db: Queryable;
  /** The transport's name: one cursor and one active relay for each. */
  readonly name: string;
  readonly openPublisher: () => Promise<Publisher>;
  readonly lastSent: Transport['lastSent'];
  readonly breaker: Breaker;
  readonly log: Logger;
  readonly metrics: RelayMetrics;
  /** Milliseconds since 1970, to compare with the times of events. */
  readonly now: () => number;
  readonly monotonic: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** A new UUID at each call. */
  readonly mintId: () => string;
}

export type RelayRole = 'standby' | 'sending' | 'halted' | 'stopped';

/** The log is not the one that was published. What to do about it is not for a program to decide. */
export class LogWentBack extends Error {
  override readonly name = 'LogWentBack';
}

/**
 * Sends the log to a broker, event after event, by one process at a time:
 *
 *   standby ─▶ (lease is ours) ─▶ read the cursor, compare it with the log ─▶ sending: read a page after the
 *   cursor, publish it, save the cursor, once more ─▶ (any doubt, or the lease is gone) ─▶ standby
 *
 * The cursor follows the confirmation, so whatever happens in between is sent again and never left out. After any
 * fault the publisher is closed and another one begins from the cursor.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #lease: Lease;
  readonly #sleeper = new Sleeper();
  #running: Promise<void> = Promise.resolve();
  #role: RelayRole = 'standby';
  #failures = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#lease = { name: `relay:${options.name}`, holder: options.mintId() };
  }

  start(): void {
    this.#running = this.#run();
  }

  get breaker(): Breaker {
    return this.#options.breaker;
  }

  get role(): RelayRole {
    return this.#role;
  }

  /** Says that new events may be there. */
  wake(): void {
    if (this.#role === 'sending') this.#sleeper.wake();
  }

  /** Finishes the page on its way and gives the turn to the next one. */
  async stop(): Promise<void> {
    this.#role = 'stopped';
    this.#sleeper.wake();
    await this.#running;
  }

  #isStopped(): boolean {
    return this.#role === 'stopped';
  }

  async #run(): Promise<void> {
    while (!this.#isStopped()) {
      try {
        if (await takeLease(this.#options.db, this.#lease)) await this.#serveTurn();
        else await this.#awaitTurn();
      } catch (error) {
        await this.#onFault(error);
      }
    }
    await dropLease(this.#options.db, this.#lease).catch(() => undefined);
  }

  /** What is unpublished is the matter of whoever has the turn. */
  async #awaitTurn(): Promise<void> {
    this.#options.metrics.oldest(undefined);
    await this.#sleeper.sleep(turnMs);
  }

  async #onFault(fault: unknown): Promise<void> {
    if (this.#isStopped()) return;
    const { log, db, name, random, metrics } = this.#options;
    const isHalt = fault instanceof LogWentBack;
    if (isHalt) log.fatal({ err: fault }, 'the relay halts: the log is not the one that was published');
    else if (!wasNotTried(fault))
      log.warn({ err: fault }, 'publishing failed; it goes on from the cursor');
    this.#role = isHalt ? 'halted' : 'standby';
    this.#failures += 1;
    metrics.failed();
    const text = fault instanceof Error ? fault.message : String(fault);
    if (!wasNotTried(fault)) await noteFault(db, name, text, isHalt).catch(() => undefined);
    const pause = Math.min(backoffMs(this.#failures, random), pauseMsMax);
    await this.#sleeper.sleep(isHalt ? leaseSeconds * 1000 : pause);
  }

  /** While the lease is ours. The lease is lengthened also while the broker makes us wait. */
  async #serveTurn(): Promise<void> {
    const { db, name, openPublisher, breaker, metrics } = this.#options;
    const cursor = await readCursor(db, name);
    await this.#compare(cursor);
    metrics.oldest((await readEvents(db, cursor.position, 1))[0]?.recordedAt);
    const timer = setInterval(
      () => void takeLease(db, this.#lease).catch(() => undefined),
      leaseSeconds * 300,
    );
    let publisher: Publisher | undefined;
    try {
      publisher = await breaker.run(openPublisher);
      await this.#compareWithBroker();
      if (!this.#isStopped()) this.#role = 'sending';
      await this.#send(publisher, cursor);
    } finally {
      clearInterval(timer);
      await publisher?.close();
      if (!this.#isStopped()) this.#role = 'standby';
    }
  }

  /** A log that ends before what was published, or has other events there, was set back or replaced. */
  async #compare({ position, epoch }: Cursor): Promise<void> {
    const { headPosition, headEpoch, epochAt } = await readLogAt(this.#options.db, position);
    if (headPosition < position)
      throw new LogWentBack(`the log ends at ${headPosition}, ${position} was published`);
    if (headEpoch < epoch)
      throw new LogWentBack(`the log is in epoch ${headEpoch}, ${epoch} was published`);
    if (epochAt !== undefined && epochAt !== epoch)
      throw new LogWentBack(
        `position ${position} is of epoch ${epochAt}, that of ${epoch} was published`,
      );
  }

  /** A broker that was away when the ledger was started could not be asked then. */
  async #compareWithBroker(): Promise<void> {
    const { db, lastSent, name, breaker } = this.#options;
    const sent = lastSent === undefined ? undefined : await breaker.run(lastSent);
    if (sent === undefined || (await holdsSent(db, sent))) return;
    throw new LogWentBack(
      `the broker (${name}) has events up to ${sent.position} that the log does not hold`,
    );
  }

  /** Page after page; the next one is read while one is on its way. Returns when the lease is gone. */
  async #send(publisher: Publisher, from: Cursor): Promise<void> {
    const { db, metrics, breaker } = this.#options;
    const watermarks = new Watermarks(publisher, this.#options.monotonic);
    let cursor = from;
    let page = await this.#read(cursor.position);
    while (!this.#isStopped()) {
      const last = page.at(-1);
      if (last === undefined) {
        metrics.oldest(undefined);
        await breaker.run(() => watermarks.advance(cursor.position, watermarkMs));
        await this.#sleeper.sleep(pollMs);
        page = await this.#read(cursor.position);
        continue;
      }
      metrics.oldest(page[0]?.recordedAt);
      const [next] = await Promise.all([this.#read(last.position), this.#publish(publisher, page)]);
      cursor = { position: last.position, epoch: last.epoch };
      if (!(await saveCursor(db, this.#lease, this.#options.name, cursor))) return;
      this.#failures = 0;
      const pauseMs = next.length < behindMin ? watermarkMs : watermarkBehindMs;
      await breaker.run(() => watermarks.advance(cursor.position, pauseMs));
      page = next;
    }
  }

  /** The next page, which has to follow without a gap. */
  async #read(after: number): Promise<LoggedEvent[]> {
    const page = cutPage(await readEvents(this.#options.db, after, pageMax));
    const first = page[0]?.position ?? after + 1;
    if (first !== after + 1)
      throw new LogWentBack(`the log goes on at ${first}, ${after} was published`);
    return page;
  }

  async #publish(publisher: Publisher, page: readonly LoggedEvent[]): Promise<void> {
    const { breaker, now, metrics } = this.#options;
    await breaker.run(() => publisher.publish(page));
    metrics.published(page.length);
    const at = now();
    for (const { recordedAt } of page) metrics.latency(Math.max(0, at - recordedAt) / 1000);
  }
}

/** The first events of a page, as many as may be sent at once; at least one. */
function cutPage(page: LoggedEvent[]): LoggedEvent[] {
  let bytes = 0;
  const end = page.findIndex((event, index) => {
    bytes += event.payload.length;
    return index > 0 && bytes > pageBytesMax;
  });
  return end === -1 ? page : page.slice(0, end);
}

/** Tells every partition how far the log was sent, at most every so often; the last one is never left out. */
class Watermarks {
  readonly #publisher: Publisher;
  readonly #monotonic: () => number;
  #sent = -1;
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(publisher: Publisher, monotonic: () => number) {
    this.#publisher = publisher;
    this.#monotonic = monotonic;
  }

  async advance(position: number, pauseMs: number): Promise<void> {
    if (position === this.#sent || this.#monotonic() - this.#sentAt < pauseMs) return;
    await this.#publisher.watermark(position);
    this.#sent = position;
    this.#sentAt = this.#monotonic();
  }
}
