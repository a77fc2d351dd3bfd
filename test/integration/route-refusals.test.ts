import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { allScopes } from '@credit-ledger/contract/api-keys.ts';
import { refusalsOf } from '@credit-ledger/contract/openapi.ts';
import type { ErrorCode } from '@credit-ledger/contract/errors.ts';
import { Pool } from 'pg';
import { Registry } from 'prom-client';
import { Admission } from '../../src/gateway/admission.ts';
import { Auth } from '../../src/gateway/auth.ts';
import { readModelsName } from '../../src/gateway/problem.ts';
import { Sandboxes } from '../../src/gateway/sandboxes.ts';
import { TokenVerifier } from '../../src/gateway/token-verifier.ts';
import { NoSuchLedger } from '../../src/proof/export-journal.ts';
import { LedgerFault } from '../../src/ledger/fault.ts';
import { databaseBreaker, guardPool } from '../../src/postgres/guarded-pool.ts';
import { createBreakers } from '../../src/runtime/breaker.ts';
import { startWithLedger } from '../support/gateway-with-ledger.ts';
import { openPool, pepper, startGateway, type TestGateway } from '../support/gateway.ts';
import { issuerAt } from '../support/oidc.ts';
import {
  absent,
  createKey,
  furnish,
  operations,
  sendSample,
  type SampledOperation,
  type Things,
} from '../support/route-samples.ts';

/** What makes a request of any operation be refused. */
interface Odd {
  readonly at?: string;
  readonly headers?: Record<string, string>;
  readonly query?: string;
  readonly body?: unknown;
}

type OddOf = (operation: SampledOperation) => Odd | undefined;

/** What takes things away comes last. */
const inOrder = operations.toSorted(
  ({ route: a }, { route: b }) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'),
);

/** Holds each operation to what its document says of a code: those that name it answer with it, no other does. */
async function holdTo(
  gateway: TestGateway,
  code: ErrorCode,
  oddOf: OddOf,
  things: Things = absent,
): Promise<void> {
  const wrong: string[] = [];
  const own: Record<string, string> = things === absent ? {} : { ledger: things.ledger };
  for (const operation of inOrder) {
    const odd = oddOf(operation);
    if (odd === undefined) continue;
    const { headers, ...more } = odd;
    const all = { ...own, ...headers };
    const { status, json, text } = await sendSample(gateway, operation, things, all, more);
    const documented = refusalsOf(operation.route).find((refusal) => refusal.code === code);
    const isAnswered = json['code'] === code && (documented?.status ?? status) === status;
    if (isAnswered === (documented !== undefined)) continue;
    const says = documented === undefined ? 'not documented' : `${documented.status} documented`;
    wrong.push(`${operation.name} ${code}: ${says}, answered ${status} ${text.slice(0, 150)}`);
  }
  assert.deepEqual(wrong, []);
}

async function* failWith(error: Error): AsyncGenerator<string> {
  yield* [];
  throw error;
}

const asText = { 'content-type': 'text/plain' };
const isRead = ({ route }: SampledOperation): boolean => route.method === 'GET';

test('what is wrong with the request itself is refused by every operation as its document says', async (t) => {
  const gateway = await startWithLedger(t, {
    readModelPool: await openPool(t),
    openExport: (ledger) => failWith(new NoSuchLedger(ledger)),
  });
  const things = await furnish(gateway, 'own');
  const scopes = allScopes.filter((scope) => scope !== 'admin');
  const { authorization } = await createKey(gateway, scopes, things.ledger);
  const withBody = (odd: Odd) => (operation: SampledOperation) => (isRead(operation) ? undefined : odd);
  // The last one takes things away.
  const rows: readonly (readonly [ErrorCode, OddOf])[] = [
    ['invalid_request', () => ({ query: 'nobody=1' })],
    ['unauthorized', () => ({ headers: { authorization: 'Bearer nobody-has-this-key' } })],
    ['not_acceptable', () => ({ headers: { accept: 'image/png' } })],
    ['uri_too_long', () => ({ query: 'x'.repeat(41_000) })],
    ['headers_too_large', () => ({ headers: { 'x-large': 'x'.repeat(17_000) } })],
    [
      'ledger_not_found',
      ({ route }) => ({
        headers: { ledger: absent.ledger, ...(route.scope !== 'admin' && { authorization }) },
      }),
    ],
    ['malformed_json', withBody({ body: '{' })],
    ['payload_too_large', withBody({ body: `"${'x'.repeat(8 * 1024 * 1024)}"` })],
    ['unsupported_media_type', withBody({ headers: asText, body: 'x' })],
    [
      'invalid_cursor',
      ({ sample }) => {
        const query = sample?.(absent).query;
        return { query: `${query === undefined ? '' : `${query}&`}cursor=nobody` };
      },
    ],
    [
      'position_unknown',
      ({ route }) =>
        route.expires === true
          ? { query: 'after_position=99999999' }
          : { headers: { 'min-position': '99999999' } },
    ],
    ['idempotency_key_invalid', () => ({ headers: { 'idempotency-key': 'a b' } })],
  ];
  for (const [code, oddOf] of rows) await t.test(code, () => holdTo(gateway, code, oddOf, things));
  const elsewhere = ({ name }: SampledOperation) => (name === 'readCurrency' ? { at: 'QQQ' } : {});
  await t.test('not_found', () => holdTo(gateway, 'not_found', elsewhere));
});

test('what the ledger can not decide now is answered by every operation that asks it', async (t) => {
  for (const code of ['request_in_progress', 'deadline_exceeded'] as const)
    await t.test(code, async (t) => {
      const gateway = await startGateway(t, () => {
        throw new LedgerFault(code, 'not now', 1);
      });
      await holdTo(gateway, code, () => ({}));
    });
});

/** Nobody listens there. */
const nowhere = { host: '127.0.0.1', port: 1, user: 'nobody', database: 'nobody' };

function openNowhere(t: TestContext): Pool {
  const pool = new Pool(nowhere);
  t.after(() => pool.end());
  return pool;
}

test('what is away is answered by every operation as its document says', async (t) => {
  const now = Date.now;
  await t.test('internal_error', async (t) => {
    const sandboxes = Object.assign(new Sandboxes(), {
      widen: () => {
        throw new Error('a bug');
      },
    });
    await holdTo(await startGateway(t, undefined, { sandboxes }), 'internal_error', () => ({}));
  });
  await t.test('ledger_unavailable', async (t) => {
    const auth = new Auth({ db: openNowhere(t), pepper, perSecond: 0, now });
    await holdTo(await startGateway(t, undefined, { auth }), 'ledger_unavailable', () => ({}));
  });
  await t.test('read_models_unavailable', async (t) => {
    const readModelPool = openNowhere(t);
    const breaker = databaseBreaker(createBreakers(new Registry()), readModelsName);
    guardPool(readModelPool, { name: readModelsName, breaker, config: nowhere });
    const gateway = await startWithLedger(t, { readModelPool });
    const things = await furnish(gateway, 'own');
    await holdTo(gateway, 'read_models_unavailable', () => ({}), things);
  });
  await t.test('identity_unavailable', async (t) => {
    const claims = { audience: 'x', scopeClaim: 'scope', scopePrefix: '', ledgersClaim: 'ledgers' };
    const tokens = new TokenVerifier({ issuer: issuerAt('http://127.0.0.1:1'), ...claims });
    const gateway = await startGateway(t, undefined, { tokens });
    const authorization = 'Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl';
    await holdTo(gateway, 'identity_unavailable', () => ({ headers: { authorization } }));
  });
});

test('what is too much is refused by every operation', async (t) => {
  await t.test('overloaded', async (t) => {
    const monotonicMs = (): number => performance.now();
    const full = new Admission({ runningMax: 0, laneMax: 0, waitingMax: 0, monotonicMs });
    const gateway = await startGateway(t, undefined, { admissions: { reads: full, writes: full } });
    await holdTo(gateway, 'overloaded', () => ({}));
  });
  await t.test('rate_limited', async (t) => {
    // On a clock that stands still a bucket is never filled again.
    const gateway = await startGateway(t, undefined, { monotonicMs: () => 0 });
    const body = { name: 'n', scopes: ['admin'], ledgers: ['main'], rate_limit_per_second: 1 };
    const { json } = await gateway.call('POST', '/v1/api-keys', { body });
    const headers = { authorization: `Bearer ${String(json['key'])}` };
    assert.equal((await gateway.call('GET', '/v1/currencies', { headers })).status, 200);
    await holdTo(gateway, 'rate_limited', () => ({ headers }));
  });
});

test('a read that is behind says so wherever its document does', async (t) => {
  const behind = await openPool(t);
  let time = 0;
  const gateway = await startWithLedger(t, {
    db: behind,
    readModelPool: behind,
    monotonicMs: () => (time += 10_000),
  });
  const things = await furnish(gateway, 'own');
  await holdTo(gateway, 'read_model_behind', () => ({ headers: { 'min-position': '1' } }), things);
});
