import { join } from 'node:path';
import { allScopes } from '@credit-ledger/contract/api-keys.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import { ensureSecret } from '../runtime/secret-file.ts';
import { countForeignKeys, replaceApiKey } from './api-key-store.ts';
import {
  digestToken,
  idBytes,
  idOfPepper,
  isPlausibleToken,
  makeToken,
  secretBytes,
} from './api-key-token.ts';
import type { RandomBytes } from './api-keys.ts';

const shortKey = 32;

export interface AdminKeyOptions {
  readonly dataDir: string;
  /** The key an operator chose: 16 or more visible characters. */
  readonly adminApiKey: string | undefined;
  readonly db: Queryable;
  readonly pepper: string;
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
  const { adminApiKey, dataDir, db, pepper, random, warn } = options;
  const makeKey = (): string => makeToken(random(idBytes), random(secretBytes)).token;
  const file = adminApiKey === undefined ? join(dataDir, 'admin.key') : undefined;
  const token = adminApiKey ?? (await ensureSecret(join(dataDir, 'admin.key'), random, makeKey));
  if (!isPlausibleToken(token)) {
    throw new Error(`the admin key ${file ?? 'ADMIN_API_KEY'} is not 16 to 512 visible characters`);
  }
  if (token.length < shortKey) warn(`ADMIN_API_KEY is short: use ${shortKey} random characters or more`);
  const digest = digestToken(token, pepper);
  const pepperId = idOfPepper(pepper);
  const foreign = await countForeignKeys(db, pepperId);
  if (foreign > 0)
    throw new Error(
      `${foreign} API keys of this database were made with another API_KEY_PEPPER: set that one`,
    );
  await replaceApiKey(db, {
    id: 'admin',
    digest,
    pepperId,
    name: 'Administrator',
    scopes: allScopes,
    ledgers: ['*'],
    expiresAt: null,
    perSecond: null,
  });
  return { token, file };
}
