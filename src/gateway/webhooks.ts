import type { JsonObject } from '@credit-ledger/contract/json.ts';
import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { uuidv7 } from 'uuidv7';
import { readAccount } from '../ledger/read-accounts.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import { closeLetters } from '../webhooks/dead-delivery.ts';
import { insertTest, redeliver, type Redelivery } from '../webhooks/deliveries.ts';
import {
  deleteEndpoint,
  insertEndpoint,
  listEndpoints,
  readEndpoint,
  rotateSecret,
  updateEndpoint,
  type Endpoint,
  type Reach,
} from '../webhooks/endpoints.ts';
import { listAttempts, listDeliveries, readDelivery } from '../webhooks/read-deliveries.ts';
import { secretBytes, showSecret } from '../webhooks/signature.ts';
import { refuseTarget, type TargetRules } from '../webhooks/target.ts';
import type { Answer } from './answer.ts';
import type { RandomBytes } from './api-keys.ts';
import { everyLedger, ledgerNotFound, mayUse, type Caller } from './auth.ts';
import type { AnyCall, Call, Handlers } from './call.ts';
import { readNumberCursor, writeNumberCursor } from './number-cursor.ts';
import { answerProblem } from './problem.ts';
import { answerBody, type Reading } from './reading.ts';
import { RequestError } from './request-error.ts';
import { viewAttempt, viewDelivery, viewWebhook } from './webhook-views.ts';

/** Of the endpoints that share a ledger. */
const endpointsMax = 50;

type Operations =
  | 'createWebhook'
  | 'listWebhooks'
  | 'readWebhook'
  | 'updateWebhook'
  | 'deleteWebhook'
  | 'rotateWebhookSecret'
  | 'testWebhook'
  | 'listWebhookDeliveries'
  | 'readWebhookDelivery'
  | 'redeliverWebhook'
  | 'redeliverWebhooks';

export interface WebhookParts {
  readonly random: RandomBytes;
  readonly webhookTargets: TargetRules;
}

/** Who is sent events. An endpoint is seen by whoever may use all of its ledgers. */
export function webhookHandlers(reading: Reading, parts: WebhookParts): Handlers<Operations> {
  const { primary: db } = reading;
  return {
    createWebhook: (call) => create(db, call, parts),
    listWebhooks: (call) => list(db, call),
    readWebhook: async (call) => answerBody(viewWebhook(await find(db, call))),
    updateWebhook: (call) => update(db, call, parts),
    deleteWebhook: async (call) => {
      const endpoint = await find(db, call);
      await deleteEndpoint(db, endpoint.id);
      return answerBody(viewWebhook(endpoint));
    },
    rotateWebhookSecret: (call) => rotate(reading, call, parts),
    testWebhook: (call) => test(reading, call),
    listWebhookDeliveries: (call) => listOf(db, call),
    readWebhookDelivery: (call) => readOf(db, call),
    redeliverWebhook: (call) => redeliverOne(reading, call),
    redeliverWebhooks: async (call) => {
      const { id } = await find(db, call);
      const { state, created_after: after, created_before: before } = call.body;
      const redelivered = await sendAgain(reading, call, id, {
        state: state ?? undefined,
        after: after ?? undefined,
        before: before ?? undefined,
      });
      return { status: 202, body: { redelivered }, headers: {} };
    },
  };
}

function reachOf({ ledgers }: Caller): Reach {
  return ledgers.includes(everyLedger) ? undefined : ledgers;
}

async function find(
  db: Queryable,
  { caller, params }: AnyCall & { readonly params: { readonly id: string } },
): Promise<Endpoint> {
  const endpoint = await readEndpoint(db, reachOf(caller), params.id);
  if (endpoint === undefined) throw new RequestError('not_found', 'there is no such webhook');
  return endpoint;
}

async function create(
  db: Queryable,
  call: Call<'createWebhook'>,
  { random, webhookTargets }: WebhookParts,
): Promise<Answer> {
  const { body } = call;
  refuseUrl(body.url, webhookTargets);
  const ledgers = await knownLedgers(db, call, body.ledgers ?? [call.ledger]);
  const secret = Buffer.from(random(secretBytes)).toString('base64');
  const endpoint = {
    id: uuidv7(),
    url: body.url,
    description: body.description ?? null,
    ledgers,
    eventTypes: body.event_types ?? null,
    accountIds: await resolveAccounts(db, ledgers, body.account_ids ?? null),
    secret,
  };
  const made = await insertEndpoint(db, endpoint, endpointsMax);
  if (made !== undefined) return answerWithSecret(made, secret);
  const detail = `there are ${endpointsMax} endpoints of these ledgers`;
  return answerProblem({ code: 'too_many_webhooks', detail });
}

function answerWithSecret(endpoint: Endpoint, secret: string): Answer {
  const body = { ...viewWebhook(endpoint), secret: showSecret(secret) };
  return { status: 201, body, headers: { location: `/v1/webhooks/${endpoint.id}` } };
}

/** @throws {RequestError} webhook_url_refused */
function refuseUrl(url: string, rules: TargetRules): void {
  const why = refuseTarget(url, rules);
  if (why === undefined) return;
  const errors = [{ pointer: '/url', code: 'webhook_url_refused', detail: why }];
  throw new RequestError('webhook_url_refused', `the URL ${why}`, { errors });
}

/** Once each. @throws {RequestError} ledger_not_found, the same whether it is someone else's or none's. */
async function knownLedgers(
  db: Queryable,
  { caller, named }: AnyCall,
  ledgers: readonly string[],
): Promise<string[]> {
  const wanted = [...new Set(ledgers.map(named))];
  const { rows } = await db.query<{ name: string }>(
    'select name from ledger.ledgers where name = any($1::text[])',
    [wanted],
  );
  const there = new Set(rows.map(({ name }) => name));
  const missing = wanted.find((ledger) => !mayUse(caller, ledger) || !there.has(ledger));
  if (missing !== undefined) throw ledgerNotFound(missing);
  return wanted;
}

/** Accounts by their ids. @throws {RequestError} account_not_found, in any of the ledgers */
async function resolveAccounts(
  db: Queryable,
  ledgers: readonly string[],
  refs: readonly string[] | null,
): Promise<string[] | null> {
  if (refs === null) return null;
  const ids = new Set<string>();
  for (const ref of refs) {
    const found = await Promise.all(ledgers.map((ledger) => readAccount(db, ledger, ref)));
    const accounts = found.filter((answer) => answer.kind === 'found');
    if (accounts.length === 0)
      throw new RequestError('account_not_found', `there is no account ${ref} (account_ids)`);
    for (const { value } of accounts) ids.add(value.settings.id);
  }
  return [...ids];
}

async function list(db: Queryable, { caller, query }: Call<'listWebhooks'>): Promise<Answer> {
  const after = readNumberCursor('webhooks', query.cursor) ?? 0;
  const rows = await listEndpoints(db, reachOf(caller), after, query.limit + 1);
  return answerNumbered('webhooks', rows, query.limit, viewWebhook);
}

function answerNumbered<Row extends { readonly number: number }>(
  name: string,
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => JsonObject,
): Answer {
  const data = rows.slice(0, limit);
  const last = rows.length > limit ? data.at(-1) : undefined;
  const cursor = last === undefined ? null : writeNumberCursor(name, last.number);
  return answerBody({ data: data.map(view), next_cursor: cursor });
}

async function update(
  db: Queryable,
  call: Call<'updateWebhook'>,
  { webhookTargets }: WebhookParts,
): Promise<Answer> {
  const endpoint = await find(db, call);
  const { url, description, event_types: eventTypes, account_ids: refs, status } = call.body;
  if (url !== undefined) refuseUrl(url, webhookTargets);
  const ledgers =
    call.body.ledgers === undefined ? undefined : await knownLedgers(db, call, call.body.ledgers);
  const accountIds =
    refs === undefined ? undefined : await resolveAccounts(db, ledgers ?? endpoint.ledgers, refs);
  const change = { url, description, ledgers, eventTypes, accountIds, status };
  const updated = await updateEndpoint(db, endpoint.id, change);
  if (updated === undefined) throw new RequestError('not_found', 'there is no such webhook');
  return answerBody(viewWebhook(updated));
}

async function rotate(
  { primary: db, now }: Reading,
  call: Call<'rotateWebhookSecret'>,
  { random }: WebhookParts,
): Promise<Answer> {
  const { id } = await find(db, call);
  const secret = Buffer.from(random(secretBytes)).toString('base64');
  const rotated = await rotateSecret(db, id, secret, now() + call.body.overlap_seconds * 1000);
  if (rotated === undefined) throw new RequestError('not_found', 'there is no such webhook');
  return answerWithSecret(rotated, secret);
}

async function test({ primary: db, now }: Reading, call: Call<'testWebhook'>): Promise<Answer> {
  const { id, ledgers } = await find(db, call);
  const [ledger = ''] = ledgers;
  const type = 'webhook.test';
  const body = stringifyJson({ type, timestamp: formatTime(now()), data: { webhook_id: id, ledger } });
  const delivery = await insertTest(db, id, { id: uuidv7(), type, ledger, body });
  return answerDelivery(db, id, delivery);
}

async function answerDelivery(db: Queryable, id: string, delivery: string): Promise<Answer> {
  const row = await readDelivery(db, id, delivery);
  if (row === undefined) throw new RequestError('not_found', 'there is no such delivery');
  const location = `/v1/webhooks/${id}/deliveries/${delivery}`;
  return { status: 202, body: viewDelivery(row), headers: { location } };
}

async function listOf(db: Queryable, call: Call<'listWebhookDeliveries'>): Promise<Answer> {
  const { id } = await find(db, call);
  const { state, cursor, limit } = call.query;
  const name = `webhook deliveries ${id} ${state ?? ''}`;
  const before = readNumberCursor(name, cursor);
  const rows = await listDeliveries(db, id, { state, before, limit: limit + 1 });
  return answerNumbered(name, rows, limit, viewDelivery);
}

async function readOf(db: Queryable, call: Call<'readWebhookDelivery'>): Promise<Answer> {
  const { id } = await find(db, call);
  const row = await readDelivery(db, id, call.params.delivery);
  if (row === undefined) throw new RequestError('not_found', 'there is no such delivery');
  const attempts = await listAttempts(db, row.id);
  return answerBody({ ...viewDelivery(row), attempt_log: attempts.map(viewAttempt) });
}

async function redeliverOne(reading: Reading, call: Call<'redeliverWebhook'>): Promise<Answer> {
  const { primary: db } = reading;
  const { id } = await find(db, call);
  const { delivery } = call.params;
  const row = await readDelivery(db, id, delivery);
  if (row === undefined) throw new RequestError('not_found', 'there is no such delivery');
  const count = await sendAgain(reading, call, id, { id: delivery });
  if (count === 1) return answerDelivery(db, id, delivery);
  const detail =
    row.position === null
      ? 'a test is sent once: ask for another one'
      : `the delivery ${delivery} has not ended`;
  return answerProblem({ code: 'delivery_pending', detail });
}

/** Has deliveries sent again, whose dead letters are done with then. @returns how many */
async function sendAgain(
  { primary, readModels }: Reading,
  { caller }: AnyCall,
  endpointId: string,
  selection: Redelivery,
): Promise<number> {
  const sent = await redeliver(primary, endpointId, selection);
  const dead = sent.filter(({ wasDead }) => wasDead).map(({ messageId }) => messageId);
  if (readModels !== undefined) await closeLetters(readModels.pool, endpointId, dead, caller.keyId);
  return sent.length;
}
