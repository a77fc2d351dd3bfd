import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Client } from 'pg';
import { readOutbox } from '../../../src/relay/read-outbox.ts';
import type { LedgerProcess } from '../../../src/ledger/ledger.ts';
import { Collector, range } from '../../support/collector.ts';
import { createDatabase, type TestDatabase } from '../../support/databases.ts';
import { useKafka } from '../../support/kafka.ts';
import { openAccount, startLedger, submit, transferOf } from '../../support/ledger.ts';
import { until } from '../../support/product.ts';

const kafka = useKafka();
const program = join(import.meta.dirname, '..', '..', 'support', 'relay-program.ts');

interface Scene {
  readonly database: TestDatabase;
  readonly sql: Client;
  readonly ledger: LedgerProcess;
  readonly collector: Collector;
  /** Posts so many transfers, which makes twice as many events. */
  readonly post: (count: number) => Promise<void>;
  /** Starts a relay, which may stand still at a page. */
  readonly relay: (hold?: 'sent' | 'confirmed', page?: number) => ChildProcess;
}

let groups = 0;

/** A ledger with something in its log, and a consumer on Kafka. */
async function setScene(t: TestContext): Promise<Scene> {
  const transport = await kafka.open(t);
  const database = await createDatabase(t);
  const sql = await database.connect();
  const ledger = await startLedger(t, { connectionString: database.url });
  const [from, to] = [await openAccount(ledger), await openAccount(ledger)];
  const collector = new Collector(`relay-test-${(groups += 1)}`);
  await collector.subscribe(transport);
  const post = async (count: number): Promise<void> => {
    await Promise.all(
      range(1, count).map(async () => {
        const answer = await submit(ledger, transferOf(from, to, 1n));
        assert.equal(answer.kind, 'done');
      }),
    );
  };
  const relay = (hold = 'never', page = 1): ChildProcess => {
    const args = [program, database.url, kafka.broker().url, hold, String(page)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => {
      child.kill('SIGKILL');
    });
    return child;
  };
  await post(50);
  return { database, sql, ledger, collector, post, relay };
}

async function readHead(sql: Client): Promise<number> {
  const { rows } = await sql.query<{ position: string }>('select position from ledger.head');
  return Number(rows[0]?.position);
}

/** Everything in the log has come, each event once, as the log has it. */
async function assertAllCame({ sql, collector }: Scene): Promise<void> {
  const head = await readHead(sql);
  await until(async () => (await collector.position()) >= head, `everything up to ${head} has come`);
  assert.deepEqual(collector.positions(), range(1, head));
  assert.deepEqual(collector.repeats, []);
  const { rows } = await sql.query<{ position: string; payload: Buffer }>(
    'select position, payload from ledger.events order by position',
  );
  const payloads = new Map(collector.messages.map(({ position, payload }) => [position, payload]));
  for (const { position, payload } of rows)
    assert.ok(payload.equals(Buffer.from(payloads.get(Number(position)) ?? [])), `bytes of ${position}`);
}

async function killWhenItStands(relay: ChildProcess): Promise<void> {
  assert.ok(relay.stdout !== null);
  await once(relay.stdout, 'data');
  relay.kill('SIGKILL');
  await once(relay, 'exit');
}

for (const hold of ['sent', 'confirmed'] as const) {
  const when = hold === 'sent' ? 'between send and confirmation' : 'between confirmation and cursor';
  test(`a relay that is killed ${when} loses nothing, and nothing counts twice`, async (t) => {
    const scene = await setScene(t);
    await killWhenItStands(scene.relay(hold, 1));
    await scene.post(50);
    await killWhenItStands(scene.relay(hold, 1));
    await scene.post(50);
    scene.relay();
    await assertAllCame(scene);
  });
}

test('of two relays one sends; when it is held up the other takes over, and it can only repeat', async (t) => {
  const scene = await setScene(t);
  const first = scene.relay();
  await assertAllCame(scene);
  const second = scene.relay();
  await scene.post(50);
  await assertAllCame(scene);
  first.kill('SIGSTOP');
  await scene.post(500);
  await assertAllCame(scene);
  first.kill('SIGCONT');
  await scene.post(500);
  await assertAllCame(scene);
  second.kill('SIGKILL');
  await scene.post(100);
  await assertAllCame(scene);
});

test('while the broker is down writers go on, and the backlog drains when it is back', async (t) => {
  const scene = await setScene(t);
  scene.relay();
  await assertAllCame(scene);
  await kafka.broker().kill();
  await scene.post(300);
  await until(
    async () => (await readOutbox(scene.sql)).outboxes[0]?.state === 'failing',
    'it is noticed',
  );
  const { outboxes } = await readOutbox(scene.sql);
  assert.ok((outboxes[0]?.unpublished_events ?? 0) >= 600);
  assert.ok((outboxes[0]?.oldest_unpublished_age_seconds ?? 0) > 0);
  await kafka.broker().start();
  await scene.post(100);
  await assertAllCame(scene);
  await until(
    async () => (await readOutbox(scene.sql)).outboxes[0]?.state === 'sending',
    'it sends again',
  );
});

test('a log that is not the one that was published halts the relay', async (t) => {
  const scene = await setScene(t);
  const relay = scene.relay();
  await assertAllCame(scene);
  relay.kill('SIGTERM');
  await once(relay, 'exit');
  await scene.sql.query('update relay.cursors set epoch = epoch + 1');
  scene.relay();
  await until(async () => (await readOutbox(scene.sql)).outboxes[0]?.state === 'halted', 'it halts');
  await scene.post(10);
  const { outboxes } = await readOutbox(scene.sql);
  assert.match(outboxes[0]?.fault ?? '', /epoch/);
  assert.ok((outboxes[0]?.unpublished_events ?? 0) >= 20);
});
