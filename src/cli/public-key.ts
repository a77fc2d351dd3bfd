import { createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readVerifier } from '../proof/signed-note.ts';
import { readText, UsageError } from './command.ts';

/** A public key: a PEM file, a file with the key as one word, or that word itself. @throws {UsageError} */
export async function readKey(given: string): Promise<KeyObject> {
  const text = existsSync(given) ? await readText(given) : given;
  const verifier = readVerifier(text);
  if (verifier !== undefined) return verifier.publicKey;
  try {
    return createPublicKey(text);
  } catch {
    throw new UsageError(`--key: ${given} is neither a file with a public key nor a key itself`);
  }
}
