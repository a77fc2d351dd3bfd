import type { Scope } from '@credit-ledger/contract/api-keys.ts';
import { LRUCache } from 'lru-cache';
import type { Queryable } from '../ledger/read-answer.ts';
import { unknownLedger } from '../ledger/read-ledgers.ts';
import { findApiKey, type ApiKeyRow } from './api-key-store.ts';
import { digestToken, isPlausibleToken } from './api-key-token.ts';
import { CredentialRefused, RequestError } from './request-error.ts';

/** A revoked key is refused everywhere after this time. */
const recheckMs = 2000;
const keysMax = 10_000;
const ledgerNameMax = 63;
const everyLedger = '*';

/** Whoever holds the key of a request. */
export interface Caller {
  readonly keyId: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly ledgers: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A key counts with its scopes; `admin` implies the others and every ledger. */
function toCaller(row: ApiKeyRow): Caller {
  const isAdmin = row.scopes.includes('admin');
  return {
    keyId: row.id,
    scopes: new Set(isAdmin ? ['read', 'write', 'admin'] : row.scopes),
    ledgers: isAdmin ? [...row.ledgers, everyLedger] : row.ledgers,
    expiresAt: row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
  };
}

/**
 * Checks keys against the database and remembers the answer for 2 seconds, so that a request costs a
 * look-up in memory. Unknown keys are remembered apart from good ones, which a flood of guesses can't push
 * out.
 */
export function createAuth(db: Queryable, now: () => number) {
  const options = { max: keysMax, ttl: recheckMs, ttlResolution: 0, perf: { now } };
  const callers = new LRUCache<string, Caller>(options);
  const strangers = new LRUCache<string, CredentialRefused>(options);
  const running = new Map<string, Promise<Caller>>();

  /**
   * The caller, at once where the key is remembered.
   * @throws {RequestError} unauthorized
   */
  function authenticate(header: string | undefined): Caller | Promise<Caller> {
    const known = header === undefined ? undefined : callers.get(header);
    if (known !== undefined) return stillValid(known);
    const digest = digestToken(readToken(header));
    const stranger = strangers.get(digest);
    if (stranger !== undefined) throw stranger;
    return running.get(digest) ?? remember(digest, header ?? '');
  }

  function remember(digest: string, header: string): Promise<Caller> {
    const lookup = find(digest, header).finally(() => running.delete(digest));
    running.set(digest, lookup);
    return lookup;
  }

  async function find(digest: string, header: string): Promise<Caller> {
    const row = await findApiKey(db, digest);
    if (row === undefined || row.revoked_at !== null) {
      const refused = row === undefined ? unauthorized('unknown key') : unauthorized('revoked', row.id);
      strangers.set(digest, refused);
      throw refused;
    }
    const caller = toCaller(row);
    callers.set(header, caller);
    return stillValid(caller);
  }

  function stillValid(caller: Caller): Caller {
    if (caller.expiresAt <= now()) throw unauthorized('expired', caller.keyId);
    return caller;
  }

  return { authenticate };
}
export type Auth = ReturnType<typeof createAuth>;

function readToken(header: string | undefined): string {
  if (header === undefined) {
    throw new RequestError('unauthorized', 'the header Authorization: Bearer <key> is missing');
  }
  const token = /^bearer +([^ ]+)$/i.exec(header)?.[1];
  if (token === undefined || !isPlausibleToken(token)) throw unauthorized('malformed');
  return token;
}

/** Unknown, mistyped, revoked and expired keys are answered alike. */
function unauthorized(reason: string, actor: string | null = null): CredentialRefused {
  return new CredentialRefused(reason, actor);
}

/** @throws {RequestError} forbidden, unless the key has the scope. */
export function requireScope(
  caller: Caller,
  scope: Scope,
  why = `this needs a key with the scope ${scope}`,
): void {
  if (!caller.scopes.has(scope)) throw new RequestError('forbidden', why);
}

/** Whether the key may name this ledger; that it exists is another question. */
export function mayUse(caller: Caller, ledger: string): boolean {
  return caller.ledgers.includes(ledger) || caller.ledgers.includes(everyLedger);
}

/**
 * The ledger a request is about: the one its header names, else the first of its key.
 * @throws {RequestError} ledger_not_found, the same whether the ledger is someone else's or none's.
 */
export function chooseLedger(caller: Caller, header: string | readonly string[] | undefined): string {
  if (header === undefined) {
    const [first = everyLedger] = caller.ledgers;
    return first === everyLedger ? 'main' : first;
  }
  if (typeof header === 'string' && mayUse(caller, header)) return header;
  throw ledgerNotFound(String(header));
}

/** The same as for a ledger that does not exist. */
export function ledgerNotFound(name: string): RequestError {
  const { code, detail, facts } = unknownLedger(name.slice(0, ledgerNameMax)).refusal;
  return new RequestError(code, detail, { facts });
}
