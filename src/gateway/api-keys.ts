import { allScopes, type Scope } from '@credit-ledger/contract/api-keys.ts';
import type { JsonObject } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { namePlace, readCursor, writeCursor } from '../ledger/cursor.ts';
import {
  found,
  toPage,
  type Answer as Found,
  type Page,
  type PageRequest,
  type Queryable,
} from '../ledger/read-answer.ts';
import type { Answer } from './answer.ts';
import {
  insertApiKey,
  listApiKeys,
  readApiKey,
  revokeApiKey,
  rotateApiKey,
  type ApiKeyRow,
  type NewApiKey,
  type Reach,
} from './api-key-store.ts';
import { digestToken, idBytes, idOfPepper, makeToken, secretBytes } from './api-key-token.ts';
import { everyLedger, ledgerNotFound, mayUse, type Caller } from './auth.ts';
import type { AnyCall, Call, Handlers } from './call.ts';
import { answerProblem } from './problem.ts';
import { answerBody, readPage, type Reading } from './reading.ts';
import { RequestError } from './request-error.ts';

export type RandomBytes = (count: number) => Uint8Array;

type Operations = 'listApiKeys' | 'createApiKey' | 'readApiKey' | 'rotateApiKey' | 'revokeApiKey';

interface Source {
  readonly pepper: string;
  readonly random: RandomBytes;
  readonly now: () => number;
}

/** API keys: whoever may manage them makes, lists, rotates and revokes those that can do no more than its own. */
export function apiKeyHandlers(db: Queryable, reading: Reading, source: Source): Handlers<Operations> {
  return {
    createApiKey: (call) => createApiKey(db, call, source),
    listApiKeys: (call) =>
      readPage(reading, call, (page) => listPage(db, reachOf(call.caller), page), viewApiKey),
    readApiKey: async (call) => answerBody(viewApiKey(await find(db, call, call.params.id))),
    rotateApiKey: (call) => rotate(db, call, source),
    revokeApiKey: async (call) => {
      const { id } = await find(db, call, call.params.id);
      const row = await revokeApiKey(db, id);
      if (row === undefined) throw notThere();
      return answerBody(viewApiKey(row));
    },
  };
}

function reachOf({ scopes, ledgers }: Caller): Reach {
  const isEvery = ledgers.includes(everyLedger);
  return { scopes: [...scopes], ledgers: isEvery ? undefined : ledgers };
}

/** The answer shows the key, which is kept nowhere. */
async function createApiKey(
  db: Queryable,
  { body, caller }: Call<'createApiKey'>,
  source: Source,
): Promise<Answer> {
  const { expires_at: expiresAt = null, rate_limit_per_second: perSecond = null } = body;
  if (expiresAt !== null && expiresAt <= source.now()) throw expiresTooEarly();
  const scopes = [...new Set(body.scopes)];
  const ledgers = [...new Set(body.ledgers)];
  refuseBeyond(caller, scopes, ledgers);
  const { key, token } = mint(source, { name: body.name, scopes, ledgers, expiresAt, perSecond });
  return answerNew(await insertApiKey(db, key), token);
}

/** Nobody gives what it does not have. */
function refuseBeyond(caller: Caller, scopes: readonly Scope[], ledgers: readonly string[]): void {
  const beyond = scopes.find((scope) => !caller.scopes.has(scope));
  if (beyond !== undefined)
    throw new RequestError('forbidden', `this key has not the scope ${beyond}, and can't give it`);
  const foreign = ledgers.find((ledger) => !mayUse(caller, ledger));
  if (foreign !== undefined) throw ledgerNotFound(foreign);
}

type Rights = Omit<NewApiKey, 'id' | 'digest' | 'pepperId'>;

function mint({ pepper, random }: Source, rights: Rights): { key: NewApiKey; token: string } {
  const { id, token } = makeToken(random(idBytes), random(secretBytes));
  const key = { ...rights, id, digest: digestToken(token, pepper), pepperId: idOfPepper(pepper) };
  return { key, token };
}

function answerNew(row: ApiKeyRow | undefined, token: string): Answer {
  if (row === undefined) throw new Error('an inserted row was not returned');
  const headers = { location: `/v1/api-keys/${row.id}` };
  return { status: 201, body: { ...viewApiKey(row), key: token }, headers };
}

function expiresTooEarly(): RequestError {
  const errors = [{ pointer: '/expires_at', code: 'invalid_value', detail: 'must be in the future' }];
  return new RequestError('invalid_request', '/expires_at must be in the future', { errors });
}

/** The new key has the rights and the end that the old one had. */
async function rotate(db: Queryable, call: Call<'rotateApiKey'>, source: Source): Promise<Answer> {
  const {
    id,
    name,
    scopes,
    ledgers,
    expires_at: end,
    rate_limit_per_second: perSecond,
  } = await find(db, call, call.params.id);
  if (id === 'admin') throw new RequestError('forbidden', 'ADMIN_API_KEY or its file makes this key');
  const rights = { name, scopes, ledgers, expiresAt: end?.getTime() ?? null, perSecond };
  const { key, token } = mint(source, rights);
  const until = source.now() + call.body.overlap_seconds * 1000;
  const row = await rotateApiKey(db, id, key, until);
  if (row !== undefined) return answerNew(row, token);
  return answerProblem({
    code: 'api_key_ended',
    detail: `the key ${id} counts no more, or was rotated`,
  });
}

async function listPage(
  db: Queryable,
  reach: Reach,
  page: PageRequest,
): Promise<Found<Page<ApiKeyRow>>> {
  const cursor = readCursor(['api-keys'], page.cursor, namePlace);
  if (cursor.kind === 'refused') return cursor;
  const rows = await listApiKeys(db, reach, cursor.value?.[0] ?? '', page.limit + 1);
  return found(toPage(rows, page.limit, (last) => writeCursor(['api-keys'], [last.id])));
}

async function find(db: Queryable, { caller }: AnyCall, id: string): Promise<ApiKeyRow> {
  const row = await readApiKey(db, reachOf(caller), id);
  if (row === undefined) throw notThere();
  return row;
}

function notThere(): RequestError {
  return new RequestError('not_found', 'there is no such API key');
}

function viewApiKey(row: ApiKeyRow): JsonObject {
  return {
    id: row.id,
    name: row.name,
    scopes: allScopes.filter((scope) => row.scopes.includes(scope)),
    ledgers: row.ledgers,
    created_at: formatTime(row.created_at.getTime()),
    expires_at: viewTime(row.expires_at),
    revoked_at: viewTime(row.revoked_at),
    last_used_at: viewTime(row.last_used_at),
    replaced_by: row.replaced_by,
    rate_limit_per_second: row.rate_limit_per_second,
  };
}

function viewTime(time: Date | null): string | null {
  return time === null ? null : formatTime(time.getTime());
}
