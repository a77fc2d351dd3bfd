import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';
import { LateJson } from '@credit-ledger/contract/json.ts';
import type { ClientConfig } from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { uuidv7 } from 'uuidv7';
import type { Command, LedgerAnswer } from '../../src/ledger/commands.ts';
import { LedgerProcess, type LedgerOptions } from '../../src/ledger/ledger.ts';
import { createBreakers } from '../../src/runtime/breaker.ts';
import { createWriterMetrics } from '../../src/ledger/writer-metrics.ts';

/** A ledger of this process on a test's database, stopped at the test's end. */
export async function startLedger(
  t: TestContext,
  config: ClientConfig,
  options: Partial<LedgerOptions> = {},
): Promise<LedgerProcess> {
  const ledger = new LedgerProcess({
    connection: { config, roleOptions: '-c role=credit_ledger_app' },
    accountCacheMax: 10_000,
    batchMax: 1000,
    breaker: createBreakers(new Registry())('writer'),
    queueMax: 10_000,
    requestDeadlineMs: 10_000,
    log: pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }),
    metrics: createWriterMetrics(new Registry()),
    monotonic: () => performance.now(),
    mintId: uuidv7,
    forward: () => Promise.reject(new Error('nobody to forward to')),
    revive: () => Promise.resolve(),
    ...options,
  });
  ledger.start(`http://test/${uuidv7()}`);
  t.after(() => ledger.stop());
  await ledger.ready();
  return ledger;
}

export const anyFingerprint = '00000000-0000-4000-8000-000000000000';

/** Submits a command to the ledger `main`. @returns the answer, its body as it would be written */
export async function submit(
  ledger: LedgerProcess,
  command: Command,
  key?: string,
  fingerprint = anyFingerprint,
): Promise<LedgerAnswer> {
  const answer = await ledger.submit({
    ledger: 'main',
    command,
    key,
    fingerprint,
    traceparent: undefined,
    correlationId: undefined,
  });
  if (answer.kind === 'refused') return answer;
  const { transfer: _, body, ...rest } = answer;
  return { ...rest, body: body instanceof LateJson ? body.make() : body };
}

/** A field of an answer that has to be text. */
export function textOf(answer: LedgerAnswer, field: string): string {
  assert.equal(answer.kind, 'done', inspect(answer));
  const { body } = answer;
  assert.ok(typeof body === 'object' && body !== null && !Array.isArray(body));
  const value: unknown = Reflect.get(body, field);
  assert.ok(typeof value === 'string', `${field} is text`);
  return value;
}

/** Opens an account in USD and answers its id. */
export async function openAccount(ledger: LedgerProcess, body: object = {}): Promise<string> {
  return textOf(
    await submit(ledger, { kind: 'open_account', body: { currency: 'USD', ...body } }),
    'id',
  );
}

/** A transfer of an amount in USD. */
export function transferOf(from: string, to: string, amount: bigint, more: object = {}): Command {
  return { kind: 'post_transfer', body: { from, to, amount_minor: amount, currency: 'USD', ...more } };
}
