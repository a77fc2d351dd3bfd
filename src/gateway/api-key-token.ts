import { createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';

/*
 * A key is cl_live_<id>_<secret><checksum>: 16 and 43 and 6 characters of base 62. The checksum tells a
 * typing mistake from a wrong key without asking the database; it protects nothing.
 */
const prefix = 'cl_live_';
const shape = /^cl_live_([0-9A-Za-z]{16})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export const idBytes = 11;
export const secretBytes = 32;

/** Makes a key of random bytes: `idBytes` for its public id, `secretBytes` for its secret. */
export function makeToken(
  idRandom: Uint8Array,
  secretRandom: Uint8Array,
): { id: string; token: string } {
  const id = toBase62(idRandom, 16).slice(-16);
  const body = `${prefix}${id}_${toBase62(secretRandom, 43)}`;
  return { id, token: body + checksum(body) };
}

function toBase62(bytes: Uint8Array, length: number): string {
  let number = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  while (number > 0n) {
    text = alphabet.charAt(Number(number % 62n)) + text;
    number /= 62n;
  }
  return text.padStart(length, '0');
}

function checksum(body: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return toBase62(bytes, 6);
}

/** Whether a token can be a key at all: ours with a true checksum, or one that an operator chose. */
export function isPlausibleToken(token: string): boolean {
  if (!token.startsWith(prefix)) return /^[\x21-\x7e]{16,512}$/.test(token);
  return shape.test(token) && token.endsWith(checksum(token.slice(0, -6)));
}

/** The id that a key shows, undefined for one that an operator chose. */
export function idOfToken(token: string): string | undefined {
  return shape.exec(token)?.[1];
}

/**
 * What is kept of a key: HMAC-SHA-256 with the server's pepper. Keys are random, so nothing slower is needed; the
 * pepper makes a copy of the table worthless.
 */
export function digestToken(token: string, pepper: string): Buffer {
  return createHmac('sha256', pepper).update(token).digest();
}

/** By which keys of different peppers are told apart; says nothing of the pepper. */
export function idOfPepper(pepper: string): string {
  return createHmac('sha256', pepper).update('credit-ledger/pepper').digest('hex').slice(0, 16);
}
