import { backoffMs, type BackoffBounds } from '../relay/backoff.ts';

/** How long and how often a delivery is tried. */
export interface RetryPlan {
  /** From the first attempt until it is given up. */
  readonly untilMs: number;
  readonly backoff: BackoffBounds;
  /** In [0, 1). */
  readonly random: () => number;
}

/** An attempt that failed, with what the receiver asked for. */
export interface FailedAttempt {
  /** Since the first attempt of this round, the failed one included. */
  readonly attempts: number;
  /** Since the first attempt of this round began. */
  readonly elapsedMs: number;
  readonly retryAfterMs: number | undefined;
}

/**
 * Milliseconds until the next attempt, or undefined where there is none: exponential with full jitter, not before
 * the receiver wants it, and once more when the time is over.
 */
export function planRetry(
  { untilMs, backoff, random }: RetryPlan,
  { attempts, elapsedMs, retryAfterMs = 0 }: FailedAttempt,
): number | undefined {
  const leftMs = untilMs - elapsedMs;
  if (leftMs <= 0) return undefined;
  return Math.min(leftMs, Math.max(backoffMs(attempts, random, backoff), retryAfterMs));
}

/** `Retry-After` (RFC 9110): seconds, or an HTTP date. @returns milliseconds from now */
export function readRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const time = header.endsWith('GMT') ? Date.parse(header) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}
