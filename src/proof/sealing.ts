import { parseAnswer, stringifyJson } from '@credit-ledger/contract/json.ts';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import type { Ledger } from '../ledger/commands.ts';
import { deriveId } from '../ledger/derived-id.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import { readHead } from '../ledger/read-ledgers.ts';
import { withConnection } from '../postgres/transaction.ts';
import type { Logger } from '../runtime/log.ts';
import {
  checkpointText,
  journalTreeOf,
  keyNameOf,
  originOf,
  periodTreeOf,
  readSignedHead,
  type SignedHead,
} from './checkpoint.ts';
import {
  insertHead,
  insertKey,
  listUnannounced,
  noteAnnounced,
  readNewestHead,
  type StoredHead,
} from './heads.ts';
import {
  appendHead,
  ensureSigningKey,
  rotateSigningKey,
  type SealDirectory,
  type SigningKey,
} from './seal-directory.ts';
import {
  auditLeaves,
  journalLeaves,
  LeavesMissing,
  periodLeaves,
  SealedTree,
  storeNodes,
  type TreeLeaves,
} from './sealed-tree.ts';
import { readNote, signNote, verifierText } from './signed-note.ts';

export interface SealingParts {
  readonly pool: Pool;
  readonly ledger: Ledger;
  readonly directory: SealDirectory;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The journal is not what was sealed before, so nothing is signed on top of it. */
export class JournalAltered extends Error {
  override readonly name = 'JournalAltered';
}

/** A tree as it is now. */
export interface GrownTree {
  readonly leaves: TreeLeaves;
  readonly size: number;
  /** The ledger whose log tells of its heads. */
  readonly ledger: string;
}

/**
 * Signs the head of every tree that has grown since its last one. A head is stored, appended to the file in
 * SEAL_DIR, and announced in the log, in this order; what a crash left undone is done first the next time.
 * One process seals at a time.
 * @throws {JournalAltered} after the other trees are sealed
 */
export async function sealAll(parts: SealingParts): Promise<StoredHead[]> {
  const altered: string[] = [];
  const sealed = await withConnection(parts.pool, async (db) => {
    await lock(db);
    const left = await announceAll(parts, db);
    const key = await ensureSigningKey(parts.directory, await keyName(db));
    await insertKey(db, key.verifier);
    for (const tree of await listTrees(db)) {
      const why = await sealTree(parts, db, key, tree);
      if (why !== undefined) altered.push(why);
    }
    const announced = await announceAll(parts, db);
    await db.query('select pg_advisory_unlock_all()');
    return [...left, ...announced];
  });
  if (altered.length > 0) throw new JournalAltered(altered.join('; '));
  return sealed;
}

/** Signs with a new key from now on. @returns the key as one word */
export async function rotateKey({ pool, directory, log }: SealingParts): Promise<string> {
  return withConnection(pool, async (db) => {
    await lock(db);
    const { verifier } = await rotateSigningKey(directory, await keyName(db));
    await insertKey(db, verifier);
    await db.query('select pg_advisory_unlock_all()');
    log.info({ key: verifier.id }, 'seals are signed with a new key');
    return verifierText(verifier);
  });
}

async function lock(db: PoolClient): Promise<void> {
  await db.query(`select pg_advisory_lock(hashtextextended('credit-ledger sealing', 0))`);
}

async function keyName(db: Queryable): Promise<string> {
  return keyNameOf((await readHead(db)).databaseId);
}

/** Every tree with its size now. */
export async function listTrees(db: Queryable): Promise<GrownTree[]> {
  const { rows } = await db.query<{
    id: number;
    name: string;
    entry_count: string;
    period_count: number;
  }>('select id, name, entry_count, period_count from ledger.ledgers order by id');
  const ofLedgers = rows.flatMap(({ id, name, entry_count: entries, period_count: closes }) => [
    { leaves: journalLeaves(journalTreeOf(name), id), size: Number(entries), ledger: name },
    { leaves: periodLeaves(periodTreeOf(name), id), size: closes, ledger: name },
  ]);
  const audit = await db.query<{ last: string }>(
    'select coalesce(max(number), 0) as last from ledger.audit_log',
  );
  // The log belongs to no ledger; the first one, which is always there, tells of its heads.
  const ledger = rows[0]?.name ?? 'main';
  return [...ofLedgers, { leaves: auditLeaves, size: Number(audit.rows[0]?.last), ledger }];
}

/** @returns why it can't be sealed, where that is so */
async function sealTree(
  { now, log }: SealingParts,
  db: PoolClient,
  key: SigningKey,
  { leaves, size }: GrownTree,
): Promise<string | undefined> {
  const { tree } = leaves;
  const last = await readNewestHead(db, tree);
  if (size === (last?.size ?? 0)) return undefined;
  try {
    if (last !== undefined) await requireUnaltered(db, leaves, last);
    await storeNodes(db, leaves, size);
    const root = await new SealedTree(db, leaves, size).hashOf({ from: 0, to: size });
    const { databaseId } = await readHead(db);
    const text = checkpointText({ origin: originOf(databaseId, tree), size, root, sealedAt: now() });
    await insertHead(db, headOf(signNote(text, key.verifier, key.privateKey)));
    return undefined;
  } catch (error) {
    if (!(error instanceof JournalAltered || error instanceof LeavesMissing)) throw error;
    log.error({ err: error, tree }, 'a journal is not what was sealed: it is not sealed again');
    return error.message;
  }
}

/** What is signed next has to begin with what was signed last, as far as its edge shows it. */
async function requireUnaltered(db: Queryable, leaves: TreeLeaves, last: StoredHead): Promise<void> {
  const root = await new SealedTree(db, leaves, last.size).hashOf({ from: 0, to: last.size });
  if (!root.equals(last.root))
    throw new JournalAltered(`${last.tree} differs from its head of ${last.size} entries`);
}

function headOf(note: string): SignedHead {
  const head = readSignedHead(note);
  if (head === undefined) throw new Error('a head that was just signed can not be read');
  return head;
}

async function announceAll(parts: SealingParts, db: PoolClient): Promise<StoredHead[]> {
  const announced: StoredHead[] = [];
  for (const head of await listUnannounced(db)) {
    await appendHead(parts.directory, headOf(head.note));
    const position = await announce(parts, db, head);
    await noteAnnounced(db, head.number, position);
    announced.push({ ...head, position });
  }
  return announced;
}

const announced = z.object({ position: z.int() });

async function announce({ ledger }: SealingParts, db: Queryable, head: StoredHead): Promise<number> {
  const note = readNote(head.note);
  if (note === undefined) throw new Error(`the note of ${head.tree} at ${head.size} can not be read`);
  const { databaseId } = await readHead(db);
  const id = deriveId(databaseId, head.tree);
  const trees = await listTrees(db);
  const about = trees.find(({ leaves }) => leaves.tree === head.tree)?.ledger;
  if (about === undefined) throw new Error(`there is no tree ${head.tree}`);
  const answer = await ledger.submit({
    ledger: about,
    key: undefined,
    fingerprint: id,
    traceparent: undefined,
    correlationId: undefined,
    command: {
      kind: 'announce',
      news: {
        type: 'LedgerSealed',
        seal: {
          id,
          tree: head.tree,
          size: head.size,
          root: head.root.toString('hex'),
          signature: note.signature.toString('hex'),
          keyId: head.keyId,
          sealedAt: head.sealedAt,
          checkpoint: note.text,
        },
      },
    },
  });
  if (answer.kind === 'refused') throw new Error(`a head was refused: ${answer.refusal.detail}`);
  return announced.parse(parseAnswer(stringifyJson(answer.body))).position;
}
