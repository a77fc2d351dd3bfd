import { LedgerFault } from '../ledger/fault.ts';

/** A queue that was not empty for so long, and to which more came just now, shows more than a burst. */
const standingMs = 2000;
const arrivalMs = 100;
/** What a request waits at most: where the queue stands, and in a burst. */
const standingPatienceMs = 2000;
const patienceMs = 10_000;
const sweepMs = 50;
const idleSweepsMin = 3;
/** One in so many is timed. */
const timedEvery = 16;
/** What the average of times forgets with each. */
const forgetting = 0.05;
const freshMsMin = 5;

interface Waiting {
  readonly since: number;
  readonly admit: () => void;
  readonly refuse: (fault: LedgerFault) => void;
}

/** What one key has under way, and what waits of it. */
export class Lane {
  running = 0;
  readonly waiting: Waiting[] = [];
}

export interface AdmissionOptions {
  /** Requests that are carried out at once. */
  readonly runningMax: number;
  /** Of one key. */
  readonly laneMax: number;
  /** Requests that wait at most. */
  readonly waitingMax: number;
  readonly monotonicMs: () => number;
}

/**
 * Lets only as many requests be carried out at once as make the most of the machine. Others wait: by turns of their
 * keys, so that one key can't keep another out; of one key first come, first served in a burst, but the newest first
 * while the queue stands (adaptive LIFO, as in Facebook's "Fail at Scale", ACM Queue 13-8, 2015). There whoever has
 * waited for longer than half of what a request takes has no turn any more while the machine is busy, so that what is
 * carried out stays fast. It is refused with 503 `overloaded`, and while the machine is busy not before two seconds have
 * gone: a client that asks again at once would else cost more than it does by waiting.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  #running = 0;
  #waiting = 0;
  /** Keys that have requests waiting; the next turn is the first one's. */
  #lanes: Lane[] = [];
  #standsSince = 0;
  #arrivedAt = 0;
  #sweep: NodeJS.Timeout | undefined;
  #idleSweeps = 0;
  #count = 0;
  #usualMs = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** @returns undefined where there is room at once. @throws {LedgerFault} overloaded */
  enter(lane: Lane): Promise<void> | undefined {
    const { runningMax, laneMax, waitingMax } = this.#options;
    if (this.#running < runningMax && lane.running < laneMax) {
      this.#begin(lane);
      return undefined;
    }
    if (this.#waiting >= waitingMax) throw overloaded();
    return this.#wait(lane);
  }

  /** When the request that just came in did so, where it is one that is timed; for `leave`. */
  time(): number | undefined {
    this.#count += 1;
    return this.#count % timedEvery === 0 ? this.#options.monotonicMs() : undefined;
  }

  /** @param since what `time` gave */
  leave(lane: Lane, since?: number): void {
    if (since !== undefined)
      this.#usualMs += forgetting * (this.#options.monotonicMs() - since - this.#usualMs);
    this.#running -= 1;
    lane.running -= 1;
    this.#admitNext();
  }

  #wait(lane: Lane): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const since = this.#options.monotonicMs();
    if (this.#waiting === 0) this.#standsSince = since;
    this.#arrivedAt = since;
    if (lane.waiting.length === 0) this.#lanes.push(lane);
    lane.waiting.push({ since, admit: resolve, refuse: reject });
    this.#waiting += 1;
    this.#sweep ??= setInterval(() => this.#refuseLate(), sweepMs).unref();
    return promise;
  }

  #begin(lane: Lane): void {
    this.#running += 1;
    lane.running += 1;
  }

  /** The next turn is that of the first key that may have more under way. */
  #admitNext(): void {
    const { runningMax, laneMax } = this.#options;
    const now = this.#options.monotonicMs();
    while (this.#running < runningMax && this.#waiting > 0) {
      const index = this.#lanes.findIndex((lane) => lane.running < laneMax && this.#hasTurn(lane, now));
      const lane = this.#lanes[index];
      const next = lane === undefined ? undefined : this.#take(lane, now);
      if (lane === undefined || next === undefined) return;
      this.#lanes.splice(index, 1);
      if (lane.waiting.length > 0) this.#lanes.push(lane);
      this.#begin(lane);
      next.admit();
    }
  }

  #hasTurn({ waiting }: Lane, now: number): boolean {
    if (!this.#isStanding(now)) return true;
    const newest = waiting.at(-1);
    return newest !== undefined && now - newest.since <= Math.max(freshMsMin, this.#usualMs / 2);
  }

  #take(lane: Lane, now: number): Waiting | undefined {
    const next = this.#isStanding(now) ? lane.waiting.pop() : lane.waiting.shift();
    if (next !== undefined) this.#waiting -= 1;
    return next;
  }

  /**
   * Where the machine is no longer busy, everybody has a turn again. Requests end together, with their batch, so that
   * little is under way for a moment now and then.
   */
  #lookForIdleness(now: number): void {
    const isIdle = this.#running < this.#options.runningMax / 2;
    this.#idleSweeps = isIdle ? this.#idleSweeps + 1 : 0;
    if (this.#idleSweeps < idleSweepsMin) return;
    this.#standsSince = now;
    this.#admitNext();
  }

  #isStanding(now: number): boolean {
    return now - this.#standsSince > standingMs && now - this.#arrivedAt < arrivalMs;
  }

  #refuseLate(): void {
    const now = this.#options.monotonicMs();
    this.#lookForIdleness(now);
    const since = now - (this.#isStanding(now) ? standingPatienceMs : patienceMs);
    for (const lane of this.#lanes) {
      const fresh = lane.waiting.findIndex((waiting) => waiting.since > since);
      const late = lane.waiting.splice(0, fresh === -1 ? lane.waiting.length : fresh);
      this.#waiting -= late.length;
      for (const { refuse } of late) refuse(overloaded());
    }
    this.#lanes = this.#lanes.filter(({ waiting }) => waiting.length > 0);
    if (this.#waiting > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}

function overloaded(): LedgerFault {
  return new LedgerFault('overloaded', 'too many requests are being carried out: come back later');
}
