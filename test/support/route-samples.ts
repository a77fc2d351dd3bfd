import assert from 'node:assert/strict';
import type { Scope } from '@credit-ledger/contract/api-keys.ts';
import type { Route } from '@credit-ledger/contract/route.ts';
import { routes, type Operation } from '@credit-ledger/contract/routes.ts';
import type { TestGateway } from './gateway.ts';
import type { TestAnswer } from './http.ts';

/** Things that a request may name: of a ledger, or of none. */
export interface Things {
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
export const usd = { amount_minor: 1, currency: 'USD' };
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
  readDailyTotals: () => ({ query: 'from=2026-01-01&to=2026-01-02' }),
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

/** Every operation with its sample. */
export const operations = Object.entries<Route>(routes).map(([name, route]) => {
  assert.ok(name in samples, `${name} has no row in test/support/route-samples.ts`);
  return { name, route, sample: Object.entries(samples).find(([of]) => of === name)?.[1] };
});

export type SampledOperation = (typeof operations)[number];

/** What is nobody's. */
export const absent: Things = {
  ledger: 'nobody',
  account: '0190f3a0-7c1e-7d00-8000-0000000000a1',
  transfer: '0190f3a0-7c1e-7d00-8000-0000000000a2',
  hold: '0190f3a0-7c1e-7d00-8000-0000000000a3',
  entry: '0190f3a0-7c1e-7d00-8000-0000000000a4',
  apiKey: 'nokeyofanybody00',
  webhook: '0190f3a0-7c1e-7d00-8000-0000000000a5',
  delivery: '0190f3a0-7c1e-7d00-8000-0000000000a6',
};

let count = 0;

/** Sends the request of an operation that names these things. */
export function sendSample(
  gateway: Pick<TestGateway, 'call'>,
  { name, route, sample }: SampledOperation,
  things: Things,
  headers: Record<string, string>,
  more: Sample = {},
): Promise<TestAnswer> {
  const { at = '', inner = '', query, body } = { ...sample?.(things), ...more };
  const named = route.path.replace(/\{\w+\}/, at).replace(/\{\w+\}/, inner);
  const path = named + (query === undefined ? '' : `?${query}`);
  const key: Record<string, string> =
    route.idempotent === true ? { 'idempotency-key': `${name}-${(count += 1)}` } : {};
  return gateway.call(route.method, path, { headers: { ...key, ...headers }, body });
}

/** Makes a key; the header that shows it. */
export async function createKey(gateway: TestGateway, scopes: readonly Scope[], ledger: string) {
  const answer = await gateway.call('POST', '/v1/api-keys', {
    body: { name: 'n', scopes, ledgers: [ledger] },
  });
  assert.equal(answer.status, 201, answer.text);
  return { id: String(answer.json['id']), authorization: `Bearer ${String(answer.json['key'])}` };
}

/** A ledger with an account, a transfer, a hold, an entry and a key. */
export async function furnish(gateway: TestGateway, ledger: string): Promise<Things> {
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
