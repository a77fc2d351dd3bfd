import type { Receipt } from '@credit-ledger/sdk';
import { entryBytes } from './canonical.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A step of the check, as docs/receipt-format.md names it. */
export interface CheckStep {
  readonly name: string;
  readonly holds: boolean;
  readonly detail: string;
}

const fromHex = (text: string): Bytes => Uint8Array.fromHex(text);
const fromBase64 = (text: string): Bytes => Uint8Array.fromBase64(text);

async function sha256(...parts: readonly Bytes[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', await new Blob([...parts]).arrayBuffer()));
}

/** RFC 9162, section 2.1.3.2: the root that a leaf at this place leads to; undefined where the path does not fit. */
async function rootOf(
  leaf: Bytes,
  index: number,
  size: number,
  path: readonly Bytes[],
): Promise<Bytes | undefined> {
  let [fn, sn] = [BigInt(index), BigInt(size - 1)];
  let root = await sha256(Uint8Array.of(0), leaf);
  for (const node of path) {
    if (sn === 0n) return undefined;
    if ((fn & 1n) === 1n || fn === sn) {
      root = await sha256(Uint8Array.of(1), node, root);
      for (; (fn & 1n) === 0n && fn !== 0n; sn >>= 1n) fn >>= 1n;
    } else root = await sha256(Uint8Array.of(1), root, node);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n ? root : undefined;
}

interface Head {
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly signed: Bytes;
  readonly signature: Bytes;
}

/** Reads a signed note: its text, an empty line, the line of the signature. */
function readHead(note: string): Head {
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const [origin = '', size = '', root = ''] = text.split('\n');
  const signature = fromBase64(
    note
      .slice(end + 2)
      .trim()
      .split(' ')[2] ?? '',
  ).slice(4);
  return { origin, size: Number(size), root, signed: new TextEncoder().encode(text), signature };
}

async function importKey(pem: string): Promise<CryptoKey> {
  const body = pem.replaceAll(/-----[^-]+-----|\s/g, '');
  return crypto.subtle.importKey('spki', fromBase64(body), 'Ed25519', false, ['verify']);
}

/**
 * Checks a receipt in this browser, with nothing of the server: the entry's hash, the signature, the place, the way to
 * the root. @param pem the public key that is trusted
 */
export async function checkReceipt(receipt: Receipt, pem: string): Promise<CheckStep[]> {
  const { entry, leaf_index: index, tree_size: size } = receipt;
  const hash = (await sha256(entryBytes(entry))).toHex();
  const head = readHead(receipt.head);
  const key = await importKey(pem);
  const isSigned = await crypto.subtle.verify('Ed25519', key, head.signature, head.signed);
  const root = await rootOf(fromHex(entry.hash), index, size, receipt.inclusion.map(fromHex));
  const isPlaced =
    head.origin.endsWith(`/journal/${entry.ledger}`) &&
    head.size === size &&
    entry.entry_number === index + 1;
  return [
    { name: 'The entry is what its hash was made of', holds: hash === entry.hash, detail: hash },
    { name: 'The head is signed with the key', holds: isSigned, detail: head.origin },
    {
      name: 'The head is of this ledger, and the entry at its place',
      holds: isPlaced,
      detail: `entry ${entry.entry_number} of ${size}`,
    },
    { name: 'The proof leads to the root', holds: root?.toBase64() === head.root, detail: head.root },
  ];
}

/** Reads a receipt as it was saved; amounts beyond 2^53 keep their digits. @throws {SyntaxError} */
export function readReceipt(text: string): Receipt {
  const parsed: unknown = JSON.parse(text, (name, value: unknown, context?: { source?: string }) => {
    const isAmount = name.endsWith('_minor') && (typeof value === 'number' || typeof value === 'string');
    return isAmount && /^-?\d+$/.test(String(value))
      ? BigInt(typeof value === 'string' ? value : (context?.source ?? value))
      : value;
  });
  if (isReceipt(parsed)) return parsed;
  throw new SyntaxError('This is not a receipt of the format credit-ledger/receipt/1.');
}

function isReceipt(value: unknown): value is Receipt {
  return (
    typeof value === 'object' &&
    value !== null &&
    'format' in value &&
    value.format === 'credit-ledger/receipt/1'
  );
}
