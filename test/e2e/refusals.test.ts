import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { errorGroups, type ErrorCode } from '@credit-ledger/contract/errors.ts';
import { rowsIn, summaryOf } from '../support/http.ts';
import { startProduct } from '../support/product.ts';

const root = join(import.meta.dirname, '..', '..');
const here = 'test/e2e/refusals.test.ts';
const heads = 'test/support/hostile-heads.ts';
const values = 'test/support/hostile-values.ts';
const states = 'test/support/hostile-states.ts';

/** Where each code of the contract is reached. A code without a place does not compile. */
const reachedIn: Readonly<Record<ErrorCode, string>> = {
  malformed_json: values,
  invalid_request: values,
  invalid_cursor: heads,
  idempotency_key_required: 'test/e2e/idempotency.test.ts',
  idempotency_key_invalid: heads,
  unauthorized: heads,
  forbidden: heads,
  not_found: heads,
  method_not_allowed: heads,
  not_acceptable: heads,
  request_timeout: 'test/integration/gateway-raw.test.ts',
  payload_too_large: values,
  uri_too_long: heads,
  unsupported_media_type: values,
  expectation_failed: heads,
  headers_too_large: heads,
  ledger_not_found: heads,
  idempotency_key_reused: states,
  transfer_id_taken: 'test/e2e/idempotency.test.ts',
  account_id_taken: here,
  ledger_name_taken: 'test/e2e/replays.test.ts',
  ledger_not_sandbox: 'test/e2e/sandbox.test.ts',
  clock_not_forward: 'test/e2e/sandbox.test.ts',
  currency_code_taken: 'test/e2e/replays.test.ts',
  external_id_taken: 'test/e2e/replays.test.ts',
  too_few_lines: values,
  currency_unknown: values,
  effective_at_too_far: values,
  period_closed: 'test/e2e/periods.test.ts',
  execute_at_not_in_future: 'test/e2e/deferred.test.ts',
  expiry_not_in_future: 'test/e2e/deferred.test.ts',
  accounts_must_differ: values,
  transfer_not_found: 'test/e2e/deferred.test.ts',
  entry_not_found: 'test/e2e/hostile.test.ts',
  not_a_hold: states,
  not_reversible: states,
  not_cancellable: 'test/e2e/deferred.test.ts',
  // What the worker is told; no route has it.
  not_redrivable: 'src/ledger/decide-deferred.test.ts',
  hold_already_settled: states,
  hold_already_voided: states,
  hold_expired: 'test/e2e/holds.test.ts',
  exceeds_held_amount: states,
  already_reversed: states,
  exceeds_reversible_amount: 'test/e2e/holds.test.ts',
  period_not_over: 'test/e2e/periods.test.ts',
  period_already_closed: 'test/e2e/periods.test.ts',
  account_not_found: states,
  version_mismatch: heads,
  account_closed: states,
  external_account_fixed: here,
  account_suspended: states,
  not_a_credit_account: here,
  currency_mismatch: values,
  unbalanced_entry: values,
  condition_failed: 'test/e2e/hostile.test.ts',
  amount_overflow: values,
  insufficient_funds: 'test/e2e/accounts.test.ts',
  account_not_empty: 'test/e2e/holds.test.ts',
  limit_below_use: 'test/e2e/accounts.test.ts',
  processing_exhausted: 'test/faults/worker.test.ts',
  at_before_account: heads,
  at_in_future: heads,
  position_expired: 'test/e2e/retention.test.ts',
  position_unknown: 'test/e2e/operator.test.ts',
  entry_not_sealed: 'test/e2e/seals.test.ts',
  head_not_found: 'test/e2e/seals.test.ts',
  statement_not_in_camt: 'test/e2e/statements.test.ts',
  journal_altered: here,
  read_model_behind: 'test/e2e/operator.test.ts',
  read_models_unavailable: 'test/faults/dependencies.test.ts',
  operation_running: states,
  seal_key_is_given: here,
  approver_is_requester: 'test/integration/four-eyes.test.ts',
  approval_closed: 'test/integration/four-eyes.test.ts',
  api_key_ended: 'test/integration/api-keys.test.ts',
  dead_letter_closed: here,
  webhook_url_refused: states,
  too_many_webhooks: here,
  delivery_pending: here,
  request_in_progress: 'test/integration/ledger.test.ts',
  rate_limited: 'test/integration/rate-limits.test.ts',
  internal_error: 'test/integration/gateway-answers.test.ts',
  overloaded: 'test/integration/rate-limits.test.ts',
  ledger_unavailable: 'test/e2e/apart.test.ts',
  identity_unavailable: 'test/integration/tokens.test.ts',
  deadline_exceeded: 'test/integration/ledger.test.ts',
};

test('every refusal of the contract is reached where the table says', () => {
  const codes = errorGroups.flatMap(({ codes }) => codes);
  for (const code of codes) {
    const file = join(root, reachedIn[code]);
    assert.ok(existsSync(file), `${code}: there is no ${reachedIn[code]}`);
    const named =
      reachedIn[code] === here ? new RegExp(`'\\d{3} ${code}\\b`) : new RegExp(`\\b${code}\\b`);
    assert.match(readFileSync(file, 'utf8'), named, `${code} is not in ${reachedIn[code]}`);
  }
});

test('the refusals that no other test reaches', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'refusals-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const key = join(folder, 'key.pem');
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFile(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const { call, open, post, move, sql } = await startProduct(t, {
    SEAL_KEY_FILE: key,
    WEBHOOK_ALLOW_HTTP: 'true',
    LOG_LEVEL: 'fatal',
  });
  const say = async (method: string, path: string, body?: unknown): Promise<string> =>
    summaryOf(await call(method, path, { body, headers: { 'idempotency-key': randomUUID() } }));

  const id = await open('mine');
  await open('asset', { type: 'ASSET' });
  assert.equal(await say('POST', '/v1/accounts', { id, currency: 'EUR' }), '409 account_id_taken');
  const deposit = { amount_minor: 1 };
  assert.equal(
    await say('POST', '/v1/accounts/ext:asset/deposits', deposit),
    '422 not_a_credit_account',
  );

  await post('/v1/accounts/ext:mine/deposits', deposit, 'outside');
  const outside = '/v1/accounts/ext:external:USD';
  for (const body of [{ credit_limit_minor: 0 }, { status: 'CLOSED' }])
    assert.equal(await say('PATCH', outside, body), '409 external_account_fixed');
  assert.equal(await say('PATCH', outside, { name: 'the world' }), '200');

  assert.equal(await say('POST', '/v1/admin/seals/keys'), '409 seal_key_is_given');
  await move('first', 'mine', 'asset', 1);
  assert.equal(await say('POST', '/v1/admin/seals'), '201');
  const [entry] = rowsIn(await call('GET', '/v1/entries'), 'data');
  await sql.query('set session_replication_role = replica');
  await sql.query("update ledger.entries set hash = sha256('x')");
  assert.equal(await say('GET', `/v1/entries/${String(entry?.['id'])}/receipt`), '500 journal_altered');

  const letter = randomUUID();
  await sql.query(
    `insert into read_models.dead_letters (id, kind, consumer, consumer_version, topic, partition, position, event_id,
        key, keys, type, payload, headers, error_class, message, stack, attempts, first_failed_at, last_failed_at, status)
      values ($1, 'event', 'projections.balances', 1, 't', '0', 1, $1, $1, array[$1::uuid], 'x', '', '{}', 'E', 'm', 's',
        1, now(), now(), 'discarded')`,
    [letter],
  );
  const discard = `/v1/admin/dead-letters/${letter}/discard`;
  assert.equal(await say('POST', discard, { reason: 'r' }), '409 dead_letter_closed');

  const hook = { url: 'https://hooks.example.com/' };
  const made = await post('/v1/webhooks', hook, 'hook');
  const webhook = `/v1/webhooks/${String(made.json['id'])}`;
  const sent = await call('POST', `${webhook}/test`, { headers: { 'idempotency-key': randomUUID() } });
  const delivery = `${webhook}/deliveries/${String(sent.json['id'])}/redeliver`;
  await sql.query("update webhooks.deliveries set state = 'pending', due_at = now() + interval '1 day'");
  assert.equal(await say('POST', delivery), '409 delivery_pending');
  for (let count = 1; count < 50; count += 1) await post('/v1/webhooks', hook, `hook-${count}`);
  assert.equal(await say('POST', '/v1/webhooks', hook), '422 too_many_webhooks');
});
