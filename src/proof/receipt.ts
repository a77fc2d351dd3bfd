import type { KeyObject } from 'node:crypto';
import { entryOut } from '@credit-ledger/contract/entries.ts';
import { isJsonObject, JsonText, parseAnswer, type JsonObject } from '@credit-ledger/contract/json.ts';
import { readTime } from '@credit-ledger/contract/times.ts';
import { z } from 'zod';
import { hashEntry, type HashedEntry } from '../ledger/entry-hash.ts';
import { journalTreeOf, readSignedHead } from './checkpoint.ts';
import { rootOfInclusion } from './merkle.ts';
import { isSignedBy, readNote, verifierOf } from './signed-note.ts';

export const receiptFormat = 'credit-ledger/receipt/1';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const amount = z.union([
  z.bigint(),
  z
    .string()
    .regex(/^-?\d{1,19}$/)
    .transform(BigInt),
]);
const lineShape = entryOut.shape.lines.element.extend({
  amount_minor: amount,
  balance_after_minor: amount,
});
const entryShape = entryOut.extend({
  metadata: z.instanceof(JsonText),
  lines: z.array(lineShape),
  hash,
  previous_hash: hash,
});
const receiptShape = z.object({
  format: z.literal(receiptFormat),
  entry: entryShape,
  leaf_index: z.int().min(0),
  tree_size: z.int().min(1),
  inclusion: z.array(hash),
  head: z.string(),
});

/** Whether a receipt holds, and what it says or why not. */
export type ReceiptVerdict =
  | { readonly holds: true; readonly says: JsonObject }
  | { readonly holds: false; readonly why: string };

function fails(why: string): ReceiptVerdict {
  return { holds: false, why };
}

/** Checks a receipt with nothing but the public key (docs/receipt-format.md). */
export function checkReceipt(text: string, publicKey: KeyObject): ReceiptVerdict {
  const parsed = readReceipt(text);
  if (parsed === undefined) return fails(`it is no receipt of the format ${receiptFormat}`);
  const { entry, leaf_index: index, tree_size: size, inclusion } = parsed;
  const note = readNote(parsed.head);
  const head = readSignedHead(parsed.head);
  if (note === undefined || head === undefined) return fails('its head is no signed tree head');
  if (verifierOf(note.keyName, publicKey).id !== note.keyId)
    return fails(`its head was signed by another key, ${note.keyId}`);
  if (!isSignedBy(note, publicKey)) return fails('the signature of its head is wrong');
  if (hashEntry(toEntry(entry)) !== entry.hash)
    return fails('the entry is not what its hash was made of');
  if (head.tree !== journalTreeOf(entry.ledger))
    return fails(`its head is of ${head.tree}, the entry of the ledger ${entry.ledger}`);
  if (entry.entry_number !== index + 1) return fails('leaf_index is not the place of the entry');
  if (head.size !== size) return fails('tree_size is not the size of its head');
  const leaf = Buffer.from(entry.hash, 'hex');
  const root = rootOfInclusion(
    leaf,
    index,
    size,
    inclusion.map((node) => Buffer.from(node, 'hex')),
  );
  if (root === undefined || !root.equals(head.root))
    return fails('the inclusion proof does not lead to the root of its head');
  return { holds: true, says: summaryOf(entry, head.origin, head.size) };
}

function summaryOf(entry: z.output<typeof entryShape>, origin: string, size: number): JsonObject {
  return {
    ledger: entry.ledger,
    entry_number: entry.entry_number,
    entry_id: entry.id,
    posted_at: entry.posted_at,
    hash: entry.hash,
    origin,
    tree_size: size,
  };
}

function readReceipt(text: string): z.output<typeof receiptShape> | undefined {
  try {
    const value = parseAnswer(text);
    return isJsonObject(value) ? receiptShape.safeParse(value).data : undefined;
  } catch {
    return undefined;
  }
}

function toEntry(entry: z.output<typeof entryShape>): HashedEntry {
  return {
    id: entry.id,
    ledger: entry.ledger,
    number: entry.entry_number,
    transferId: entry.transfer_id,
    batchId: entry.batch_id,
    reverses: entry.reverses,
    forced: entry.forced,
    description: entry.description,
    metadata: entry.metadata.text,
    postedAt: readTime(entry.posted_at) ?? 0,
    effectiveAt: readTime(entry.effective_at) ?? 0,
    previousHash: entry.previous_hash,
    lines: entry.lines.map((line) => ({
      account: line.account_id,
      side: line.side,
      amount: line.amount_minor,
      currency: line.currency,
      balanceAfter: line.balance_after_minor,
      version: line.version,
    })),
  };
}
