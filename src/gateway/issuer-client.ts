import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Issuer } from './issuer.ts';

/** How the console signs people in with an issuer: as a client that is registered there. */
export interface IssuerOptions {
  readonly issuer: Issuer;
  readonly clientId: string;
  /** Without it the client is a public one. */
  readonly clientSecret: string | undefined;
  /** What is asked for, with spaces between. */
  readonly scope: string;
}

const discovery = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url({ protocol: /^https?$/ }),
  token_endpoint: z.url({ protocol: /^https?$/ }),
});
const tokens = z.object({ access_token: z.string().min(1) });

type Endpoints = z.infer<typeof discovery>;

/** Gets tokens by authorization code with PKCE (RFC 6749, 7636, 9700). What the tokens are worth is for others to say. */
export class IssuerClient {
  readonly #options: IssuerOptions;
  #endpoints: Promise<Endpoints> | undefined;

  constructor(options: IssuerOptions) {
    this.#options = options;
  }

  get issuer(): string {
    return this.#options.issuer.address;
  }

  /** Where a browser is sent to. @param verifier 43 or more random characters, which stay here */
  async addressFor(verifier: string, state: string, redirectUri: string): Promise<string> {
    const { authorization_endpoint: endpoint } = await this.#discover();
    const address = new URL(endpoint);
    const query = {
      response_type: 'code',
      client_id: this.#options.clientId,
      redirect_uri: redirectUri,
      scope: this.#options.scope,
      state,
      code_challenge: hash('sha256', verifier, 'base64url'),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    return address.href;
  }

  /** @returns the access token that the code stands for. @throws {Error} where the issuer gives none */
  async redeem(code: string, verifier: string, redirectUri: string): Promise<string> {
    const { token_endpoint: endpoint } = await this.#discover();
    const { issuer, clientId, clientSecret } = this.#options;
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      client_id: clientId,
      code_verifier: verifier,
      ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
    });
    const response = await issuer.ask(endpoint, { method: 'POST', body });
    if (!response.ok) throw new Error(`the issuer answered ${response.status}`);
    return tokens.parse(await response.json()).access_token;
  }

  /** Asked for when somebody first signs in; what failed is asked for again. */
  #discover(): Promise<Endpoints> {
    this.#endpoints ??= this.#options.issuer.discover(discovery).catch((error: unknown) => {
      this.#endpoints = undefined;
      throw error;
    });
    return this.#endpoints;
  }
}
