import type { Pool } from 'pg';
import { backoffMs } from '../relay/backoff.ts';
import { Sleeper } from '../relay/sleeper.ts';
import { eventFields } from '../runtime/log-fields.ts';
import type { Logger } from '../runtime/log.ts';
import { failSpan, traceparentOf, untraced, type Span, type Tracing } from '../runtime/tracing.ts';
import {
  beginAttempt,
  endAttempt,
  listPending,
  type Attempt,
  type AttemptResult,
  type PendingDelivery,
} from './deliveries.ts';
import { noteFailure, type DisabledReason, type Endpoint } from './endpoints.ts';
import { pickReady } from './pick-ready.ts';
import { planRetry, readRetryAfter, type RetryPlan } from './retry-plan.ts';
import { sendMessage, type Reply } from './send-message.ts';
import { signMessage } from './signature.ts';
import type { TargetRules } from './target.ts';
import type { WebhookMetrics } from './webhook-metrics.ts';

/** Deliveries of one endpoint on their way at once: what a slow one takes of this process. */
const slotsMax = 8;
/** Deliveries held in memory: what is behind these waits for them, also where it shares no account with them. */
const windowMax = 2000;
/** What was asked for elsewhere, or became due, is noticed after this. */
const pollMs = 250;

export interface CourierOptions {
  readonly pool: Pool;
  /** Of the transport in use. */
  readonly partitions: readonly string[];
  readonly rules: TargetRules;
  readonly timeoutMs: number;
  readonly retries: RetryPlan;
  readonly disableAfterMs: number;
  readonly metrics: WebhookMetrics;
  /** Without it nothing is traced. */
  readonly tracing?: Tracing;
  readonly log: Logger;
  readonly now: () => number;
  readonly monotonic: () => number;
  /** Keeps what is given up, before the delivery says so. */
  readonly park: (
    endpointId: string,
    dead: { readonly delivery: PendingDelivery; readonly attempt: Attempt; readonly error: string },
  ) => Promise<void>;
  readonly onDisabled: (endpoint: Endpoint, reason: DisabledReason) => Promise<void>;
}

/**
 * Sends to one endpoint, at most a few at once, those of an account in the order of the log. Endpoints know nothing
 * of each other, so a slow one delays no other.
 */
export class Courier {
  readonly #options: CourierOptions;
  readonly #sleeper = new Sleeper();
  readonly #running = new Map<
    string,
    { readonly delivery: PendingDelivery; readonly end: Promise<void> }
  >();
  #endpoint: Endpoint;
  #waiting: PendingDelivery[] = [];
  /** What ended while the database was asked what waits, with what is to be tried again of it. */
  readonly #endedMeanwhile = new Map<string, PendingDelivery | undefined>();
  #readAt = Number.NEGATIVE_INFINITY;
  #isStopped = false;
  #failures = 0;
  readonly #ended: Promise<void>;

  constructor(options: CourierOptions, endpoint: Endpoint) {
    this.#options = options;
    this.#endpoint = endpoint;
    this.#ended = this.#run();
  }

  /** The endpoint as it is by now. */
  update(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
  }

  wake(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
    this.#sleeper.wake();
  }

  /** Resolves when nothing is on its way any more. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#sleeper.wake();
    return this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#hasStopped()) {
      try {
        await this.#refill();
        this.#startReady();
        this.#failures = 0;
        await this.#sleeper.sleep(pollMs);
      } catch (error) {
        this.#failures += 1;
        this.#options.log.warn(
          { err: error },
          'webhooks could not reach their deliveries; trying again',
        );
        await this.#sleeper.sleep(backoffMs(this.#failures, this.#options.retries.random));
      }
    }
    await Promise.all([...this.#running.values()].map(({ end }) => end));
  }

  #hasStopped(): boolean {
    return this.#isStopped;
  }

  async #refill(): Promise<void> {
    const { pool, partitions, monotonic, now } = this.#options;
    const isStale = monotonic() - this.#readAt >= pollMs;
    if (!isStale) return;
    this.#readAt = monotonic();
    this.#endedMeanwhile.clear();
    const pending = await listPending(pool, this.#endpoint, { partitions, limit: windowMax, now });
    const others = pending.filter(({ id }) => !this.#running.has(id) && !this.#endedMeanwhile.has(id));
    const again = [...this.#endedMeanwhile.values()].filter((delivery) => delivery !== undefined);
    this.#waiting = [...again, ...others];
  }

  #startReady(): void {
    const { now } = this.#options;
    const taken = new Set([...this.#running.values()].flatMap(({ delivery }) => delivery.accounts));
    const ready = pickReady(this.#waiting, taken, now(), slotsMax - this.#running.size);
    if (ready.length === 0) return;
    const started = new Set(ready);
    this.#waiting = this.#waiting.filter((delivery) => !started.has(delivery));
    for (const delivery of ready)
      this.#running.set(delivery.id, { delivery, end: this.#carry(delivery) });
  }

  async #carry(delivery: PendingDelivery): Promise<void> {
    let next: PendingDelivery | undefined;
    try {
      next = await this.#attempt(delivery);
    } catch (error) {
      this.#options.log.warn({ err: error, delivery: delivery.id }, 'a webhook could not be tried');
      next = { ...delivery, dueAt: this.#options.now() + pollMs };
    }
    this.#running.delete(delivery.id);
    this.#endedMeanwhile.set(delivery.id, next);
    // Until the next look at the database it keeps its place before those that share an account with it.
    if (next !== undefined) this.#waiting = [next, ...this.#waiting];
    this.#sleeper.wake();
  }

  /** @returns what waits for another attempt */
  async #attempt(delivery: PendingDelivery): Promise<PendingDelivery | undefined> {
    const { pool, rules, timeoutMs, metrics, monotonic, now } = this.#options;
    const attempt = await beginAttempt(pool, delivery.id);
    if (attempt === undefined) return undefined;
    const startedAt = monotonic();
    const span = this.#startSpan(delivery, attempt);
    const below = span === undefined ? attempt.traceparent : traceparentOf(span);
    const signed = this.#sign(delivery, attempt, below);
    const reply = await sendMessage(signed, { rules, timeoutMs });
    if (span !== undefined) endAttemptSpan(span, reply);
    const durationMs = monotonic() - startedAt;
    const hasArrived = reply.kind === 'answered' && reply.status >= 200 && reply.status < 300;
    metrics.attempts.observe({ outcome: outcomeOf(reply) }, durationMs / 1000);
    if (hasArrived) {
      await endAttempt(pool, attempt, { ...shown(reply), durationMs, state: 'delivered', delayMs: 0 });
      return undefined;
    }
    const delayMs = isTest(delivery) ? undefined : this.#planNext(attempt, durationMs, reply);
    await this.#fail(delivery, attempt, { ...shown(reply), durationMs, ...stateAfter(delayMs) });
    return delayMs === undefined ? undefined : { ...delivery, dueAt: now() + delayMs };
  }

  #startSpan({ messageId }: PendingDelivery, { traceparent, number }: Attempt): Span | undefined {
    const { tracing = untraced } = this.#options;
    // Paths of such URLs are often secrets.
    const host = URL.parse(this.#endpoint.url)?.host ?? '';
    const attributes = {
      'server.address': host,
      'http.request.method': 'POST',
      'ledger.event_id': messageId,
      'ledger.attempt': number,
    };
    return tracing.start('POST webhook', traceparent, { kind: 'client', attributes });
  }

  #sign(
    { messageId: id }: PendingDelivery,
    { startedAt, body, url, secrets }: Attempt,
    traceparent: string | undefined,
  ) {
    const timestamp = Math.floor(startedAt / 1000);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'credit-ledger-webhooks/1',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signMessage(secrets, { id, timestamp, body }),
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    return { url, headers, body };
  }

  #planNext(attempt: Attempt, durationMs: number, reply: Reply): number | undefined {
    const { retries, now } = this.#options;
    const header = reply.kind === 'answered' ? reply.retryAfter : undefined;
    return planRetry(retries, {
      attempts: attempt.inRound,
      elapsedMs: attempt.startedAt - attempt.firstAt + durationMs,
      retryAfterMs: readRetryAfter(header, now()),
    });
  }

  async #fail(delivery: PendingDelivery, attempt: Attempt, result: AttemptResult): Promise<void> {
    const { pool, disableAfterMs, metrics, log, park, onDisabled } = this.#options;
    const { id } = this.#endpoint;
    // Paths of such URLs are often secrets.
    const host = URL.parse(this.#endpoint.url)?.host;
    const error = result.error ?? `it answered ${result.status}`;
    const about = {
      endpoint_id: id,
      host,
      ...eventFields({ eventId: delivery.messageId, traceparent: attempt.traceparent }),
      error,
    };
    if (result.state === 'dead' && !isTest(delivery)) {
      // Before the delivery says so: where this dies in between, the same letter is parked again.
      await park(id, { delivery, attempt, error });
      metrics.dead.inc({ consumer: 'webhooks' });
      log.error(about, 'a webhook was given up');
    }
    await endAttempt(pool, attempt, result);
    if (isTest(delivery)) return;
    log.debug(about, 'a webhook did not arrive');
    const reason = await noteFailure(pool, id, {
      isGone: result.status === 410,
      afterMs: disableAfterMs,
    });
    if (reason === undefined) return;
    metrics.disabled.inc({ reason });
    this.#waiting = [];
    this.#endpoint = { ...this.#endpoint, status: 'DISABLED' };
    log.error({ endpoint_id: id, host, reason }, 'a webhook endpoint was disabled');
    await onDisabled(this.#endpoint, reason);
  }
}

function endAttemptSpan(span: Span, reply: Reply): void {
  if (reply.kind === 'failed') return failSpan(span, reply.error);
  span.setAttribute('http.response.status_code', reply.status);
  if (reply.status >= 400) failSpan(span, `HTTP ${reply.status}`);
  else span.end();
}

function isTest({ position }: PendingDelivery): boolean {
  return position === undefined;
}

function outcomeOf(reply: Reply): string {
  return reply.kind === 'failed' ? 'no_answer' : `${Math.floor(reply.status / 100)}xx`;
}

function shown(reply: Reply): Pick<AttemptResult, 'status' | 'error' | 'response'> {
  if (reply.kind === 'failed') return { status: null, error: reply.error, response: null };
  return { status: reply.status, error: null, response: reply.response };
}

function stateAfter(delayMs: number | undefined): Pick<AttemptResult, 'state' | 'delayMs'> {
  return delayMs === undefined ? { state: 'dead', delayMs: 0 } : { state: 'pending', delayMs };
}
