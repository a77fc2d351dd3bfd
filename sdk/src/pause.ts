/** @returns after so long; rejects with the signal's reason as soon as it is aborted. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

const firstMs = 100;
const longestMs = 10_000;

/**
 * How long to wait before the next try: full jitter (any time up to a limit that doubles with each try), and never
 * less than the server asked for.
 * @param attempts how often it was tried, 1 or more; @param random from 0 to below 1
 */
export function backoffMs(attempts: number, retryAfterMs: number, random: number): number {
  return retryAfterMs + random * Math.min(longestMs, firstMs * 2 ** attempts);
}
