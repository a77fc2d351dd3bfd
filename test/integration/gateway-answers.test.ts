import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { JsonText } from '@credit-ledger/contract/json.ts';
import type { LedgerRequest } from '../../src/ledger/commands.ts';
import { LedgerFault } from '../../src/ledger/fault.ts';
import { refuse } from '../../src/ledger/refusal.ts';
import { carryOut, startGateway } from '../support/gateway.ts';
import { summaryOf } from '../support/http.ts';

const transfer = { from: 'ext:a', to: 'ext:b', amount_minor: 1, currency: 'USD' };
const key = { 'idempotency-key': 'k' };

describe('what the ledger decides', () => {
  test('is answered with where it is, and whether it is a replay', async (t) => {
    let replayed = false;
    const { call } = await startGateway(t, () => ({ ...carryOut(), replayed }));
    const first = await call('POST', '/v1/transfers', { body: transfer, headers: key });
    replayed = true;
    const again = await call('POST', '/v1/transfers', { body: transfer, headers: key });
    assert.equal(first.headers.get('location'), '/v1/transfers/made');
    assert.equal(first.headers.get('idempotency-replayed'), 'false');
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(again.text, first.text);
  });

  test('is a problem with its numbers and the transfer that was left, where it is a no', async (t) => {
    const refusal = refuse('insufficient_funds', 'not enough', {
      available_minor: 9_007_199_254_740_993n,
    });
    const { call } = await startGateway(t, () => ({
      kind: 'refused',
      refusal,
      transferId: 'left',
      position: 7,
      replayed: true,
    }));
    const answer = await call('POST', '/v1/transfers', { body: transfer, headers: key });
    assert.equal(answer.headers.get('idempotency-replayed'), 'true');
    assert.equal(
      answer.text,
      '{"type":"/docs/errors#insufficient_funds","title":"The account has not enough available","status":422,' +
        '"detail":"not enough","code":"insufficient_funds","retry":"new_request","transfer_id":"left","position":7,' +
        '"available_minor":9007199254740993}',
    );
  });

  test('may be a fault, which says when to come back', async (t) => {
    const faults: readonly (readonly [LedgerFault, string, string | null])[] = [
      [new LedgerFault('overloaded', 'full', 3), '503 overloaded', '3'],
      [new LedgerFault('ledger_unavailable', 'away'), '503 ledger_unavailable', '1'],
      [new LedgerFault('request_in_progress', 'running'), '409 request_in_progress', '1'],
      [new LedgerFault('internal_error', 'broken'), '500 internal_error', null],
    ];
    let fault = faults[0]?.[0];
    const { call } = await startGateway(t, () => {
      throw fault ?? new Error('no fault was set');
    });
    for (const [thrown, expected, retryAfter] of faults) {
      fault = thrown;
      const answer = await call('POST', '/v1/transfers', { body: transfer, headers: key });
      assert.equal(summaryOf(answer), expected);
      assert.equal(answer.headers.get('retry-after'), retryAfter);
    }
  });

  test('is written with amounts as text for whoever prefers it, stored answers too', async (t) => {
    const stored = new JsonText(
      '{"amount_minor":9223372036854775807,"version":2,"metadata":{"fee_minor":1.5,"n":1}}',
    );
    const { call } = await startGateway(t, () => ({ ...carryOut(), body: stored }));
    const headers = { ...key, prefer: 'respond-async, amounts="string"' };
    const answer = await call('POST', '/v1/transfers', { body: transfer, headers });
    assert.equal(
      answer.text,
      '{"amount_minor":"9223372036854775807","version":2,"metadata":{"fee_minor":1.5,"n":1}}',
    );
    assert.equal(answer.headers.get('preference-applied'), 'amounts=string');
    const plain = await call('POST', '/v1/transfers', { body: transfer, headers: key });
    assert.equal(plain.text, stored.text);
    assert.equal(plain.headers.get('preference-applied'), null);
  });
});

const path = (id: string) => `/v1/accounts/${id}/deposits`;

async function submit(
  t: Parameters<typeof startGateway>[0],
  requests: (readonly [path: string, body: object, headers: Record<string, string>])[],
): Promise<LedgerRequest[]> {
  const gateway = await startGateway(t);
  for (const [path, body, headers] of requests) {
    const answer = await gateway.call('POST', path, { body, headers });
    assert.equal(answer.status, 201, answer.text);
  }
  return gateway.submitted;
}

describe('what reaches the ledger', () => {
  test('names its key, its trace and its correlation', async (t) => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = { 'idempotency-key': '"k-1"', traceparent, 'correlation-id': 'c' };
    const [request] = await submit(t, [['/v1/transfers', transfer, headers]]);
    assert.equal(request?.key, 'k-1');
    assert.equal(request.traceparent, traceparent);
    assert.equal(request.correlationId, 'c');
  });

  test('needs no key where the client chose the id, or every item of a batch has a key or an id', async (t) => {
    const id = '0190f3a0-7c1e-7d00-8000-00000000000a';
    const items = [
      { ...transfer, idempotencyKey: 'i' },
      { ...transfer, id },
    ];
    const [single, batch] = await submit(t, [
      ['/v1/transfers', { ...transfer, id }, {}],
      ['/v1/transfers/batch', { mode: 'atomic', transfers: items }, {}],
    ]);
    assert.equal(single?.key, undefined);
    assert.equal(batch?.key, undefined);
  });

  test('has an item of a batch with the fingerprint it has alone', async (t) => {
    const batch = { mode: 'atomic', transfers: [{ ...transfer, idempotencyKey: 'i' }] };
    const [single, many] = await submit(t, [
      ['/v1/transfers', transfer, key],
      ['/v1/transfers/batch', batch, key],
    ]);
    const items = many?.command.kind === 'post_transfers' ? many.command.items : [];
    assert.equal(items[0]?.fingerprint, single?.fingerprint);
    assert.notEqual(many?.fingerprint, single?.fingerprint);
  });

  test('tells one account in the path from another, whatever the case of its id', async (t) => {
    const deposit = { amount_minor: 1 };
    const requests = await submit(t, [
      [path('0190f3a0-7c1e-7d00-8000-00000000000a'), deposit, key],
      [path('0190F3A0-7C1E-7D00-8000-00000000000A'), deposit, key],
      [path('0190f3a0-7c1e-7d00-8000-00000000000b'), deposit, key],
    ]);
    assert.equal(requests[0]?.fingerprint, requests[1]?.fingerprint);
    assert.notEqual(requests[0]?.fingerprint, requests[2]?.fingerprint);
  });
});

describe('beside the API', () => {
  test('the process says that it is alive, and what it misses', async (t) => {
    let isThere = true;
    const check = async () => {
      if (!isThere) throw new Error('away');
    };
    const { call } = await startGateway(t, undefined, { dependencies: [{ name: 'postgres', check }] });
    const headers = { authorization: '' };
    assert.equal((await call('GET', '/healthz', { headers })).text, '{"status":"ok"}');
    assert.equal((await call('GET', '/readyz', { headers })).status, 200);
    isThere = false;
    const answer = await call('GET', '/readyz', { headers });
    assert.equal(answer.status, 503);
    assert.match(answer.text, /"name":"postgres","status":"unavailable"/);
  });

  test('requests are counted by route and status', async (t) => {
    const { call } = await startGateway(t);
    await call('POST', '/v1/transfers', { body: transfer, headers: key });
    await call('POST', '/v1/transfers', { body: {}, headers: key });
    await call('GET', '/nowhere/1');
    const { text } = await call('GET', '/metrics');
    assert.match(text, /http_requests_total\{method="POST",route="\/v1\/transfers",status="201"\} 1/);
    assert.match(text, /http_requests_total\{method="POST",route="\/v1\/transfers",status="400"\} 1/);
    assert.match(text, /http_requests_total\{method="any",route="none",status="404"\} 1/);
    assert.match(text, /http_request_duration_seconds_count\{method="POST",route="\/v1\/transfers"\} 2/);
    assert.match(text, /process_cpu_seconds_total/);
  });

  test('the documentation is served from here, and loads nothing from elsewhere', async (t) => {
    const { call } = await startGateway(t);
    const page = await call('GET', '/docs');
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.text, /(src|href|url)\s*[=:(]\s*["']?\s*(https?:)?\/\//i);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'; script-src 'self' 'sha256-[^']+';/);
    assert.doesNotMatch(policy, /https?:/);
    const script = /<script src="([^"]+)"/.exec(page.text)?.[1] ?? '';
    assert.ok((await call('GET', script)).text.length > 1_000_000);
    assert.equal((await call('GET', '/openapi.json')).json['openapi'], '3.1.0');
    const errors = await call('GET', '/docs/errors');
    assert.match(errors.text, /id="insufficient_funds"/);
  });
});
