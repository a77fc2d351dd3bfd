/** What one request may cost. Sizes are bytes, times milliseconds. */
export const limits = {
  body: 1024 * 1024,
  /** The body of a batch. */
  batchBody: 8 * 1024 * 1024,
  headers: 16 * 1024,
  headerCount: 100,
  /** A read of 1,000 balances names 1,000 ids. */
  address: 40 * 1024,
  /** `ext:` and 255 characters of four bytes, each percent-encoded. */
  pathPart: 4 + 255 * 4 * 3,
  headersMs: 10_000,
  /** Headers and body together. */
  requestMs: 30_000,
  keepAliveMs: 72_000,
  /** A server that stops tells its clients so until none has asked for so long, or for the longest time. */
  drainMs: 100,
  drainMsMax: 2000,
  slowRequestMs: 500,
  freshnessWaitMs: 2000,
  /** Live feeds of one process. */
  feeds: 1000,
  /** An idle feed shows that it lives. */
  feedBeatMs: 15_000,
  /** A feed looks this often whether its key still counts. */
  feedCheckMs: 2000,
  /** A client that takes nothing for so long is cut off; it resumes where it was. */
  feedStalledMs: 30_000,
  /** What a feed may still take when its server stops. */
  feedDrainMs: 1000,
} as const;
