import { Redis, type Result } from 'ioredis';
import type { Breaker } from '../runtime/breaker.ts';
import type { Logger } from '../runtime/log.ts';

/** Redis is there to be faster: what takes longer than this is not worth waiting for. */
const answerMsMax = 100;
const reconnectMs = 500;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    takeFromBucket(key: string, eachMs: number, sizeMs: number): Result<[number, string], Context>;
  }
}

/** The same as `takeFromBucket` of rate-limit.ts, by Redis's clock. Answers whether, and what is missing in ms. */
const takeFromBucket = `
local time = redis.call('time')
local now = time[1] * 1000 + time[2] / 1000
local each, size = tonumber(ARGV[1]), tonumber(ARGV[2])
local missing = math.max(tonumber(redis.call('get', KEYS[1]) or '0'), now) + each - now
if missing > size + 0.001 then return {0, tostring(missing)} end
redis.call('set', KEYS[1], string.format('%.6f', now + missing), 'px', math.ceil(size) + 1000)
return {1, tostring(missing)}`;

export interface RedisOptions {
  readonly url: string;
  readonly breaker: Breaker;
  readonly log: Logger;
}

/** A Redis that may be away at any time: then nothing is asked of it. */
export class SharedMemory {
  readonly #client: Redis;
  readonly breaker: Breaker;

  constructor({ url, breaker, log }: RedisOptions) {
    this.breaker = breaker;
    this.#client = new Redis(url, {
      commandTimeout: answerMsMax,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => reconnectMs,
      scripts: { takeFromBucket: { lua: takeFromBucket, numberOfKeys: 1 } },
    });
    let isKnownAway = false;
    this.#client.on('error', (error) => {
      if (!isKnownAway) log.warn({ err: error }, 'Redis is away; requests are answered without it');
      isKnownAway = true;
    });
    this.#client.on('ready', () => {
      if (isKnownAway) log.info('Redis is back');
      isKnownAway = false;
    });
  }

  get isReady(): boolean {
    return this.#client.status === 'ready';
  }

  /** @returns what Redis answers, undefined where it is away */
  async ask<T>(work: (client: Redis) => Promise<T>): Promise<T | undefined> {
    if (!this.isReady) return undefined;
    try {
      return await this.breaker.run(() => work(this.#client));
    } catch {
      return undefined;
    }
  }

  close(): void {
    this.#client.disconnect();
  }
}
