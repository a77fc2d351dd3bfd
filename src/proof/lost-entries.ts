import { formatTime } from '@credit-ledger/contract/times.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import { EntriesLost } from '../ledger/entries-lost.ts';
import { readHead } from '../ledger/read-ledgers.ts';
import type { Logger } from '../runtime/log.ts';
import { originOf, type SignedHead } from './checkpoint.ts';
import { acceptLoss, countingHeads, readHeadRecords, type SealDirectory } from './seal-directory.ts';
import { LeavesMissing, SealedTree, storeNodes } from './sealed-tree.ts';
import { listTrees, type GrownTree } from './sealing.ts';

export interface LossCheck {
  readonly db: Queryable;
  readonly directory: SealDirectory;
  /** Run all the same, and remember it (`ACCEPT_LOST_ENTRIES`). */
  readonly accept: boolean;
  readonly log: Logger;
  readonly now: () => number;
}

/**
 * Holds the database against the newest heads in SEAL_DIR: it has to have their entries, and the same ones.
 * @throws {EntriesLost} where it was rolled back, restored to an earlier time, or written anew
 */
export async function refuseLostEntries(check: LossCheck): Promise<void> {
  const heads = countingHeads(await readHeadRecords(check.directory));
  const { databaseId } = await readHead(check.db);
  const trees = await listTrees(check.db);
  const lost: string[] = [];
  for (const [tree, ofTree] of Map.groupBy(heads, (head) => head.tree)) {
    const grown = trees.find(({ leaves }) => leaves.tree === tree);
    const origin = originOf(databaseId, tree);
    const why = await lossOf(check.db, origin, grown, ofTree.at(-1));
    if (why === undefined) continue;
    lost.push(why);
    if (check.accept) await accept(check, origin, grown, ofTree);
  }
  if (lost.length === 0) return;
  const message = `the database is behind what ${check.directory.path} proves: ${lost.join('; ')}`;
  if (!check.accept) throw new EntriesLost(message);
  check.log.warn({ lost }, `${message}; accepted`);
}

/** What is wrong with the tree when held against a head; undefined where it is in it. */
async function lossOf(
  db: Queryable,
  origin: string,
  grown: GrownTree | undefined,
  head: SignedHead | undefined,
): Promise<string | undefined> {
  if (head === undefined) return undefined;
  const { tree, size } = head;
  const when = `head of ${size} sealed at ${formatTime(head.sealedAt)}`;
  if (head.origin !== origin) return `${tree}: the ${when} is of another database (${head.origin})`;
  if (grown === undefined || grown.size < size)
    return `${tree}: ${grown?.size ?? 0} entries are there, the ${when}`;
  return (await holds(db, grown, head)) ? undefined : `${tree}: other entries than under the ${when}`;
}

async function holds(db: Queryable, { leaves }: GrownTree, { size, root }: SignedHead) {
  try {
    await storeNodes(db, leaves, size);
    return (await new SealedTree(db, leaves, size).hashOf({ from: 0, to: size })).equals(root);
  } catch (error) {
    if (error instanceof LeavesMissing) return false;
    throw error;
  }
}

/** Heads beyond the newest one that the database still holds do not count from now on. */
async function accept(
  { db, directory, now }: LossCheck,
  origin: string,
  grown: GrownTree | undefined,
  heads: readonly SignedHead[],
): Promise<void> {
  let kept: SignedHead | undefined;
  for (const head of heads.toReversed()) {
    kept = (await lossOf(db, origin, grown, head)) === undefined ? head : undefined;
    if (kept !== undefined) break;
  }
  const [any] = heads;
  if (any !== undefined) await acceptLoss(directory, any.tree, kept?.size ?? 0, formatTime(now()));
}
