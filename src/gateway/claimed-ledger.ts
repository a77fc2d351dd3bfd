import { createHmac, timingSafeEqual } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Ledger, LedgerAnswer, LedgerRequest } from '../ledger/commands.ts';
import { readAnswer, writeAnswer } from '../ledger/forwarding.ts';
import { keyDigest } from '../ledger/key-digest.ts';
import type { SharedMemory } from './redis.ts';

/** A claim that nobody answers is left to the ledger after this time. */
const claimMs = 2000;
const pollMs = 20;
/** Finished answers are kept for as long as a storm of retries may last. */
const keptMs = 60_000;
const claimed = Buffer.from('claimed');
const signatureBytes = 32;

export interface ClaimedLedgerOptions {
  readonly ledger: Ledger;
  readonly redis: Pick<SharedMemory, 'ask'>;
  /** Tells the ledgers of different databases apart. */
  readonly prefix: string;
  /** Signs what is kept: whoever can write to Redis can't make answers up. */
  readonly token: string;
  readonly monotonicMs: () => number;
}

/**
 * The ledger behind a claim on the idempotency key: of requests with one key, that come to any gateway, the first is
 * sent to the ledger and the others wait for its answer, which is kept for a while. All of it only saves the
 * ledger work: what Redis does not know, or is too slow to say, the ledger decides.
 */
export class ClaimedLedger implements Ledger {
  readonly #options: ClaimedLedgerOptions;

  constructor(options: ClaimedLedgerOptions) {
    this.#options = options;
  }

  async submit(request: LedgerRequest): Promise<LedgerAnswer> {
    const { ledger, prefix } = this.#options;
    if (request.key === undefined) return ledger.submit(request);
    const name = `${prefix}:key:${keyDigest('key', request.ledger, request.key)}`;
    const found = await this.#claim(name);
    if (found === undefined) return ledger.submit(request);
    if (found === null) return this.#answer(name, request);
    const kept = found.equals(claimed) ? await this.#awaitAnswer(name) : found;
    const answer = kept === undefined ? undefined : this.#read(kept, request);
    return answer ?? ledger.submit(request);
  }

  /** @returns null where the claim is ours, else what is there; undefined where Redis is away */
  #claim(name: string): Promise<Buffer | null | undefined> {
    return this.#options.redis.ask((client) =>
      client.callBuffer('set', name, claimed, 'NX', 'GET', 'PX', claimMs).then(toBytes),
    );
  }

  async #answer(name: string, request: LedgerRequest): Promise<LedgerAnswer> {
    const { ledger, redis } = this.#options;
    try {
      const answer = await ledger.submit(request);
      const bytes = this.#sign(writeAnswer(request.fingerprint, answer));
      void redis.ask((client) => client.set(name, bytes, 'PX', keptMs));
      return answer;
    } catch (fault) {
      // Whoever waits goes to the ledger, which may be back by then.
      void redis.ask((client) => client.del(name));
      throw fault;
    }
  }

  /** Undefined where the claim was given up, or has not been answered in time. */
  async #awaitAnswer(name: string): Promise<Buffer | undefined> {
    const { redis, monotonicMs } = this.#options;
    const until = monotonicMs() + claimMs;
    while (monotonicMs() < until) {
      await pause(pollMs);
      const found = await redis.ask((client) => client.getBuffer(name));
      if (found === undefined || found === null) return undefined;
      if (!found.equals(claimed)) return found;
    }
    return undefined;
  }

  /** Undefined where it is the answer to another request, or none of ours. */
  #read(signed: Buffer, { fingerprint }: LedgerRequest): LedgerAnswer | undefined {
    const bytes = signed.subarray(signatureBytes);
    if (
      signed.length <= signatureBytes ||
      !timingSafeEqual(this.#signatureOf(bytes), signed.subarray(0, signatureBytes))
    )
      return undefined;
    const answer = readAnswer(fingerprint, bytes);
    return answer === undefined ? undefined : { ...answer, replayed: true };
  }

  #sign(bytes: Buffer): Buffer {
    return Buffer.concat([this.#signatureOf(bytes), bytes]);
  }

  #signatureOf(bytes: Buffer): Buffer {
    return createHmac('sha256', this.#options.token).update(bytes).digest();
  }
}

function toBytes(found: unknown): Buffer | null {
  return Buffer.isBuffer(found) ? found : null;
}
