import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readSignedHead, type SignedHead } from './checkpoint.ts';
import { readVerifier, verifierOf, verifierText, type Verifier } from './signed-note.ts';

/*
 * What is kept of the seals outside the database (`SEAL_DIR`):
 *
 *   heads.ndjson   every signed head, one JSON object a line, only ever appended to
 *   keys.txt       every public key, one a line, the oldest first
 *   signing-key.pem  the private key, unless SEAL_KEY_FILE names another file
 *
 * An append is on the disk before it is told of. A line that a crash left unfinished does not count, and the
 * next append begins after the last whole one.
 */

export interface SealDirectory {
  readonly path: string;
  /** The private key, where it is kept elsewhere and by someone else. */
  readonly keyFile: string | undefined;
}

/** A private key with its public half. */
export interface SigningKey {
  readonly verifier: Verifier;
  readonly privateKey: KeyObject;
}

const headsFile = ({ path }: SealDirectory): string => join(path, 'heads.ndjson');
const keysFile = ({ path }: SealDirectory): string => join(path, 'keys.txt');
const ownKeyFile = ({ path }: SealDirectory): string => join(path, 'signing-key.pem');

/** The key that signs now; without one of its own the directory gets one. */
export async function ensureSigningKey(directory: SealDirectory, name: string): Promise<SigningKey> {
  const file = directory.keyFile ?? ownKeyFile(directory);
  if (directory.keyFile === undefined && (await readIfThere(file)) === undefined)
    await writeNewKey(directory);
  const privateKey = createPrivateKey(await readFile(file));
  const verifier = verifierOf(name, createPublicKey(privateKey));
  await recordKey(directory, verifier);
  return { verifier, privateKey };
}

/** Replaces the directory's own key; the old private key is gone, the old public one stays published. */
export async function rotateSigningKey(directory: SealDirectory, name: string): Promise<SigningKey> {
  await writeNewKey(directory);
  return ensureSigningKey(directory, name);
}

async function writeNewKey(directory: SealDirectory): Promise<void> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await mkdir(directory.path, { recursive: true, mode: 0o700 });
  const draft = `${ownKeyFile(directory)}.new`;
  await writeFile(draft, pem, { mode: 0o600, flush: true });
  await rename(draft, ownKeyFile(directory));
}

async function recordKey(directory: SealDirectory, verifier: Verifier): Promise<void> {
  const known = await listVerifiers(directory);
  if (!known.some(({ id }) => id === verifier.id))
    await appendLine(keysFile(directory), verifierText(verifier));
}

/** Every key that ever signed here, the oldest first. */
export async function listVerifiers(directory: SealDirectory): Promise<Verifier[]> {
  const lines = await readLines(keysFile(directory));
  return lines.map(readVerifier).filter((verifier) => verifier !== undefined);
}

/** A line of `heads.ndjson`: a head, or an operator's word that what came before it does not count any more. */
export type HeadRecord =
  | { readonly kind: 'head'; readonly head: SignedHead }
  | { readonly kind: 'loss accepted'; readonly tree: string; readonly size: number }
  | { readonly kind: 'unreadable'; readonly line: number };

/** The records in their order. */
export async function readHeadRecords(directory: SealDirectory): Promise<HeadRecord[]> {
  const lines = await readLines(headsFile(directory));
  return lines.map((line, index) => readRecord(line) ?? { kind: 'unreadable', line: index + 1 });
}

function readRecord(line: string): HeadRecord | undefined {
  const value = parseObject(line);
  const note: unknown = value?.['note'];
  const head = typeof note === 'string' ? readSignedHead(note) : undefined;
  if (head !== undefined) return { kind: 'head', head };
  const tree: unknown = value?.['loss_accepted'];
  const size: unknown = value?.['size'];
  if (typeof tree !== 'string' || typeof size !== 'number') return undefined;
  return { kind: 'loss accepted', tree, size };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** The heads that still count, the oldest first. */
export function countingHeads(records: readonly HeadRecord[]): SignedHead[] {
  const heads: SignedHead[] = [];
  for (const record of records) {
    if (record.kind === 'head') heads.push(record.head);
    if (record.kind !== 'loss accepted') continue;
    const kept = heads.filter(({ tree, size }) => tree !== record.tree || size <= record.size);
    heads.splice(0, heads.length, ...kept);
  }
  return heads;
}

/** Appends a head, durably; one that is the last already is not written again. */
export async function appendHead(directory: SealDirectory, head: SignedHead): Promise<void> {
  const line = JSON.stringify({ tree: head.tree, size: head.size, note: head.note });
  const lines = await readLines(headsFile(directory));
  if (!lines.includes(line)) await appendLine(headsFile(directory), line);
}

/** From here on heads of this tree above `size` are not missed any more. */
export async function acceptLoss(directory: SealDirectory, tree: string, size: number, at: string) {
  await appendLine(headsFile(directory), JSON.stringify({ loss_accepted: tree, size, at }));
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readLines(file: string): Promise<string[]> {
  const text = (await readIfThere(file)) ?? '';
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
}

async function appendLine(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const before = (await readIfThere(file)) ?? '';
  const handle = await open(file, 'a', 0o644);
  try {
    const whole = Buffer.byteLength(before.slice(0, before.lastIndexOf('\n') + 1));
    if (whole < Buffer.byteLength(before)) await handle.truncate(whole);
    await handle.write(`${line}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncDirectory(dirname(file));
}

/** Else a crash could lose the name of a new file. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
