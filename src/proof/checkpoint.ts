import { formatTime, readTime } from '@credit-ledger/contract/times.ts';
import { readNote, type Note } from './signed-note.ts';

/** What a signed head says of its tree. */
export interface Checkpoint {
  /** `credit-ledger/<database id>/<tree>`. */
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  /** Milliseconds since 1970. */
  readonly sealedAt: number;
}

/** A head with its signature, as it is kept and handed out. */
export interface SignedHead extends Checkpoint {
  readonly tree: string;
  readonly keyId: string;
  readonly note: string;
}

/** Whom the keys of a database sign for. */
export function keyNameOf(databaseId: string): string {
  return `credit-ledger/${databaseId}`;
}

export function originOf(databaseId: string, tree: string): string {
  return `${keyNameOf(databaseId)}/${tree}`;
}

export function journalTreeOf(ledger: string): string {
  return `journal/${ledger}`;
}

/** The closes of a ledger's periods. */
export function periodTreeOf(ledger: string): string {
  return `periods/${ledger}`;
}

/** The text that is signed: origin, size, root in base64, and when. */
export function checkpointText({ origin, size, root, sealedAt }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\nsealed_at ${formatTime(sealedAt)}\n`;
}

/** Reads the text of a note; undefined where it is no head of ours. */
export function readCheckpoint({ text }: Note): Checkpoint | undefined {
  const [origin = '', size = '', root = '', sealed = '', end, ...more] = text.split('\n');
  const sealedAt = sealed.startsWith('sealed_at ') ? readTime(sealed.slice(10)) : undefined;
  const bytes = Buffer.from(root, 'base64');
  if (end !== '' || more.length > 0 || sealedAt === undefined) return undefined;
  if (!/^(0|[1-9][0-9]{0,15})$/.test(size) || bytes.toString('base64') !== root) return undefined;
  return bytes.length === 32 ? { origin, size: Number(size), root: bytes, sealedAt } : undefined;
}

const origins = /^credit-ledger\/[0-9a-f-]{36}\/((?:journal|periods)\/[a-z][a-z0-9_-]*|audit)$/;

/** Reads a note as it is kept; undefined where it is no head of ours. Signatures are not checked. */
export function readSignedHead(note: string): SignedHead | undefined {
  const read = readNote(note);
  const checkpoint = read === undefined ? undefined : readCheckpoint(read);
  const tree = origins.exec(checkpoint?.origin ?? '')?.[1];
  if (read === undefined || checkpoint === undefined || tree === undefined) return undefined;
  return { ...checkpoint, tree, keyId: read.keyId, note };
}
