import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';

/*
 * Signed notes and checkpoints as C2SP has them (c2sp.org/signed-note, c2sp.org/tlog-checkpoint): lines of
 * text, an empty line, and a line `— <key name> <base64>` with four bytes that name the key and the Ed25519
 * signature of the text.
 */

const ed25519 = Buffer.from([1]);
const signatureLine = /^— (\S+) ([A-Za-z0-9+/=]+)$/;

/** A public key with the name it signs under. */
export interface Verifier {
  readonly name: string;
  /** Eight hexadecimal digits, from name and key. */
  readonly id: string;
  readonly publicKey: KeyObject;
}

/** The 32 bytes of an Ed25519 public key. @throws {TypeError} for another kind of key. */
export function rawKeyOf(key: KeyObject): Buffer {
  const { kty, crv, x } = key.export({ format: 'jwk' });
  if (kty !== 'OKP' || crv !== 'Ed25519' || x === undefined) throw new TypeError('not an Ed25519 key');
  return Buffer.from(x, 'base64url');
}

/** The key of its 32 bytes. */
export function keyOfRaw(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

export function verifierOf(name: string, publicKey: KeyObject): Verifier {
  const input = Buffer.concat([Buffer.from(`${name}\n`), ed25519, rawKeyOf(publicKey)]);
  return { name, id: hash('sha256', input, 'hex').slice(0, 8), publicKey };
}

/** The key as one word: `<name>+<id>+<base64 of 0x01 and the key>`. */
export function verifierText({ name, id, publicKey }: Verifier): string {
  return `${name}+${id}+${Buffer.concat([ed25519, rawKeyOf(publicKey)]).toString('base64')}`;
}

/** Reads `verifierText`; undefined where it is none. */
export function readVerifier(text: string): Verifier | undefined {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim());
  const [, name = '', id, encoded = ''] = match ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== 33 || bytes[0] !== 1) return undefined;
  const verifier = verifierOf(name, keyOfRaw(bytes.subarray(1)));
  return verifier.id === id ? verifier : undefined;
}

/** @param text ends with a line feed */
export function signNote(text: string, { name, id }: Verifier, privateKey: KeyObject): string {
  const signature = sign(null, Buffer.from(text), privateKey);
  const encoded = Buffer.concat([Buffer.from(id, 'hex'), signature]).toString('base64');
  return `${text}\n— ${name} ${encoded}\n`;
}

/** A note taken apart; nothing is checked yet. */
export interface Note {
  /** What was signed. */
  readonly text: string;
  readonly keyName: string;
  readonly keyId: string;
  readonly signature: Buffer;
}

/** Undefined where it is no note of one signature. */
export function readNote(note: string): Note | undefined {
  const end = note.lastIndexOf('\n\n');
  if (end === -1 || !note.endsWith('\n')) return undefined;
  const match = signatureLine.exec(note.slice(end + 2, -1));
  const [, keyName, encoded = ''] = match ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (keyName === undefined || bytes.length !== 68) return undefined;
  return {
    text: note.slice(0, end + 1),
    keyName,
    keyId: bytes.toString('hex', 0, 4),
    signature: bytes.subarray(4),
  };
}

export function isSignedBy(note: Note, publicKey: KeyObject): boolean {
  return verify(null, Buffer.from(note.text), publicKey, note.signature);
}
