import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { createDatabase } from '../support/databases.ts';
import { callsTo, startOn, until } from '../support/product.ts';
import { startReceiver, towardsReceivers, type Received } from '../support/receiver.ts';
import type { ServerProcess } from '../support/server-process.ts';

const env = {
  ...towardsReceivers,
  INTERNAL_TOKEN: 'the token of these servers',
  ADMIN_API_KEY: 'the-key-of-every-server-here',
};

const account = z.object({ account_id: z.string() });
const shape = z.object({
  data: z.object({
    payload: z.object({
      accounts: z.array(account).default([]),
      transfer: z.object({ from: z.string(), to: z.string() }).optional(),
    }),
  }),
});

/** The accounts of an event, apart from the product's own reading of it. */
function accountsIn({ body }: Received): string[] {
  const { accounts, transfer } = shape.parse(JSON.parse(body)).data.payload;
  return [...accounts.map((state) => state.account_id), transfer?.from ?? '', transfer?.to ?? ''];
}

/** Places at which an event came for the first time after a later one of the same account had come. */
function disorderIn(received: readonly Received[], accounts: ReadonlySet<string>): string[] {
  const last = new Map<string, number>();
  const seen = new Set<string>();
  const faults: string[] = [];
  for (const message of received) {
    if (seen.has(message.id)) continue;
    seen.add(message.id);
    const position = message.position ?? 0;
    for (const account of accountsIn(message).filter((id) => accounts.has(id))) {
      const before = last.get(account) ?? 0;
      if (before > position) faults.push(`${position} of ${account} came after ${before}`);
      last.set(account, Math.max(before, position));
    }
  }
  return faults;
}

test('senders killed in mid-flight lose nothing, send in order, and log each event once', async (t) => {
  const database = await createDatabase(t);
  const receiver = await startReceiver(t);
  const sql = await database.connect();
  receiver.answer = async ({ position = 0 }) => {
    await new Promise((resolve) => setTimeout(resolve, position % 7));
    return { status: position % 11 === 0 ? 500 : 204 };
  };
  let servers = await Promise.all([1, 2].map(() => startOn(t, database, env)));
  const [first] = servers;
  assert.ok(first !== undefined);
  const calls = callsTo(first);
  const names = ['a', 'b', 'c', 'd'];
  const accounts = new Set(await Promise.all(names.map((name) => calls.open(name))));
  const made = await calls.call('POST', '/v1/webhooks', { body: { url: receiver.url } });
  assert.equal(made.status, 201, made.text);
  for (let round = 0; round < 3; round += 1) {
    const [victim, survivor] = servers;
    assert.ok(victim !== undefined && survivor !== undefined);
    await post(survivor, names, round);
    const arrived = receiver.received.length + 10;
    await until(async () => receiver.received.length >= arrived, 'some have been sent');
    victim.signal('SIGKILL');
    servers = [survivor, await startOn(t, database, env)];
  }
  // What answered 500 by its position would do so for ever.
  receiver.answer = () => ({ status: 204 });
  const open = `select from webhooks.deliveries where state <> 'delivered'`;
  await until(async () => (await sql.query(open)).rowCount === 0, 'everything is delivered');
  const { rows } = await sql.query<{ position: string; deliveries: string; logged: string }>(
    `select v.position, count(distinct d.id) as deliveries, count(a.*) as logged from ledger.events v
      left join webhooks.deliveries d on d.position = v.position
      left join webhooks.attempts a on a.delivery_id = d.id and a.status = 204
      where v.position > $1 group by 1 order by 1`,
    [names.length],
  );
  assert.equal(rows.length, 3 * 60 * 2);
  assert.deepEqual(
    rows.filter(({ deliveries, logged }) => deliveries !== '1' || logged !== '1'),
    [],
  );
  const arrived = new Set(receiver.received.map(({ position }) => position));
  assert.deepEqual(
    rows.filter(({ position }) => !arrived.has(Number(position))),
    [],
  );
  assert.deepEqual(disorderIn(receiver.received, accounts), []);
});

/** Sixty transfers round the accounts. */
async function post(server: ServerProcess, names: readonly string[], round: number): Promise<void> {
  const { move } = callsTo(server);
  const moves = Array.from({ length: 60 }, async (_, i) => {
    const [from = '', to = ''] = [names[i % 4], names[(i + 1) % 4]];
    const { status, text } = await move(`${round}-${i}`, from, to, 1);
    assert.equal(status, 201, text);
  });
  await Promise.all(moves);
}
