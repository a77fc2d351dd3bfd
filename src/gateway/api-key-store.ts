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
}

const columns = 'id, name, scopes, ledgers, created_at, expires_at, revoked_at';

/** The key with this SHA-256 (hexadecimal), also when it was revoked. */
export async function findApiKey(db: Queryable, digest: string): Promise<ApiKeyRow | undefined> {
  const text = `select ${columns} from ledger.api_keys where hash = decode($1, 'hex')`;
  return (await db.query<ApiKeyRow>(text, [digest])).rows[0];
}

export async function readApiKey(db: Queryable, id: string): Promise<ApiKeyRow | undefined> {
  return (await db.query<ApiKeyRow>(`select ${columns} from ledger.api_keys where id = $1`, [id]))
    .rows[0];
}

/** At most `limit` keys in the order of their ids, after the given one. */
export async function listApiKeys(db: Queryable, after: string, limit: number): Promise<ApiKeyRow[]> {
  const text = `select ${columns} from ledger.api_keys where id > $1 order by id limit $2`;
  return (await db.query<ApiKeyRow>(text, [after, limit])).rows;
}

export interface NewApiKey {
  readonly id: string;
  readonly digest: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly ledgers: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number | null;
}

const insertText = `insert into ledger.api_keys (id, hash, name, scopes, ledgers, created_at, expires_at)
  values ($1, decode($2, 'hex'), $3, $4, $5, date_trunc('milliseconds', clock_timestamp()), $6)`;

function toValues(key: NewApiKey): unknown[] {
  const expiresAt = key.expiresAt === null ? null : new Date(key.expiresAt);
  return [key.id, key.digest, key.name, key.scopes, key.ledgers, expiresAt];
}

export async function insertApiKey(db: Queryable, key: NewApiKey): Promise<ApiKeyRow | undefined> {
  return (await db.query<ApiKeyRow>(`${insertText} returning ${columns}`, toValues(key))).rows[0];
}

/** Makes the key what is given here, whatever it was: for the one that configuration names. */
export async function replaceApiKey(db: Queryable, key: NewApiKey): Promise<void> {
  const text = `${insertText} on conflict (id) do update set hash = excluded.hash, name = excluded.name,
    scopes = excluded.scopes, ledgers = excluded.ledgers, expires_at = excluded.expires_at, revoked_at = null`;
  await db.query<ApiKeyRow>(text, toValues(key));
}

/** Revokes a key; one that was revoked before keeps its time. */
export async function revokeApiKey(db: Queryable, id: string): Promise<ApiKeyRow | undefined> {
  const text = `update ledger.api_keys
    set revoked_at = coalesce(revoked_at, date_trunc('milliseconds', clock_timestamp()))
    where id = $1 returning ${columns}`;
  return (await db.query<ApiKeyRow>(text, [id])).rows[0];
}
