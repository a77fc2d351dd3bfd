/** Least and most milliseconds of a pause, before chance shortens it. */
export interface BackoffBounds {
  readonly msMin: number;
  readonly msMax: number;
}

const usual: BackoffBounds = { msMin: 200, msMax: 30_000 };

/**
 * How long to wait before trying again, in milliseconds: exponential with full jitter, so that those who failed
 * together do not come back together. `failures` counts from 1; `random` is in [0, 1).
 */
export function backoffMs(failures: number, random: () => number, { msMin, msMax } = usual): number {
  return Math.ceil(random() * Math.min(msMax, msMin * 2 ** Math.min(failures, 16)));
}
