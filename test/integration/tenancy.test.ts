import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { allScopes, type Scope } from '@credit-ledger/contract/api-keys.ts';
import type { Route } from '@credit-ledger/contract/route.ts';
import { routes, type Operation } from '@credit-ledger/contract/routes.ts';
import type { LedgerProcess } from '../../src/ledger/ledger.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { summaryOf, type TestAnswer } from '../support/http.ts';
import { startLedger } from '../support/ledger.ts';

/** Things that a request may name: of a ledger, or of none. */
interface Things {
  readonly ledger: string;
  readonly account: string;
  readonly transfer: string;
  readonly hold: string;
  readonly entry: string;
  readonly apiKey: string;
  readonly webhook: string;
  readonly delivery: string;
}

interface Sample {
  /** What stands for the parameter of the path, and for a second one. */
  readonly at?: string;
  readonly inner?: string;
  readonly query?: string;
  readonly body?: unknown;
}

const uuid = '0190f3a0-7c1e-7d00-8000-00000000000a';
const usd = { amount_minor: 1, currency: 'USD' };
const lines = (account: string) => [
  { account_id: account, side: 'DEBIT', amount_minor: 1 },
  { account_id: account, side: 'CREDIT', amount_minor: 1 },
];
const self = ({ account }: Things) => ({ from: account, to: account, ...usd });

/** One request for each operation, that names the things it is given. Without a row here a route fails the tests. */
const samples: Readonly<Record<Operation, (things: Things) => Sample>> = {
  openAccount: () => ({ body: { currency: 'USD' } }),
  openAccounts: () => ({ body: { accounts: [{ currency: 'USD' }] } }),
  listAccounts: () => ({}),
  readAccount: ({ account }) => ({ at: account }),
  updateAccount: ({ account }) => ({ at: account, body: { name: 'mine' } }),
  readBalance: ({ account }) => ({ at: account }),
  readBalances: ({ account }) => ({ query: `account_ids=${account}` }),
  readDailyBalances: ({ account }) => ({ at: account }),
  readStatement: ({ account }) => ({ at: account }),
  postTransfer: (things) => ({ body: { ...self(things), to: uuid } }),
  postTransfers: (things) => ({
    body: { mode: 'atomic', transfers: [{ ...self(things), to: uuid, idempotencyKey: 'item' }] },
  }),
  deposit: ({ account }) => ({ at: account, body: { amount_minor: 1 } }),
  withdraw: ({ account }) => ({ at: account, body: { amount_minor: 1 } }),
  listTransfers: ({ account }) => ({ query: `account_id=${account}` }),
  readTransfer: ({ transfer }) => ({ at: transfer }),
  readTimeline: ({ transfer }) => ({ at: transfer }),
  settleHold: ({ hold }) => ({ at: hold, body: {} }),
  voidHold: ({ hold }) => ({ at: hold, body: {} }),
  cancelTransfer: ({ transfer }) => ({ at: transfer, body: {} }),
  reverseTransfer: ({ transfer }) => ({ at: transfer, body: {} }),
  preview: (things) => ({ body: { ...self(things), to: uuid } }),
  postEntry: ({ account }) => ({ body: { lines: lines(account) } }),
  listEntries: ({ transfer }) => ({ query: `transfer_id=${transfer}` }),
  readEntry: ({ entry }) => ({ at: entry }),
  reverseEntry: ({ entry }) => ({ at: entry, body: {} }),
  readDailyTotals: () => ({ query: 'currency=USD&from=2026-01-01&to=2026-01-02' }),
  readTrialBalance: () => ({}),
  readActivity: () => ({}),
  listEvents: ({ account }) => ({ query: `account_id=${account}` }),
  listCurrencies: () => ({}),
  registerCurrency: () => ({ body: { code: 'PTS', scale: 0 } }),
  readCurrency: () => ({ at: 'USD' }),
  listLedgers: () => ({}),
  createLedger: ({ ledger }) => ({ body: { name: ledger } }),
  readLedger: ({ ledger }) => ({ at: ledger }),
  updateLedger: ({ ledger }) => ({ at: ledger, body: {} }),
  resetLedger: ({ ledger }) => ({ at: ledger }),
  moveLedgerClock: ({ ledger }) => ({ at: ledger, body: { advance_seconds: 1 } }),
  closePeriod: ({ ledger }) => ({ at: ledger, body: { ends_at: '2020-01-01T00:00:00Z' } }),
  listPeriods: ({ ledger }) => ({ at: ledger }),
  readPeriod: ({ ledger }) => ({ at: ledger, inner: '1' }),
  listApiKeys: () => ({}),
  createApiKey: ({ ledger }) => ({ body: { name: 'n', scopes: ['keys'], ledgers: [ledger] } }),
  readApiKey: ({ apiKey }) => ({ at: apiKey }),
  rotateApiKey: ({ apiKey }) => ({ at: apiKey }),
  revokeApiKey: ({ apiKey }) => ({ at: apiKey }),
  readOutbox: () => ({}),
  listAuditLog: () => ({}),
  listProjections: () => ({}),
  stopProjection: () => ({ at: 'balances' }),
  startProjection: () => ({ at: 'balances' }),
  rebuildProjection: () => ({ at: 'balances' }),
  resetProjection: () => ({ at: 'balances' }),
  replayProjection: () => ({ at: 'balances', body: { from_position: 1 } }),
  dropPreviousTables: () => ({ at: 'balances' }),
  listOperations: () => ({}),
  readOperation: () => ({ at: uuid }),
  cancelOperation: () => ({ at: uuid }),
  listJobs: () => ({}),
  runJob: () => ({ at: 'clean_up' }),
  listJobRuns: () => ({}),
  readJobRun: () => ({ at: uuid }),
  requestReconciliation: () => ({ body: {} }),
  listReconciliations: () => ({}),
  readReconciliation: () => ({ at: uuid }),
  listDeadLetters: () => ({}),
  readDeadLetter: () => ({ at: uuid }),
  redriveDeadLetter: () => ({ at: uuid }),
  redriveDeadLetters: () => ({ body: { key: uuid } }),
  readReceipt: ({ entry }) => ({ at: entry }),
  listSeals: () => ({}),
  listSealKeys: () => ({}),
  readConsistency: () => ({ query: 'from=1&to=2' }),
  sealLedgers: () => ({}),
  rotateSealKey: () => ({}),
  exportLedger: () => ({}),
  startVerification: () => ({}),
  listVerifications: () => ({}),
  readVerification: () => ({ at: uuid }),
  cancelVerification: () => ({ at: uuid }),
  listApprovals: () => ({}),
  readApproval: () => ({ at: uuid }),
  approveRequest: () => ({ at: uuid }),
  rejectRequest: () => ({ at: uuid }),
  discardDeadLetter: () => ({ at: uuid, body: { reason: 'r' } }),
  createWebhook: ({ ledger }) => ({ body: { url: 'https://example.com/hook', ledgers: [ledger] } }),
  listWebhooks: () => ({}),
  readWebhook: ({ webhook }) => ({ at: webhook }),
  updateWebhook: ({ webhook }) => ({ at: webhook, body: { status: 'DISABLED' } }),
  deleteWebhook: ({ webhook }) => ({ at: webhook }),
  rotateWebhookSecret: ({ webhook }) => ({ at: webhook, body: {} }),
  testWebhook: ({ webhook }) => ({ at: webhook }),
  listWebhookDeliveries: ({ webhook }) => ({ at: webhook }),
  readWebhookDelivery: ({ webhook, delivery }) => ({ at: webhook, inner: delivery }),
  redeliverWebhook: ({ webhook, delivery }) => ({ at: webhook, inner: delivery }),
  redeliverWebhooks: ({ webhook }) => ({ at: webhook, body: { state: 'dead' } }),
  createSession: () => ({}),
  readSession: () => ({}),
  endSession: () => ({}),
};

const operations = Object.entries<Route>(routes).map(([name, route]) => {
  assert.ok(name in samples, `${name} has no row in test/integration/tenancy.test.ts`);
  return { name, route, sample: Object.entries(samples).find(([of]) => of === name)?.[1] };
});

async function start(t: TestContext): Promise<TestGateway> {
  const ready = Promise.withResolvers<LedgerProcess>();
  const gateway = await startGateway(t, async (request) => (await ready.promise).submit(request));
  const { connectionString = '' } = gateway.pool.options;
  ready.resolve(await startLedger(t, { connectionString }));
  return gateway;
}

async function createKey(gateway: TestGateway, scopes: readonly Scope[], ledger: string) {
  const answer = await gateway.call('POST', '/v1/api-keys', {
    body: { name: 'n', scopes, ledgers: [ledger] },
  });
  assert.equal(answer.status, 201, answer.text);
  return { id: String(answer.json['id']), authorization: `Bearer ${String(answer.json['key'])}` };
}

let count = 0;

function send(
  gateway: TestGateway,
  { name, route, sample }: (typeof operations)[number],
  things: Things,
  headers: Record<string, string>,
): Promise<TestAnswer> {
  const { at = '', inner = '', query, body } = sample?.(things) ?? {};
  const named = route.path.replace(/\{\w+\}/, at).replace(/\{\w+\}/, inner);
  const path = named + (query === undefined ? '' : `?${query}`);
  const key: Record<string, string> =
    route.idempotent === true ? { 'idempotency-key': `${name}-${(count += 1)}` } : {};
  return gateway.call(route.method, path, { headers: { ...key, ...headers }, body });
}

/** A ledger with an account, a transfer, a hold, an entry and a key. */
async function furnish(gateway: TestGateway, ledger: string): Promise<Things> {
  const post = async (path: string, body: unknown): Promise<TestAnswer> => {
    const headers = { ledger, 'idempotency-key': `furnish-${(count += 1)}` };
    const answer = await gateway.call('POST', path, { headers, body });
    assert.equal(answer.status, 201, answer.text);
    return answer;
  };
  const created = await gateway.call('POST', '/v1/ledgers', { body: { name: ledger } });
  assert.equal(created.status, 201, created.text);
  const open = async (): Promise<string> =>
    String((await post('/v1/accounts', { currency: 'USD' })).json['id']);
  const [account, other] = [await open(), await open()];
  const transfer = await post('/v1/transfers', { from: account, to: other, ...usd });
  const hold = await post('/v1/transfers', { from: account, to: other, ...usd, hold: true });
  const { id: apiKey } = await createKey(gateway, ['read'], ledger);
  const { json: webhook } = await post('/v1/webhooks', { url: 'https://example.com/hook' });
  const headers = { ledger };
  const sent = await gateway.call('POST', `/v1/webhooks/${String(webhook['id'])}/test`, { headers });
  return {
    ledger,
    account,
    transfer: String(transfer.json['id']),
    hold: String(hold.json['id']),
    entry: String(transfer.json['entry_id']),
    apiKey,
    webhook: String(webhook['id']),
    delivery: String(sent.json['id']),
  };
}

const absent: Things = {
  ledger: 'nobody',
  account: '0190f3a0-7c1e-7d00-8000-0000000000a1',
  transfer: '0190f3a0-7c1e-7d00-8000-0000000000a2',
  hold: '0190f3a0-7c1e-7d00-8000-0000000000a3',
  entry: '0190f3a0-7c1e-7d00-8000-0000000000a4',
  apiKey: 'nokeyofanybody00',
  webhook: '0190f3a0-7c1e-7d00-8000-0000000000a5',
  delivery: '0190f3a0-7c1e-7d00-8000-0000000000a6',
};

/** What was answered, with the things by their kinds and without what differs from try to try. */
function plain(answer: TestAnswer, things: Things): string {
  let text = `${answer.status} ${answer.text}`;
  for (const [kind, id] of Object.entries(things)) text = text.replaceAll(String(id), `<${kind}>`);
  return text
    .replaceAll(/"(transfer_id|id|key)":"[\w-]+"/g, '"$1":"?"')
    .replaceAll(/"(\w*position|number)":\d+/g, '"$1":0')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
}

test('every route without a credential is 401, with each scope it is let in or 403', async (t) => {
  const gateway = await start(t);
  const keys = new Map<Scope, string>();
  for (const scope of allScopes)
    keys.set(scope, (await createKey(gateway, [scope], 'main')).authorization);
  for (const operation of operations) {
    const { name, route } = operation;
    const stranger = { authorization: 'Bearer nobody-has-this-key' };
    assert.equal(summaryOf(await send(gateway, operation, absent, stranger)), '401 unauthorized', name);
    for (const [scope, authorization] of keys) {
      const answer = await send(gateway, operation, absent, { authorization });
      const isLetIn = scope === 'admin' || route.scope === 'any' || scope === route.scope;
      if (isLetIn) assert.ok(![401, 403].includes(answer.status), `${name} ${scope} ${answer.text}`);
      else assert.equal(summaryOf(answer), '403 forbidden', `${name} ${scope}`);
    }
  }
});

test('what belongs to another ledger answers as what is not there, by every route', async (t) => {
  const gateway = await start(t);
  const own = await furnish(gateway, 'own');
  const foreign = await furnish(gateway, 'foreign');
  const scopes = allScopes.filter((scope) => scope !== 'admin');
  const { authorization } = await createKey(gateway, scopes, own.ledger);
  for (const operation of operations) {
    if (operation.route.scope === 'admin') continue;
    const seen = await send(gateway, operation, foreign, { authorization });
    const missing = await send(gateway, operation, absent, { authorization });
    assert.equal(plain(seen, foreign), plain(missing, absent), operation.name);
    for (const [kind, id] of Object.entries(foreign)) {
      const echoes = JSON.stringify(operation.sample?.(foreign) ?? {}).includes(String(id));
      if (!echoes) assert.ok(!seen.text.includes(String(id)), `${operation.name} shows the ${kind}`);
    }
  }
  const named = await gateway.call('GET', '/v1/accounts', {
    headers: { authorization, ledger: foreign.ledger },
  });
  const none = await gateway.call('GET', '/v1/accounts', {
    headers: { authorization, ledger: absent.ledger },
  });
  assert.equal(plain(named, foreign), plain(none, absent));
  assert.equal(named.status, 404);
});

test('nothing of another ledger has changed by any of them', async (t) => {
  const gateway = await start(t);
  const own = await furnish(gateway, 'own');
  const foreign = await furnish(gateway, 'foreign');
  const scopes = allScopes.filter((scope) => scope !== 'admin');
  const { authorization } = await createKey(gateway, scopes, own.ledger);
  const count = async (): Promise<unknown[]> => {
    const { rows } = await gateway.pool.query(
      `select a.id, a.version, a.revision, k.revoked_at, k.replaced_by, l.entry_count, w.updated_at
         from ledger.ledgers l join ledger.accounts a on a.ledger_id = l.id
         join ledger.api_keys k on k.ledgers = array[l.name] join webhooks.endpoints w on w.ledgers = array[l.name]
         where l.name = 'foreign' order by a.id`,
    );
    return rows;
  };
  const before = await count();
  assert.equal(before.length, 2);
  for (const operation of operations)
    if (operation.route.scope !== 'admin') await send(gateway, operation, foreign, { authorization });
  assert.deepEqual(await count(), before);
});
