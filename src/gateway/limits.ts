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
  /** While a server that stops tells its clients so. */
  drainMs: 100,
  slowRequestMs: 500,
  freshnessWaitMs: 2000,
} as const;
