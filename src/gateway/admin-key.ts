import { join } from 'node:path';
import type { Queryable } from '../ledger/read-answer.ts';
import { ensureSecret } from '../runtime/secret-file.ts';
import { replaceApiKey } from './api-key-store.ts';
import { digestToken, idBytes, isPlausibleToken, makeToken, secretBytes } from './api-key-token.ts';
import type { RandomBytes } from './api-keys.ts';

const shortKey = 32;

export interface AdminKeyOptions {
  readonly dataDir: string;
  /** The key an operator chose: 16 or more visible characters. */
  readonly adminApiKey: string | undefined;
  readonly db: Queryable;
  readonly random: RandomBytes;
  readonly warn: (message: string) => void;
}

/**
 * Sees to it that there is an administrator's key: the one given, or one made once and kept in
 * DATA_DIR/admin.key, which only its owner can read. It replaces the one there was under the id `admin`.
 * @returns the key and, where it was made here, the file that holds it.
 */
export async function ensureAdminKey(
  options: AdminKeyOptions,
): Promise<{ token: string; file: string | undefined }> {
  const { adminApiKey, dataDir, db, random, warn } = options;
  const makeKey = (): string => makeToken(random(idBytes), random(secretBytes)).token;
  const file = adminApiKey === undefined ? join(dataDir, 'admin.key') : undefined;
  const token = adminApiKey ?? (await ensureSecret(join(dataDir, 'admin.key'), random, makeKey));
  if (!isPlausibleToken(token)) {
    throw new Error(`the admin key ${file ?? 'ADMIN_API_KEY'} is not 16 to 512 visible characters`);
  }
  if (token.length < shortKey) warn(`ADMIN_API_KEY is short: use ${shortKey} random characters or more`);
  const digest = digestToken(token);
  const scopes = ['read', 'write', 'admin'] as const;
  await replaceApiKey(db, {
    id: 'admin',
    digest,
    name: 'Administrator',
    scopes,
    ledgers: ['*'],
    expiresAt: null,
  });
  return { token, file };
}
