import type { SharedMemory } from './redis.ts';

/** What a key may do: as many requests at once as in a second. */
export interface RateState {
  readonly perSecond: number;
  readonly remaining: number;
  /** Until the bucket is full again, or until there is room where there is none. */
  readonly resetMs: number;
  readonly isAllowed: boolean;
}

/**
 * Takes one request from the key's bucket, which holds those of a second. Kept as one time, the one at which the
 * bucket is full again (the generic cell rate algorithm of ITU-T I.371): nothing is counted down.
 * @param now milliseconds of the clock that `usage.fullAt` is of
 */
export function takeFromBucket(usage: { fullAt: number }, perSecond: number, now: number): RateState {
  const eachMs = 1000 / perSecond;
  const fullAt = Math.max(usage.fullAt, now) + eachMs;
  const missing = fullAt - now;
  // One request always has room, also where a second holds less than one.
  const sizeMs = Math.max(1000, eachMs);
  if (missing > sizeMs + 1e-6)
    return { perSecond, remaining: 0, resetMs: missing - sizeMs, isAllowed: false };
  usage.fullAt = fullAt;
  const remaining = Math.floor((sizeMs - missing) / eachMs + 1e-6);
  return { perSecond, remaining, resetMs: missing, isAllowed: true };
}

/** As draft-ietf-httpapi-ratelimit-headers-10 writes it; seconds are rounded up. */
export function rateHeaders({ perSecond, remaining, resetMs }: RateState): Record<string, string> {
  return {
    'ratelimit-policy': `"key";q=${perSecond};w=1`,
    ratelimit: `"key";r=${remaining};t=${Math.ceil(resetMs / 1000)}`,
  };
}

/** Where a bucket is kept, and how it is taken from. */
export interface RateLimits {
  readonly take: (
    key: { readonly keyId: string; readonly usage: { fullAt: number }; readonly perSecond: number },
    now: number,
  ) => RateState | Promise<RateState>;
}

/** Each gateway for itself. */
export const localRates: RateLimits = {
  take: ({ usage, perSecond }, now) => takeFromBucket(usage, perSecond, now),
};

/**
 * All gateways together, where Redis is there to be asked; else each for itself.
 * @param prefix tells the keys of different databases apart
 */
export function createSharedRates(redis: Pick<SharedMemory, 'ask'>, prefix: string): RateLimits {
  return {
    take: async (key, now) => {
      const { perSecond } = key;
      const eachMs = 1000 / perSecond;
      const sizeMs = Math.max(1000, eachMs);
      const name = `${prefix}:rate:${key.keyId}`;
      const found = await redis.ask((client) => client.takeFromBucket(name, eachMs, sizeMs));
      if (found === undefined) return localRates.take(key, now);
      const missing = Number(found[1]);
      if (found[0] === 0)
        return { perSecond, remaining: 0, resetMs: missing - sizeMs, isAllowed: false };
      const remaining = Math.floor((sizeMs - missing) / eachMs + 1e-3);
      return { perSecond, remaining, resetMs: missing, isAllowed: true };
    },
  };
}
