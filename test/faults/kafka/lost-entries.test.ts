import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Producer } from '@platformatic/kafka';
import { z } from 'zod';
import { copyOf, createDatabase } from '../../support/databases.ts';
import { callsTo, startOn, until, type Calls } from '../../support/product.ts';
import { assertReconciled, caughtUp } from '../../support/reconciled.ts';
import { useKafka } from '../../support/kafka.ts';
import { refusalOf, startServer } from '../../support/server-process.ts';

const kafka = useKafka();
const outboxes = z.object({ outboxes: z.array(z.object({ unpublished_events: z.int() })).min(1) });

async function published({ get }: Calls): Promise<void> {
  const isLevel = async () =>
    outboxes
      .parse((await get('/v1/admin/outbox')).json)
      .outboxes.every((row) => row.unpublished_events === 0);
  await until(isLevel, 'everything is published');
}

test('topics are compared with the log; one that is ahead of it refuses the database, until that is accepted', async (t) => {
  await kafka.open(t);
  const database = await createDatabase(t);
  const env = {
    API_KEY_PEPPER: 'of every server of this test',
    KAFKA_BROKERS: kafka.broker().url,
    KAFKA_PARTITIONS: '2',
    RECONCILE_EVERY_MS: '0',
  };
  const first = await startOn(t, database, env);
  const before = callsTo(first);
  await before.open('a', { opening_balance_minor: 100, credit_limit_minor: 0 });
  await before.open('b', { credit_limit_minor: 0 });
  await caughtUp(before);
  await published(before);
  const report = await assertReconciled(before);
  assert.match(report, /"source":"topics"/);
  assert.doesNotMatch(report, /consumers read the log itself/);
  await first.stop();
  const copy = await copyOf(t, database);
  const second = await startOn(t, database, { ...env, ADMIN_API_KEY: first.adminKey });
  await callsTo(second).move('lost', 'a', 'b', 60);
  await caughtUp(callsTo(second));
  await published(callsTo(second));
  await second.stop();
  const settings = { ...env, DATABASE_URL: copy, ADMIN_API_KEY: first.adminKey };
  const dataDir = mkdtempSync(join(tmpdir(), 'lost-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  await haltedOnceItIsBack(t, dataDir, settings);
  assert.match(
    await refusalOf(dataDir, settings),
    /the broker \(kafka\) has the log up to \d+.*Acknowledged entries are lost/,
  );
  const accepted = await startServer(dataDir, { ...settings, ACCEPT_LOST_ENTRIES: 'true' });
  t.after(() => accepted.stop());
  const book = callsTo(accepted);
  await book.move('again', 'a', 'b', 7);
  await caughtUp(book);
  await published(book);
  assert.equal((await book.get('/v1/accounts/ext:b/balance')).json['balance_minor'], 7);
  await assertReconciled(book);
  await forge();
  const asked = await book.call('POST', '/v1/admin/reconciliations');
  const path = String(asked.headers.get('location'));
  await until(async () => (await book.get(path)).json['finished_at'] !== null, 'it is reconciled');
  assert.match((await book.get(path)).text, /"field":"checksum"/);
});

/** Where the broker can't be asked at the start, the ledger writes, and the relay asks before it sends anything. */
async function haltedOnceItIsBack(
  t: TestContext,
  dataDir: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const state = z.object({ outboxes: z.array(z.object({ state: z.string(), fault: z.string() })) });
  await kafka.broker().kill();
  const server = await startServer(dataDir, settings);
  t.after(() => server.stop());
  await kafka.broker().start();
  const { get } = callsTo(server);
  const fault = async () =>
    state
      .safeParse((await get('/v1/admin/outbox')).json)
      .data?.outboxes.find((outbox) => outbox.state === 'halted')?.fault;
  await until(async () => (await fault()) !== undefined, 'the relay halts');
  assert.match(
    (await fault()) ?? '',
    /the broker \(kafka\) has events up to \d+ that the log does not hold/,
  );
  await server.stop();
}

/** A record with the place of the first event and another content. */
async function forge(): Promise<void> {
  const encode = (text?: string): Buffer => Buffer.from(text ?? '');
  const producer = new Producer<string, Buffer, string, string>({
    clientId: 'forger',
    bootstrapBrokers: [kafka.broker().url],
    serializers: { key: encode, headerKey: encode, headerValue: encode },
  });
  const headers = {
    ce_sequence: '00000000000000000001',
    ce_source: '/ledgers/main',
    ce_subject: 'account/5d1a2f6e-0000-4000-8000-000000000001',
    ce_time: '2026-01-01T00:00:00.000Z',
    event_name: 'AccountCreated',
    event_id: '5d1a2f6e-0000-4000-8000-000000000002',
    schema: 'ledger.v1.AccountCreated',
    epoch: '1',
  };
  const message = {
    topic: 'ledger.account.v1',
    partition: 0,
    key: 'k',
    value: Buffer.from('x'),
    headers,
  };
  await producer.send({ messages: [message] });
  await producer.close(true);
}
