import { allScopes, type Scope } from '@credit-ledger/contract/api-keys.ts';
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { z } from 'zod';
import { LedgerFault } from '../ledger/fault.ts';
import type { Issuer } from './issuer.ts';
import { keepKeys } from './kept-keys.ts';

/** Signatures by a key that is not ours to know: never one that is shared, never none. */
const algorithms = ['RS256', 'ES256', 'EdDSA', 'Ed25519'];
const tokenCharactersMax = 8192;
/** Keys are asked for again after this time, and for one that is not known at most this often. */
const jwksAgeMsMax = 600_000;
const jwksPauseMs = 10_000;
/** Clocks differ. */
const toleranceSeconds = 5;
const subjectCharactersMax = 200;

export interface TokenVerifierOptions {
  /** Whose tokens they are; its discovery document says where its keys are. */
  readonly issuer: Issuer;
  readonly audience: string;
  /** Dotted path to the claim that holds scopes, such as `scope` or `realm_access.roles`. */
  readonly scopeClaim: string;
  /** What stands before a scope of ours in it. */
  readonly scopePrefix: string;
  readonly ledgersClaim: string;
}

/** Whose token it is, and what it allows. */
export interface TokenHolder {
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly ledgers: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Whether a credential has the form of a token rather than of a key. */
export function isToken(text: string): boolean {
  return /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(text);
}

/** Verifies tokens (RFC 9068) of one issuer by its published keys. */
export class TokenVerifier {
  readonly #options: TokenVerifierOptions;
  #keys: Promise<JWTVerifyGetKey> | undefined;

  constructor(options: TokenVerifierOptions) {
    this.#options = options;
  }

  /**
   * @returns a word on why the token does not count
   * @throws {LedgerFault} identity_unavailable
   */
  async verify(token: string): Promise<TokenHolder | string> {
    if (token.length > tokenCharactersMax) return 'token too long';
    const { issuer, audience } = this.#options;
    try {
      const { payload } = await jwtVerify(token, await this.#findKeys(), {
        issuer: issuer.address,
        audience,
        algorithms,
        clockTolerance: toleranceSeconds,
        requiredClaims: ['exp', 'sub'],
      });
      return this.#read(payload);
    } catch (error) {
      return reasonOf(error);
    }
  }

  #read(payload: JWTPayload): TokenHolder | string {
    const { scopeClaim, scopePrefix, ledgersClaim } = this.#options;
    const { sub = '', exp = 0 } = payload;
    if (sub === '' || sub.length > subjectCharactersMax) return 'no usable subject';
    const granted = new Set(wordsOf(payload, scopeClaim));
    const scopes = allScopes.filter((scope) => granted.has(scopePrefix + scope));
    const ledgers = wordsOf(payload, ledgersClaim);
    if (scopes.length === 0 || ledgers.length === 0) return 'no scope or no ledger';
    return { subject: sub, scopes, ledgers, expiresAt: exp * 1000 };
  }

  /** Asked for when the first token comes; what failed is asked for again. */
  #findKeys(): Promise<JWTVerifyGetKey> {
    this.#keys ??= discoverKeys(this.#options.issuer).catch((error: unknown) => {
      this.#keys = undefined;
      throw identityAway(error);
    });
    return this.#keys;
  }
}

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

async function discoverKeys(issuer: Issuer): Promise<JWTVerifyGetKey> {
  const keys = new URL((await issuer.discover(discovery)).jwks_uri);
  const { protocol } = new URL(issuer.address);
  if (protocol === 'https:' && keys.protocol !== 'https:') throw new Error(`${keys.href} is not https`);
  const published = createRemoteJWKSet(keys, {
    cacheMaxAge: jwksAgeMsMax,
    cooldownDuration: jwksPauseMs,
    [customFetch]: (url, init) => issuer.ask(url, init),
  });
  return keepKeys(published);
}

/** Words of a claim: an array of them, or text with spaces between. */
function wordsOf(payload: JWTPayload, path: string): string[] {
  let value: unknown = payload;
  for (const part of path.split('.'))
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? Reflect.get(value, part)
        : undefined;
  if (typeof value === 'string') return value.split(' ').filter((word) => word !== '');
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
}

/** What is wrong with the token; a provider that can't be asked is not the token's fault. */
function reasonOf(error: unknown): string {
  if (error instanceof LedgerFault) throw error;
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid)
    throw identityAway(error);
  if (error instanceof errors.JWTClaimValidationFailed) return `token: ${error.claim} ${error.reason}`;
  if (error instanceof errors.JWTExpired) return 'token expired';
  if (error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC')
    return `token: ${error.code}`;
  throw identityAway(error);
}

function identityAway(cause: unknown): LedgerFault {
  const detail = 'the identity provider can not be asked for its keys now';
  return new LedgerFault('identity_unavailable', detail, 2, { cause });
}
