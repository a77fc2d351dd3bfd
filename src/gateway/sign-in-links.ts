import { hash } from 'node:crypto';
import type { RandomBytes } from './api-keys.ts';

/** Codes of links have a form of their own, so that none is ever looked up as a key. */
const shape = /^cl_once_[\w-]{43}$/;
/** A link that nobody followed is worth nothing after so long. */
const lifeMs = 15 * 60_000;

interface Waiting {
  readonly credential: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Links that sign somebody in once: they live in the memory of this process, as digests, and end with it. */
export class SignInLinks {
  readonly #random: RandomBytes;
  readonly #now: () => number;
  readonly #waiting = new Map<string, Waiting>();

  constructor({ random, now }: { random: RandomBytes; now: () => number }) {
    this.#random = random;
    this.#now = now;
  }

  /** @returns a code that stands for the credential once, for a quarter of an hour */
  issue(credential: string): string {
    const code = `cl_once_${Buffer.from(this.#random(32)).toString('base64url')}`;
    this.#waiting.set(hash('sha256', code), { credential, until: this.#now() + lifeMs });
    return code;
  }

  /** @returns the credential, to the first who asks in time */
  redeem(code: string): string | undefined {
    const digest = hash('sha256', code);
    const found = this.#waiting.get(digest);
    this.#waiting.delete(digest);
    return found === undefined || found.until <= this.#now() ? undefined : found.credential;
  }
}

/** Whether a credential is the code of a link rather than a key or a token. */
export function isLinkCode(credential: string): boolean {
  return shape.test(credential);
}
