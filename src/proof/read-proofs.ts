import type { JsonObject } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { found, noAnswer, type Answer, type Queryable } from '../ledger/read-answer.ts';
import type { Entry } from '../ledger/state.ts';
import { viewEntry } from '../ledger/views.ts';
import { journalTreeOf } from './checkpoint.ts';
import { readHeadAt, readNewestHead, type StoredHead } from './heads.ts';
import { consistencySpans, inclusionSpans, isConsistent, rootOfInclusion } from './merkle.ts';
import { receiptFormat } from './receipt.ts';
import { LeavesMissing, SealedTree, type TreeLeaves } from './sealed-tree.ts';
import { listTrees } from './sealing.ts';

/** The head as the API shows it. */
export function viewHead(head: StoredHead): JsonObject {
  return {
    tree: head.tree,
    tree_size: head.size,
    root_hash: head.root.toString('hex'),
    sealed_at: formatTime(head.sealedAt),
    key_id: head.keyId,
    head: head.note,
    position: head.position ?? null,
  };
}

/**
 * The receipt of an entry under the newest head. Refused with 409 `entry_not_sealed`; with 500
 * `journal_altered` where what is stored does not lead to the signed root.
 */
export async function makeReceipt(db: Queryable, entry: Entry): Promise<Answer<JsonObject>> {
  const tree = journalTreeOf(entry.ledger);
  const head = await readNewestHead(db, tree);
  const size = head?.size ?? 0;
  if (head === undefined || entry.number > size) {
    const facts = { entry_number: entry.number, sealed_size: size };
    const detail = `entry ${entry.number} is not under a head yet: ${size} entries are sealed`;
    return noAnswer('entry_not_sealed', detail, facts);
  }
  const index = entry.number - 1;
  const proof = await hashSpans(db, tree, size, inclusionSpans(index, size));
  const leaf = Buffer.from(entry.hash, 'hex');
  const root = proof === undefined ? undefined : rootOfInclusion(leaf, index, size, proof);
  if (proof === undefined || root?.equals(head.root) !== true) return altered(head);
  return found({
    format: receiptFormat,
    entry: viewEntry(entry),
    leaf_index: index,
    tree_size: size,
    inclusion: proof.map((node) => node.toString('hex')),
    head: head.note,
  });
}

/** Proof that the tree of one head begins with that of an earlier one. */
export async function proveConsistency(
  db: Queryable,
  tree: string,
  from: number,
  to: number,
): Promise<Answer<JsonObject>> {
  const first = await readHeadAt(db, tree, from);
  const second = await readHeadAt(db, tree, to);
  if (first === undefined || second === undefined || from > to) {
    const detail = `${tree} has no heads of ${from} and then ${to} leaves`;
    return noAnswer('head_not_found', detail, { from_size: from, to_size: to });
  }
  const proof = await hashSpans(db, tree, to, consistencySpans(from, to));
  if (proof === undefined || !isConsistent(first, second, proof)) return altered(second);
  return found({
    tree,
    from: viewHead(first),
    to: viewHead(second),
    consistency: proof.map((node) => node.toString('hex')),
  });
}

function altered({ tree, size }: StoredHead) {
  const detail = `${tree} differs from its signed head of ${size} leaves: verify the ledger`;
  return noAnswer('journal_altered', detail, { tree, tree_size: size });
}

/** Undefined where something is missing that was sealed. */
async function hashSpans(
  db: Queryable,
  tree: string,
  size: number,
  spans: Parameters<SealedTree['hashAll']>[0],
): Promise<Buffer[] | undefined> {
  const leaves: TreeLeaves | undefined = (await listTrees(db)).find(
    (grown) => grown.leaves.tree === tree,
  )?.leaves;
  if (leaves === undefined) return undefined;
  try {
    return await new SealedTree(db, leaves, size).hashAll(spans);
  } catch (error) {
    if (error instanceof LeavesMissing) return undefined;
    throw error;
  }
}
