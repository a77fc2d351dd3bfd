import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { RandomBytes } from './api-keys.ts';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const timeBytes = 8;
const purpose = 'credit-ledger/session/1';

/** What a cookie carries. */
export interface Session {
  /** An API key, or a token of the issuer. */
  readonly credential: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The key that cookies are sealed with: of the pepper, so that every gateway of a database opens them. */
export function sealingKeyOf(pepper: string, of = purpose): Buffer {
  return Buffer.from(hkdfSync('sha256', pepper, '', of, 32));
}

/** Encrypts and authenticates a session: nonce, ciphertext of time and credential, tag; in base64url. */
export function sealSession(
  key: Buffer,
  { credential, expiresAt }: Session,
  random: RandomBytes,
): string {
  const nonce = Buffer.from(random(nonceBytes));
  const time = Buffer.alloc(timeBytes);
  time.writeBigUInt64BE(BigInt(expiresAt));
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(purpose));
  const sealed = [nonce, cipher.update(time), cipher.update(credential), cipher.final()];
  return Buffer.concat([...sealed, cipher.getAuthTag()]).toString('base64url');
}

/** @returns undefined for what was not sealed with this key, or was changed */
export function openSession(key: Buffer, text: string): Session | undefined {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length <= nonceBytes + timeBytes + tagBytes) return undefined;
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(-tagBytes));
  const plain = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  const expiresAt = Number(plain.readBigUInt64BE());
  return { credential: plain.toString('utf8', timeBytes), expiresAt };
}
