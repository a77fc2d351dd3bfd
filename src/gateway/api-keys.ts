import type { JsonObject } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { z } from 'zod';
import { readCursor, writeCursor } from '../ledger/cursor.ts';
import {
  found,
  toPage,
  type Answer as Found,
  type Page,
  type PageRequest,
  type Queryable,
} from '../ledger/read-answer.ts';
import type { Answer } from './answer.ts';
import { insertApiKey, listApiKeys, readApiKey, revokeApiKey, type ApiKeyRow } from './api-key-store.ts';
import { digestToken, idBytes, makeToken, secretBytes } from './api-key-token.ts';
import type { Call, Handlers } from './call.ts';
import { readPage, type Reading } from './reading.ts';
import { RequestError } from './request-error.ts';

export type RandomBytes = (count: number) => Uint8Array;

type Operations = 'listApiKeys' | 'createApiKey' | 'readApiKey' | 'revokeApiKey';

/** API keys: administrators make, list and revoke them. */
export function apiKeyHandlers(
  db: Queryable,
  reading: Reading,
  source: { random: RandomBytes; now: () => number },
): Handlers<Operations> {
  return {
    createApiKey: (call) => createApiKey(db, call, source),
    listApiKeys: (call) => readPage(reading, call, (page) => listPage(db, page), viewApiKey),
    readApiKey: async (call) => answerKey(await readApiKey(db, call.params.id)),
    revokeApiKey: async (call) => answerKey(await revokeApiKey(db, call.params.id)),
  };
}

/** The answer shows the key, which is kept nowhere. */
async function createApiKey(
  db: Queryable,
  { body }: Call<'createApiKey'>,
  { random, now }: { random: RandomBytes; now: () => number },
): Promise<Answer> {
  const expiresAt = body.expires_at ?? null;
  if (expiresAt !== null && expiresAt <= now()) throw expiresTooEarly();
  const { id, token } = makeToken(random(idBytes), random(secretBytes));
  const row = await insertApiKey(db, {
    id,
    digest: digestToken(token),
    name: body.name,
    scopes: [...new Set(body.scopes)],
    ledgers: [...new Set(body.ledgers)],
    expiresAt,
  });
  if (row === undefined) throw new Error('an inserted row was not returned');
  const headers = { location: `/v1/api-keys/${id}` };
  return { status: 201, body: { ...viewApiKey(row), key: token }, headers };
}

function expiresTooEarly(): RequestError {
  const errors = [{ pointer: '/expires_at', code: 'invalid_value', detail: 'must be in the future' }];
  return new RequestError('invalid_request', '/expires_at must be in the future', { errors });
}

async function listPage(db: Queryable, page: PageRequest): Promise<Found<Page<ApiKeyRow>>> {
  const cursor = readCursor(['api-keys'], page.cursor, z.tuple([z.string()]));
  if (cursor.kind === 'refused') return cursor;
  const rows = await listApiKeys(db, cursor.value?.[0] ?? '', page.limit + 1);
  return found(toPage(rows, page.limit, (last) => writeCursor(['api-keys'], [last.id])));
}

function answerKey(row: ApiKeyRow | undefined): Answer {
  if (row === undefined) throw new RequestError('not_found', 'there is no such API key');
  return { status: 200, body: viewApiKey(row), headers: {} };
}

function viewApiKey(row: ApiKeyRow): JsonObject {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    ledgers: row.ledgers,
    created_at: formatTime(row.created_at.getTime()),
    expires_at: row.expires_at === null ? null : formatTime(row.expires_at.getTime()),
    revoked_at: row.revoked_at === null ? null : formatTime(row.revoked_at.getTime()),
  };
}
