import { timingSafeEqual } from 'node:crypto';
import { allScopes, type Scope } from '@credit-ledger/contract/api-keys.ts';
import { LRUCache } from 'lru-cache';
import type { Queryable } from '../ledger/read-answer.ts';
import { isOutage } from '../postgres/outage.ts';
import { unknownLedger } from '../ledger/read-ledgers.ts';
import { findApiKeys, noteLastUses, type ApiKeyRow } from './api-key-store.ts';
import { digestToken, idOfToken, isPlausibleToken } from './api-key-token.ts';
import { KeyUsages, type KeyUsage } from './key-usage.ts';
import { CredentialRefused, RequestError } from './request-error.ts';
import { isToken, type TokenVerifier } from './token-verifier.ts';

/** A revoked key is refused everywhere after this time, also where no announcement comes through. */
const recheckMs = 2000;
const keysMax = 10_000;
/** Keys never seen here that are looked up at once: a flood of guesses leaves the database to the others. */
const lookupsMax = 4;
const ledgerNameMax = 63;
export const everyLedger = '*';

/** Whoever holds the key of a request. */
export interface Caller {
  readonly keyId: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly ledgers: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly usage: KeyUsage;
  /** Requests a second; 0 is as many as come. */
  readonly perSecond: number;
}

/** A key counts with its scopes; `admin` implies the others and every ledger. */
function toCaller(row: ApiKeyRow, usage: KeyUsage, perSecond: number): Caller {
  const isAdmin = row.scopes.includes('admin');
  return {
    keyId: row.id,
    scopes: new Set(isAdmin ? allScopes : row.scopes),
    ledgers: isAdmin ? [...row.ledgers, everyLedger] : row.ledgers,
    expiresAt: row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
    usage,
    perSecond: row.rate_limit_per_second ?? perSecond,
  };
}

type Tokens = Pick<TokenVerifier, 'verify'>;

export interface AuthOptions {
  readonly db: Queryable;
  readonly pepper: string;
  /** Requests a second of a key that has no limit of its own; 0 is as many as come. */
  readonly perSecond: number;
  /** How long a key counts on while the database is away. */
  readonly graceMs?: number;
  /** Where tokens are accepted beside keys. */
  readonly tokens?: Tokens | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Checks keys against the database and remembers the answer for 2 seconds, so that a request costs a
 * look-up in memory. Unknown keys are remembered apart from good ones, which a flood of guesses can't push
 * out.
 */
export class Auth {
  readonly #options: AuthOptions;
  readonly #callers: LRUCache<string, Caller>;
  readonly #strangers: LRUCache<string, CredentialRefused>;
  readonly #running = new Map<string, Promise<Caller>>();
  /** Keys that were good once, with what was known of them and when. */
  readonly #familiar = new LRUCache<string, { readonly caller: Caller; readonly at: number }>({
    max: keysMax,
  });
  #lookups = 0;
  /** Counts announcements: what was read before one is not remembered after it. */
  #changes = 0;
  readonly #usages = new KeyUsages();
  #uses = new Map<string, number>();

  constructor(options: AuthOptions) {
    this.#options = options;
    const memory = { max: keysMax, ttl: recheckMs, ttlResolution: 0, perf: { now: options.now } };
    this.#callers = new LRUCache(memory);
    this.#strangers = new LRUCache(memory);
  }

  /**
   * The caller, at once where the key is remembered.
   * @throws {RequestError} unauthorized
   */
  authenticate(header: string | undefined): Caller | Promise<Caller> {
    const known = header === undefined ? undefined : this.#callers.get(header);
    if (known !== undefined) return this.#stillValid(known);
    const token = readToken(header);
    const stranger = this.#strangers.get(token);
    if (stranger !== undefined) throw stranger;
    return this.#running.get(token) ?? this.#lookUp(token, header ?? '');
  }

  /** Forgets what is remembered of a key; of all of them where announcements may have been missed. */
  forget(id?: string): void {
    this.#changes += 1;
    for (const [header, caller] of this.#callers.entries())
      if (id === undefined || caller.keyId === id) this.#callers.delete(header);
    this.#strangers.clear();
    for (const [token, { caller }] of this.#familiar.entries())
      if (id === undefined || caller.keyId === id) this.#familiar.delete(token);
  }

  /** Writes down when keys were used last, once for all that were since it was done before. */
  async writeLastUses(): Promise<void> {
    const uses = this.#uses;
    this.#uses = new Map();
    if (uses.size > 0) await noteLastUses(this.#options.db, uses);
  }

  /** @throws {RequestError} rate_limited */
  #lookUp(token: string, header: string): Promise<Caller> {
    const isFamiliar = this.#familiar.has(token);
    if (!isFamiliar && this.#lookups >= lookupsMax) throw tooManyStrangers();
    const weight = isFamiliar ? 0 : 1;
    this.#lookups += weight;
    const lookup = this.#find(token, header).finally(() => {
      this.#lookups -= weight;
      this.#running.delete(token);
    });
    this.#running.set(token, lookup);
    return lookup;
  }

  async #find(token: string, header: string): Promise<Caller> {
    const { pepper, now, perSecond, tokens } = this.#options;
    if (tokens !== undefined && isToken(token)) return this.#findHolder(tokens, token, header);
    const changes = this.#changes;
    const digest = digestToken(token, pepper);
    const rows = await this.#findRows(token);
    if (rows === undefined) return this.#stillValid(this.#lastKnown(token, header));
    const row = rows.find(({ hash }) => timingSafeEqual(hash, digest));
    if (row === undefined || row.revoked_at !== null) {
      const refused = row === undefined ? unauthorized('unknown key') : unauthorized('revoked', row.id);
      this.#strangers.set(token, refused);
      throw refused;
    }
    const caller = toCaller(row, this.#usages.of(row.id), perSecond);
    if (changes === this.#changes) this.#callers.set(header, caller);
    if (changes === this.#changes) this.#familiar.set(token, { caller, at: now() });
    this.#uses.set(caller.keyId, now());
    return this.#stillValid(caller);
  }

  /** Undefined where the database is away, and the key was good a moment ago. */
  async #findRows(token: string): Promise<Awaited<ReturnType<typeof findApiKeys>> | undefined> {
    const { db, now, graceMs = 0 } = this.#options;
    try {
      return await findApiKeys(db, idOfToken(token));
    } catch (error) {
      const known = this.#familiar.get(token);
      if (!isOutage(error) || known === undefined || now() - known.at > graceMs) throw error;
      return undefined;
    }
  }

  /** Nobody can revoke a key while the database is away, but who is cut off from it does not hear of it. */
  #lastKnown(token: string, header: string): Caller {
    const known = this.#familiar.get(token);
    if (known === undefined) throw unauthorized('unknown key');
    this.#callers.set(header, known.caller);
    return known.caller;
  }

  /** Whose token it is: it is verified again whenever keys are. */
  async #findHolder(tokens: Tokens, token: string, header: string): Promise<Caller> {
    const { perSecond } = this.#options;
    const holder = await tokens.verify(token);
    if (typeof holder === 'string') {
      const refused = unauthorized(holder);
      this.#strangers.set(token, refused);
      throw refused;
    }
    const id = `oidc:${holder.subject}`;
    const isAdmin = holder.scopes.includes('admin');
    const caller = {
      keyId: id,
      scopes: new Set(isAdmin ? allScopes : holder.scopes),
      ledgers: isAdmin ? [...holder.ledgers, everyLedger] : holder.ledgers,
      expiresAt: holder.expiresAt,
      usage: this.#usages.of(id),
      perSecond,
    };
    this.#callers.set(header, caller);
    this.#familiar.set(token, { caller, at: this.#options.now() });
    return this.#stillValid(caller);
  }

  #stillValid(caller: Caller): Caller {
    if (caller.expiresAt <= this.#options.now()) throw unauthorized('expired', caller.keyId);
    return caller;
  }
}

const otherScheme = 'only Authorization: Bearer <key> lets in, no other scheme';

function readToken(header: string | undefined): string {
  if (header === undefined) {
    throw new RequestError('unauthorized', 'the header Authorization: Bearer <key> is missing');
  }
  const token = /^bearer +([^ ]+)$/i.exec(header)?.[1];
  if (!/^bearer /i.test(header)) throw new CredentialRefused('no bearer', null, otherScheme);
  if (token === undefined || !(isToken(token) || isPlausibleToken(token)))
    throw unauthorized('malformed');
  return token;
}

/** Unknown, mistyped, revoked and expired keys are answered alike. */
function unauthorized(reason: string, actor: string | null = null): CredentialRefused {
  return new CredentialRefused(reason, actor);
}

function tooManyStrangers(): RequestError {
  return new RequestError('rate_limited', 'too many unknown keys are being looked up: come back later');
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
