import type { Scope } from '@credit-ledger/contract/api-keys.ts';
import type { Queryable } from '../ledger/read-answer.ts';

/** A row of ledger.api_keys, without the hash. */
export interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly ledgers: readonly string[];
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
  readonly replaced_by: string | null;
  readonly rate_limit_per_second: number | null;
}

const columns =
  'id, name, scopes, ledgers, created_at, expires_at, revoked_at, last_used_at, replaced_by, rate_limit_per_second';

/** A key with the digest of its secret. */
export type StoredApiKey = ApiKeyRow & { readonly hash: Buffer };

/**
 * The keys that a token may be, also those that were revoked: the one whose id it shows, and the one that
 * configuration names, which may have any form.
 */
export async function findApiKeys(db: Queryable, id: string | undefined): Promise<StoredApiKey[]> {
  const text = `select ${columns}, hash from ledger.api_keys where id in ($1, 'admin')`;
  return (await db.query<StoredApiKey>(text, [id])).rows;
}

/** What whoever manages keys may see: keys that can do no more than its own. */
export interface Reach {
  readonly scopes: readonly Scope[];
  /** `undefined`: every ledger. */
  readonly ledgers: readonly string[] | undefined;
}

const withinReach = 'scopes <@ $1::text[] and ($2::text[] is null or ledgers <@ $2::text[])';

export async function readApiKey(
  db: Queryable,
  { scopes, ledgers }: Reach,
  id: string,
): Promise<ApiKeyRow | undefined> {
  const text = `select ${columns} from ledger.api_keys where ${withinReach} and id = $3`;
  return (await db.query<ApiKeyRow>(text, [scopes, ledgers, id])).rows[0];
}

/** At most `limit` keys in the order of their ids, after the given one. */
export async function listApiKeys(
  db: Queryable,
  { scopes, ledgers }: Reach,
  after: string,
  limit: number,
): Promise<ApiKeyRow[]> {
  const text = `select ${columns} from ledger.api_keys
    where ${withinReach} and id > $3 order by id limit $4`;
  return (await db.query<ApiKeyRow>(text, [scopes, ledgers, after, limit])).rows;
}

export interface NewApiKey {
  readonly id: string;
  readonly digest: Buffer;
  readonly pepperId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly ledgers: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number | null;
  readonly perSecond: number | null;
}

const insertText = `insert into ledger.api_keys
    (id, hash, pepper_id, name, scopes, ledgers, created_at, expires_at, rate_limit_per_second)
  values ($1, $2, $3, $4, $5, $6, date_trunc('milliseconds', clock_timestamp()), $7, $8)`;

function toValues(key: NewApiKey): unknown[] {
  const expiresAt = key.expiresAt === null ? null : new Date(key.expiresAt);
  const { id, digest, pepperId, name, scopes, ledgers, perSecond } = key;
  return [id, digest, pepperId, name, scopes, ledgers, expiresAt, perSecond];
}

export async function insertApiKey(db: Queryable, key: NewApiKey): Promise<ApiKeyRow | undefined> {
  return (await db.query<ApiKeyRow>(`${insertText} returning ${columns}`, toValues(key))).rows[0];
}

/**
 * Makes the key what is given here, whatever it was: for the one that configuration names. One that is as it
 * should be is left alone.
 */
export async function replaceApiKey(db: Queryable, key: NewApiKey): Promise<void> {
  const text = `${insertText} on conflict (id) do update set hash = excluded.hash, pepper_id = excluded.pepper_id,
    name = excluded.name, scopes = excluded.scopes, ledgers = excluded.ledgers, expires_at = excluded.expires_at,
    revoked_at = null, replaced_by = null
    where api_keys.hash <> excluded.hash or api_keys.scopes <> excluded.scopes or api_keys.revoked_at is not null
      or api_keys.expires_at is not null`;
  await db.query<ApiKeyRow>(text, toValues(key));
}

/** Revokes a key; one that was revoked before keeps its time. */
export async function revokeApiKey(db: Queryable, id: string): Promise<ApiKeyRow | undefined> {
  const text = `update ledger.api_keys
    set revoked_at = coalesce(revoked_at, date_trunc('milliseconds', clock_timestamp()))
    where id = $1 returning ${columns}`;
  return (await db.query<ApiKeyRow>(text, [id])).rows[0];
}

/**
 * Puts a new key in the place of another, which counts for some time still, if that one is neither revoked nor
 * replaced by now: one statement, so that of two at once one wins.
 * @param until milliseconds since 1970
 * @returns the new key, undefined where the old one can't be replaced
 */
export async function rotateApiKey(
  db: Queryable,
  old: string,
  key: NewApiKey,
  until: number,
): Promise<ApiKeyRow | undefined> {
  const text = `with old as (
      update ledger.api_keys set replaced_by = $1, expires_at = least(expires_at, $9)
      where id = $10 and revoked_at is null and replaced_by is null
        and (expires_at is null or expires_at > clock_timestamp()) returning id)
    insert into ledger.api_keys (id, hash, pepper_id, name, scopes, ledgers, created_at, expires_at, rate_limit_per_second)
    select $1, $2, $3, $4, $5, $6, date_trunc('milliseconds', clock_timestamp()), $7, $8 from old
    returning ${columns}`;
  return (await db.query<ApiKeyRow>(text, [...toValues(key), new Date(until), old])).rows[0];
}

/** Notes when keys were used last. @param uses milliseconds since 1970, by the keys' ids */
export async function noteLastUses(db: Queryable, uses: ReadonlyMap<string, number>): Promise<void> {
  const times = [...uses.values()].map((ms) => new Date(ms));
  await db.query(
    `update ledger.api_keys k set last_used_at = greatest(k.last_used_at, u.used_at)
       from unnest($1::text[], $2::timestamptz[]) as u (id, used_at) where k.id = u.id`,
    [[...uses.keys()], times],
  );
}

/** How many keys count, but for another pepper. */
export async function countForeignKeys(db: Queryable, pepperId: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from ledger.api_keys
      where pepper_id is distinct from $1 and revoked_at is null`,
    [pepperId],
  );
  return rows[0]?.count ?? 0;
}
