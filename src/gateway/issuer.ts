import type { z } from 'zod';
import type { Breaker } from '../runtime/breaker.ts';

const answerMsMax = 5000;

/** The OpenID provider as this process asks it: behind a circuit breaker, with redirects refused. */
export class Issuer {
  /** As its tokens name it; its discovery document says where all else is. */
  readonly address: string;
  readonly breaker: Breaker;

  constructor(address: string, breaker: Breaker) {
    this.address = address;
    this.breaker = breaker;
  }

  /** @throws {Error} where it can't be reached, fails (5xx), or was away a moment ago */
  ask(url: string, init: RequestInit = {}): Promise<Response> {
    return this.breaker.run(async () => {
      const signal = AbortSignal.timeout(answerMsMax);
      const response = await fetch(url, { redirect: 'error', signal, ...init });
      if (response.status >= 500) throw new Error(`the issuer answered ${response.status}`);
      return response;
    });
  }

  /** What its discovery document says. @throws {Error} also where that is of another issuer */
  async discover<Found extends { readonly issuer: string }>(shape: z.ZodType<Found>): Promise<Found> {
    const address = this.#documentAt();
    const found = shape.parse(await (await this.ask(address)).json());
    if (found.issuer !== this.address) throw new Error(`${address} is of the issuer ${found.issuer}`);
    return found;
  }

  /** Resolves where it is there; asks only when it was not. */
  async check(): Promise<void> {
    if (this.breaker.state !== 'closed') await this.ask(this.#documentAt());
  }

  #documentAt(): string {
    return `${this.address.replace(/\/$/, '')}/.well-known/openid-configuration`;
  }
}
