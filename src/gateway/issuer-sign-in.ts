import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { RandomBytes } from './api-keys.ts';
import type { Auth } from './auth.ts';
import type { IssuerClient } from './issuer-client.ts';
import { openSession, sealingKeyOf, sealSession } from './session-cookie.ts';
import type { SessionKeeper } from './session-keeper.ts';

const beginPath = '/sign-in/issuer';
const callbackPath = '/sign-in/issuer/callback';
const cookieName = 'credit_ledger_sign_in';
/** Somebody types a password, and perhaps looks for a second factor. */
const lifeMs = 600_000;
const nextCharactersMax = 1000;

const pending = z.object({ state: z.string(), verifier: z.string(), next: z.string() });

export interface IssuerSignInParts {
  readonly client: IssuerClient;
  readonly auth: Pick<Auth, 'authenticate'>;
  readonly sessions: Pick<SessionKeeper, 'begin'>;
  readonly pepper: string;
  readonly random: RandomBytes;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Writes down who signed in. */
  readonly noteSignIn: (request: FastifyRequest, keyId: string) => Promise<void>;
  /** Hears of every sign-in that failed. */
  readonly onRefusal: (error: unknown, request: FastifyRequest) => void;
}

/**
 * Signs people in with an issuer: to it and back, with a state and a PKCE verifier that only this browser has, sealed in
 * a cookie. The token is judged as one that comes with a request is; then it is the session's credential.
 */
export function registerIssuerSignIn(server: FastifyInstance, parts: IssuerSignInParts): void {
  const { client, auth, sessions, random, now } = parts;
  const key = sealingKeyOf(parts.pepper, 'credit-ledger/sign-in/1');
  const secret = (): string => Buffer.from(random(32)).toString('base64url');
  server.get(beginPath, async (request, reply) => {
    const next = safeNext(new URLSearchParams(request.url.split('?')[1] ?? '').get('next'));
    const [state, verifier] = [secret(), secret()];
    const credential = JSON.stringify({ state, verifier, next });
    const value = sealSession(key, { credential, expiresAt: now() + lifeMs }, random);
    try {
      const address = await client.addressFor(verifier, state, redirectUriOf(request));
      return reply
        .header('set-cookie', writeCookie(request, value, lifeMs / 1000))
        .redirect(address, 303);
    } catch (error) {
      parts.onRefusal(error, request);
      return sendBack(request, reply, 'unreachable');
    }
  });
  server.get(callbackPath, async (request, reply) => {
    const begun = readPending(request, key, now());
    const query = new URLSearchParams(request.url.split('?')[1] ?? '');
    const [code, state] = [query.get('code'), query.get('state')];
    const issuer = query.get('iss') ?? client.issuer;
    if (begun === undefined || state === null || !isSame(state, begun.state) || issuer !== client.issuer)
      return sendBack(request, reply, 'stale');
    if (code === null) return sendBack(request, reply, 'refused');
    try {
      const token = await client.redeem(code, begun.verifier, redirectUriOf(request));
      const { keyId } = await auth.authenticate(`Bearer ${token}`);
      const { cookie } = sessions.begin(token, request.protocol === 'https');
      await parts.noteSignIn(request, keyId);
      return reply.header('set-cookie', [cookie, writeCookie(request, '', 0)]).redirect(begun.next, 303);
    } catch (error) {
      parts.onRefusal(error, request);
      return sendBack(request, reply, 'refused');
    }
  });
}

/** Only to a place of this console. */
function safeNext(next: string | null): string {
  return next !== null && next.length <= nextCharactersMax && /^\/(?![/\\])[\x21-\x7e]*$/.test(next)
    ? next
    : '/';
}

function redirectUriOf({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}${callbackPath}`;
}

/** The issuer sends the browser here from another site, so the cookie has to come along then. */
function writeCookie({ protocol }: FastifyRequest, value: string, seconds: number): string {
  const ends = `Path=${beginPath}; Max-Age=${seconds}; HttpOnly; SameSite=Lax`;
  return `${cookieName}=${value}; ${ends}${protocol === 'https' ? '; Secure' : ''}`;
}

function readPending(
  { headers: { cookie = '' } }: FastifyRequest,
  key: Buffer,
  now: number,
): z.infer<typeof pending> | undefined {
  const found = cookie.split('; ').find((pair) => pair.startsWith(`${cookieName}=`));
  const opened = found === undefined ? undefined : openSession(key, found.slice(cookieName.length + 1));
  if (opened === undefined || opened.expiresAt <= now) return undefined;
  return pending.parse(JSON.parse(opened.credential));
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function sendBack(
  request: FastifyRequest,
  reply: FastifyReply,
  why: 'unreachable' | 'stale' | 'refused',
): FastifyReply {
  return reply.header('set-cookie', writeCookie(request, '', 0)).redirect(`/sign-in?failed=${why}`, 303);
}
