import type { AuditEntry } from './audit-row.ts';
import {
  RefusedCredentials,
  toEntry,
  type RefusedCredential,
  type Tally,
} from './refused-credentials.ts';

/** The first refused credential is written after so long, further ones at most once a minute. */
const firstMs = 1000;
const everyMs = 60_000;
/** Rows in one write. */
const rowsMax = 500;

export interface AuditRecorderOptions {
  /** Writes rows at the end of the log, all or none. */
  readonly append: (entries: readonly AuditEntry[]) => Promise<void>;
  readonly warn: (facts: object, message: string) => void;
  readonly monotonicMs: () => number;
}

interface Waiting {
  readonly entry: AuditEntry;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes the audit log of one process: one write at a time, which takes all that wait. Actions wait for it;
 * refused credentials are counted and written later.
 */
export class AuditRecorder {
  readonly #options: AuditRecorderOptions;
  readonly #refused = new RefusedCredentials();
  #queue: Waiting[] = [];
  #isWriting = false;
  #timer: NodeJS.Timeout | undefined;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(options: AuditRecorderOptions) {
    this.#options = options;
  }

  /** Resolves when the entry is written down for good. */
  record(entry: AuditEntry): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#queue.push({ entry, resolve, reject });
    if (!this.#isWriting) void this.#write();
    return promise;
  }

  /** The action is done: a log that can't be written now keeps nobody from its answer. */
  async recordEnd(entry: AuditEntry): Promise<void> {
    try {
      await this.record(entry);
    } catch (error) {
      const { action, actor, requestId, outcome, status } = entry;
      const end = { action, actor, request_id: requestId, outcome, status };
      this.#options.warn(
        { err: error, ...end },
        'the end of an action could not be written to the audit log',
      );
    }
  }

  noteRefused(refused: RefusedCredential): void {
    const isFirst = this.#refused.isEmpty;
    this.#refused.add(refused);
    if (isFirst) this.#plan();
  }

  /** Writes what was counted. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writeRefused();
  }

  #plan(): void {
    const ms = Math.max(firstMs, this.#writtenAt + everyMs - this.#options.monotonicMs());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#writeRefused(), ms).unref();
  }

  async #writeRefused(): Promise<void> {
    this.#writtenAt = this.#options.monotonicMs();
    await Promise.all(this.#refused.take().map((tally) => this.#writeTally(tally)));
  }

  /** What can't be written now is counted again. */
  async #writeTally(tally: Tally): Promise<void> {
    try {
      await this.record(toEntry(tally));
    } catch (error) {
      this.#options.warn({ err: error }, 'refused credentials could not be written to the audit log');
      if (this.#refused.isEmpty) this.#plan();
      this.#refused.add(tally.first, tally.count);
    }
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, rowsMax);
      try {
        await this.#options.append(batch.map(({ entry }) => entry));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isWriting = false;
  }
}
