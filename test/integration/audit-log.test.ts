import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pool } from 'pg';
import { appendAudit } from '../../src/audit/append-audit.ts';
import { AuditRecorder } from '../../src/audit/audit-recorder.ts';
import { auditGenesis, hashAudit, type AuditEntry, type AuditRow } from '../../src/audit/audit-row.ts';
import { listAudit } from '../../src/audit/read-audit.ts';
import { openPool, startGateway, type TestGateway } from '../support/gateway.ts';
import { rowsIn, send, summaryOf } from '../support/http.ts';

const entry: AuditEntry = {
  outcome: 'done',
  action: 'createLedger',
  actor: 'admin',
  ledger: 'main',
  method: 'POST',
  path: '/v1/ledgers',
  address: '127.0.0.1',
  requestId: 'r-1',
  status: 201,
  code: null,
  occurrences: 1,
  detail: null,
};

const readAll = (pool: Pool) => listAudit(pool, {}, { order: 'asc', from: undefined, limit: 1000 });

/** The number of the first row that is not what the chain says; undefined where all are. */
function findBreak(rows: readonly AuditRow[]): number | undefined {
  let previous = auditGenesis;
  for (const [index, row] of rows.entries()) {
    if (row.number !== index + 1 || hashAudit(row, previous) !== row.hash) return row.number;
    previous = row.hash;
  }
  return undefined;
}

test('gateways that write at once leave one chain without gaps', async (t) => {
  const pool = await openPool(t);
  const many = Array.from({ length: 20 }, (_, index) =>
    appendAudit(pool, [
      { ...entry, requestId: `a-${index}` },
      { ...entry, requestId: `b-${index}`, detail: `{"é":"${index}"}` },
    ]),
  );
  await Promise.all(many);
  const rows = await readAll(pool);
  assert.equal(rows.length, 40);
  assert.equal(findBreak(rows), undefined);
});

test('a row that was changed breaks the chain, and the program can change none', async (t) => {
  const pool = await openPool(t);
  await appendAudit(pool, [entry, entry, entry]);
  await assert.rejects(pool.query("update ledger.audit_log set actor = 'x'"), /append-only/);
  await assert.rejects(pool.query('delete from ledger.audit_log'), /append-only/);
  await assert.rejects(pool.query('truncate ledger.audit_log'), /append-only/);
  await pool.query('set session_replication_role = replica');
  await pool.query('alter table ledger.audit_log disable trigger append_only');
  await pool.query("update ledger.audit_log set actor = 'x' where number = 2");
  assert.equal(findBreak(await readAll(pool)), 2);
});

test('an administrator’s action is written down before it is done, and with its end', async (t) => {
  const gateway = await startGateway(t);
  const body = { name: 'n', scopes: ['read'], ledgers: ['main'] };
  const headers = { 'request-id': 'r-7' };
  const made = await gateway.call('POST', '/v1/api-keys', { body, headers });
  await gateway.call('DELETE', '/v1/api-keys/nobody?x=1', { headers });
  await gateway.call('DELETE', '/v1/api-keys/nobody', { headers });
  await gateway.call('GET', '/v1/api-keys');
  const rows = await readAll(gateway.pool);
  assert.deepEqual(
    rows.map((row) => [row.outcome, row.action, row.path, row.status, row.code]),
    [
      ['begun', 'createApiKey', '/v1/api-keys', null, null],
      ['done', 'createApiKey', '/v1/api-keys', 201, null],
      ['begun', 'revokeApiKey', '/v1/api-keys/nobody', null, null],
      ['refused', 'revokeApiKey', '/v1/api-keys/nobody', 404, 'not_found'],
    ],
  );
  assert.equal(rows[0]?.detail, JSON.stringify(body));
  for (const row of rows)
    assert.deepEqual([row.actor, row.address, row.requestId], ['admin', '127.0.0.1', 'r-7']);
  assert.ok(!JSON.stringify(rows).includes(String(made.json['key'])));
});

test('a forced reversal is written down, an ordinary transfer is not', async (t) => {
  const gateway = await startGateway(t);
  const path = '/v1/transfers/0190f3a0-7c1e-7d00-8000-00000000000a/reverse';
  const headers = { 'idempotency-key': 'k' };
  await gateway.call('POST', path, { body: {}, headers });
  await gateway.call('POST', path, { body: { force: true, amount_minor: 5 }, headers });
  const rows = await readAll(gateway.pool);
  assert.deepEqual(
    rows.map(({ action, outcome, detail }) => [action, outcome, detail]),
    [
      ['reverseTransfer', 'begun', '{"amount_minor":"5","force":true}'],
      ['reverseTransfer', 'done', null],
    ],
  );
});

test('what can not be written down is not done', async (t) => {
  const gateway = await startGateway(t);
  await gateway.pool.query('alter table ledger.audit_log rename to gone');
  const count = async () => (await gateway.pool.query('select from ledger.api_keys')).rowCount;
  const before = await count();
  const body = { name: 'n', scopes: ['read'], ledgers: ['main'] };
  const answer = await gateway.call('POST', '/v1/api-keys', { body });
  assert.equal(answer.status, 500);
  assert.equal(await count(), before);
});

async function refuse(gateway: TestGateway, authorization: string): Promise<string> {
  return summaryOf(await gateway.call('GET', '/v1/currencies', { headers: { authorization } }));
}

test('refused credentials are counted by where they come from and why', async (t) => {
  const gateway = await startGateway(t);
  const body = { name: 'n', scopes: ['write'], ledgers: ['main'] };
  const made = await gateway.call('POST', '/v1/api-keys', { body });
  const key = `Bearer ${String(made.json['key'])}`;
  const unknown = 'Bearer a-key-that-nobody-has';
  await send(`${gateway.url}/v1/currencies`, 'GET', {}, undefined);
  const answers = await Promise.all([
    ...Array.from({ length: 30 }, () => refuse(gateway, unknown)),
    refuse(gateway, 'Basic abc'),
    refuse(gateway, key),
  ]);
  assert.deepEqual(new Set(answers), new Set(['401 unauthorized', '403 forbidden']));
  await gateway.flushAudit();
  const rows = (await readAll(gateway.pool)).filter(({ action }) => action === 'authenticate');
  const found = rows.map((row) => [row.status, row.actor, row.occurrences, row.detail]);
  assert.deepEqual(found.toSorted(), [
    [401, null, 1, '{"reason":"no bearer"}'],
    [401, null, 30, '{"reason":"unknown key"}'],
    [
      403,
      String(made.json['id']),
      1,
      '{"reason":"/v1/currencies: this needs a key with the scope read"}',
    ],
  ]);
  assert.ok(!JSON.stringify(rows).includes('a-key-that-nobody-has'));
  assert.equal(findBreak(await readAll(gateway.pool)), undefined);
});

test('a flood of refused credentials is a bounded number of rows, and nothing of it is lost', async () => {
  const written: AuditEntry[] = [];
  let isAway = true;
  const recorder = new AuditRecorder({
    append: async (entries) => {
      if (isAway) throw new Error('away');
      written.push(...entries);
    },
    warn: () => {},
    monotonicMs: () => performance.now(),
  });
  const refused = { actor: null, code: 'unauthorized', reason: 'unknown key', requestId: 'r' } as const;
  for (let n = 0; n < 20_000; n += 1)
    recorder.noteRefused({ ...refused, address: `10.0.0.${n % 2000}` });
  await recorder.close();
  isAway = false;
  await recorder.close();
  assert.ok(written.length <= 501, String(written.length));
  const sum = written.reduce((total, { occurrences }) => total + occurrences, 0);
  assert.equal(sum, 20_000);
});

test('the log is listed page by page by its filters, and is handed out as a file', async (t) => {
  const gateway = await startGateway(t);
  await appendAudit(gateway.pool, [
    { ...entry, actor: '=1+1', detail: '{"a":"b,\\"c"}' },
    { ...entry, actor: 'b', outcome: 'refused' },
    { ...entry, actor: 'b', requestId: 'r-3' },
    { ...entry, actor: 'b' },
  ]);
  const list = (query: string) => gateway.call('GET', `/v1/admin/audit-log${query}`);
  const numbers = async (query: string) => rowsIn(await list(query), 'data').map((row) => row['number']);
  assert.deepEqual(await numbers(''), [4, 3, 2, 1]);
  assert.deepEqual(await numbers('?actor=b&outcome=done'), [4, 3]);
  assert.deepEqual(await numbers('?recorded_before=2020-01-01T00:00:00Z'), []);
  assert.deepEqual(await numbers('?address=127.0.0.1&action=createLedger&limit=1'), [4]);
  const first = await list('?actor=b&limit=2');
  const cursor = String(first.json['next_cursor']);
  assert.deepEqual(await numbers(`?actor=b&limit=2&cursor=${cursor}`), [2]);
  assert.equal(summaryOf(await list(`?cursor=${cursor}`)), '400 invalid_cursor ?cursor');
  const lines = (await list('?format=ndjson')).text.trim().split('\n');
  assert.deepEqual(
    lines.map((line) => /^\{"number":(\d+),/.exec(line)?.[1]),
    ['1', '2', '3', '4'],
  );
  const csv = await gateway.call('GET', '/v1/admin/audit-log', { headers: { accept: 'text/csv' } });
  assert.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8; header=present');
  assert.match(csv.text, /,'=1\+1,main,/);
  assert.match(csv.text, /,"\{""a"":""b,\\""c""\}",/);
});
