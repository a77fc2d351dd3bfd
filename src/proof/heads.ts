import type { Queryable } from '../ledger/read-answer.ts';
import type { SignedHead } from './checkpoint.ts';
import { keyOfRaw, rawKeyOf, verifierOf, type Verifier } from './signed-note.ts';

/** A head as the database keeps it. */
export interface StoredHead extends Omit<SignedHead, 'origin'> {
  readonly number: number;
  /** Of its event; undefined until it is in the log. */
  readonly position: number | undefined;
}

interface HeadRow {
  readonly number: string;
  readonly tree: string;
  readonly size: string;
  readonly root: Buffer;
  readonly sealed_at: Date;
  readonly key_id: string;
  readonly note: string;
  readonly position: string | null;
}

function toHead(row: HeadRow): StoredHead {
  return {
    number: Number(row.number),
    tree: row.tree,
    size: Number(row.size),
    root: row.root,
    sealedAt: row.sealed_at.getTime(),
    keyId: row.key_id,
    note: row.note,
    position: row.position === null ? undefined : Number(row.position),
  };
}

async function select(db: Queryable, clauses: string, values: unknown[]): Promise<StoredHead[]> {
  const { rows } = await db.query<HeadRow>(`select * from proof.heads ${clauses}`, values);
  return rows.map(toHead);
}

/** Heads of a tree, the newest first. */
export function listHeads(
  db: Queryable,
  tree: string,
  limit: number,
  before: number | undefined,
): Promise<StoredHead[]> {
  const clauses =
    'where tree = $1 and ($2::bigint is null or number < $2) order by number desc limit $3';
  return select(db, clauses, [tree, before ?? null, limit]);
}

/** The newest head of a tree that is in the log. */
export async function readNewestHead(db: Queryable, tree: string): Promise<StoredHead | undefined> {
  return (await select(db, 'where tree = $1 order by number desc limit 1', [tree]))[0];
}

/** The head of a tree at exactly this size. */
export async function readHeadAt(
  db: Queryable,
  tree: string,
  size: number,
): Promise<StoredHead | undefined> {
  return (await select(db, 'where tree = $1 and size = $2', [tree, size]))[0];
}

/** Heads that are not yet announced, the oldest first. */
export function listUnannounced(db: Queryable): Promise<StoredHead[]> {
  return select(db, 'where position is null order by number', []);
}

/** Every head, the oldest first. */
export function listAllHeads(db: Queryable): Promise<StoredHead[]> {
  return select(db, 'order by number', []);
}

export async function insertHead(db: Queryable, head: SignedHead): Promise<void> {
  await db.query(
    `insert into proof.heads (tree, size, root, sealed_at, key_id, note) values ($1, $2, $3, $4, $5, $6)`,
    [head.tree, head.size, head.root, new Date(head.sealedAt), head.keyId, head.note],
  );
}

export async function noteAnnounced(db: Queryable, number: number, position: number): Promise<void> {
  await db.query('update proof.heads set position = $2 where number = $1', [number, position]);
}

/** Publishes the key beside those before it. */
export async function insertKey(db: Queryable, { id, publicKey }: Verifier): Promise<void> {
  await db.query('insert into proof.keys (id, public_key) values ($1, $2) on conflict do nothing', [
    id,
    rawKeyOf(publicKey),
  ]);
}

/** A public key with when it was first used. */
export interface PublishedKey {
  readonly verifier: Verifier;
  readonly createdAt: number;
}

/** The keys of all heads, the oldest first. */
export async function listKeys(db: Queryable, name: string): Promise<PublishedKey[]> {
  const { rows } = await db.query<{ public_key: Buffer; created_at: Date }>(
    'select public_key, created_at from proof.keys order by created_at, id',
  );
  return rows.map((row) => ({
    verifier: verifierOf(name, keyOfRaw(row.public_key)),
    createdAt: row.created_at.getTime(),
  }));
}
