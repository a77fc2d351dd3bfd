import type { IncomingHttpHeaders } from 'node:http';
import type { Operation } from '@credit-ledger/contract/routes.ts';
import type { RandomBytes } from './api-keys.ts';
import { CredentialRefused, RequestError } from './request-error.ts';
import { openSession, sealingKeyOf, sealSession, type Session } from './session-cookie.ts';
import { isLinkCode, type SignInLinks } from './sign-in-links.ts';

/** A session ends after so long, however busy it is: whoever took its cookie has it no longer. */
const lifeMs = 12 * 3_600_000;
/** Browsers keep cookies of at most 4,096 bytes. */
const cookieBytesMax = 3900;
/** Only a page of this server can send it: a form can't, and CORS lets no other page. */
const pageHeader = 'console-request';

/** A cookie of this name counts from the host that set it, over HTTPS, and from nowhere else. */
const secureName = '__Host-credit_ledger';
const plainName = 'credit_ledger';

interface KeeperOptions {
  readonly pepper: string;
  readonly random: RandomBytes;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly links?: SignInLinks | undefined;
}

/** Where a request comes from, as far as a cookie is concerned. */
interface CookieRequest {
  readonly headers: IncomingHttpHeaders;
  readonly protocol: string;
  readonly host: string;
}

/**
 * Sessions of the console. The cookie holds the credential itself, encrypted, so each request is judged by it as if it
 * had come with it: a key that is revoked, or whose scopes are others, ends or changes its sessions at once.
 */
export class SessionKeeper {
  readonly #options: KeeperOptions;
  readonly #key: Buffer;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#key = sealingKeyOf(options.pepper);
  }

  /**
   * What a request shows: its own credential, else that of its session.
   * @throws {RequestError} unauthorized, for a session that is over
   */
  credentialOf(request: CookieRequest, operation: Operation): string | undefined {
    const { authorization } = request.headers;
    if (operation === 'createSession') return this.#redeem(authorization);
    if (authorization !== undefined) return authorization;
    const session = this.#read(request);
    if (session === undefined) return undefined;
    if (session.expiresAt <= this.#options.now()) throw over();
    return `Bearer ${session.credential}`;
  }

  /** When the session ends whose credential let a request in; undefined where it came with its own. */
  endOf(headers: IncomingHttpHeaders): number | undefined {
    if (headers[pageHeader] === undefined) return undefined;
    const session = this.#open(headers, secureName) ?? this.#open(headers, plainName);
    return `Bearer ${session?.credential}` === headers.authorization ? session?.expiresAt : undefined;
  }

  /** @returns the header that makes a browser keep a session. @throws {RequestError} invalid_request */
  begin(credential: string, isSecure: boolean): { cookie: string; expiresAt: number } {
    const expiresAt = this.#options.now() + lifeMs;
    const value = sealSession(this.#key, { credential, expiresAt }, this.#options.random);
    if (value.length > cookieBytesMax)
      throw new RequestError(
        'invalid_request',
        'the token is too long for a cookie: ask for fewer claims',
      );
    return { cookie: writeCookie(value, isSecure, lifeMs / 1000), expiresAt };
  }

  /** Of a link that is followed once; any other credential stays as it is. */
  #redeem(authorization: string | undefined): string | undefined {
    const code = /^bearer +(.+)$/i.exec(authorization ?? '')?.[1] ?? '';
    if (!isLinkCode(code)) return authorization;
    const credential = this.#options.links?.redeem(code);
    if (credential === undefined) throw new CredentialRefused('sign-in link', null);
    return `Bearer ${credential}`;
  }

  #read(request: CookieRequest): Session | undefined {
    if (!isFromOwnPage(request)) return undefined;
    const names = request.protocol === 'https' ? [secureName] : [secureName, plainName];
    return names.map((name) => this.#open(request.headers, name)).find((found) => found !== undefined);
  }

  #open({ cookie = '' }: IncomingHttpHeaders, name: string): Session | undefined {
    const prefix = `${name}=`;
    const found = cookie.split('; ').find((pair) => pair.startsWith(prefix));
    return found === undefined ? undefined : openSession(this.#key, found.slice(prefix.length));
  }
}

/** @returns the header that makes a browser forget its session */
export function endCookie(isSecure: boolean): string {
  return writeCookie('', isSecure, 0);
}

function writeCookie(value: string, isSecure: boolean, seconds: number): string {
  const name = isSecure ? secureName : plainName;
  const ends = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict`;
  return `${name}=${value}; ${ends}${isSecure ? '; Secure' : ''}`;
}

/**
 * A cookie goes with whatever a browser sends here, so it counts only for requests that a page of this very server
 * made: they carry a header of their own, and browsers say that they are of the same origin.
 */
function isFromOwnPage({ headers, host }: CookieRequest): boolean {
  if (headers[pageHeader] === undefined) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  return headers.origin === undefined || /^https?:\/\/(.+)$/.exec(headers.origin)?.[1] === host;
}

function over(): RequestError {
  return new RequestError('unauthorized', 'the session is over: sign in again');
}
