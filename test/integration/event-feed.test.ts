import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { Pool } from 'pg';
import { startGateway } from '../support/gateway.ts';
import { openStream } from '../support/event-source.ts';
import { until } from '../support/product.ts';

/** Fills the log with entries whose texts are long, so that a few thousand are more than a socket holds. */
async function fillLog(pool: Pool, count: number): Promise<void> {
  const text = 'x'.repeat(4000);
  // Field 9 of EntryPosted, its description.
  const payload = Buffer.concat([Buffer.from([0x4a, 0xa0, 0x1f]), Buffer.from(text)]);
  await pool.query(
    `insert into ledger.events (position, epoch, batch, type, schema_version, ledger_id, aggregate, key, payload,
        recorded_at)
      select n, 1, n, 'EntryPosted', 1, 1, 'entry', gen_random_uuid(), $2, now() from generate_series(1, $1::int) n`,
    [count, payload],
  );
  await pool.query('update ledger.head set position = $1', [count]);
}

/** A client that asks for the whole log and reads nothing of it. */
async function openStalled(t: TestContext, url: string, adminKey: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  t.after(() => socket.destroy());
  socket.write(
    `GET /v1/events?after_position=0 HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n` +
      `Authorization: Bearer ${adminKey}\r\n\r\n`,
  );
  await once(socket, 'readable');
  return socket;
}

async function readToEnd(t: TestContext, url: string, adminKey: string, from: number, to: number) {
  const authorization = `Bearer ${adminKey}`;
  const stream = await openStream(`${url}/v1/events?after_position=${from}`, { authorization });
  t.after(() => stream.close());
  for (let position = from + 1; position <= to; position += 1)
    assert.equal((await stream.next())?.data['position'], position);
}

test('a client that takes nothing does not hold up a server that stops', async (t) => {
  const { url, adminKey, pool, close } = await startGateway(t);
  await fillLog(pool, 5000);
  const socket = await openStalled(t, url, adminKey);
  // By the time another one has read it all, this one is full.
  await readToEnd(t, url, adminKey, 0, 5000);
  const startedAt = performance.now();
  await close();
  assert.ok(performance.now() - startedAt < 10_000, 'long before the time of stalled clients');
  socket.destroy();
});

test('a client that takes nothing is cut off while others go on, and can resume', async (t) => {
  const count = 5000;
  const { url, adminKey, pool } = await startGateway(t, undefined, { timeouts: { stalledMs: 300 } });
  await fillLog(pool, count);
  await openStalled(t, url, adminKey);
  await readToEnd(t, url, adminKey, 0, count);
  const feeds = async () => (await fetch(`${url}/metrics`)).text();
  await until(async () => (await feeds()).includes('event_feeds_open 1\n'), 'the stalled feed is gone');
  await readToEnd(t, url, adminKey, count - 100, count);
});

test('a log that can not be read for a while costs a live feed nothing', async (t) => {
  const { url, adminKey, pool, logged } = await startGateway(t);
  await fillLog(pool, 10);
  const authorization = `Bearer ${adminKey}`;
  const stream = await openStream(`${url}/v1/events?after_position=9`, { authorization });
  t.after(() => stream.close());
  assert.equal((await stream.next())?.id, '10');
  await pool.query('alter table ledger.events rename to events_away');
  const isHeard = () => logged.some((line) => line.includes('could not read the log'));
  await until(() => Promise.resolve(isHeard()), 'the log is away');
  await pool.query(
    `insert into ledger.events_away
      select 11, epoch, batch, type, schema_version, ledger_id, aggregate, key, payload, null, null, now()
      from ledger.events_away where position = 10`,
  );
  await pool.query('alter table ledger.events_away rename to events');
  assert.equal((await stream.next())?.id, '11');
});
