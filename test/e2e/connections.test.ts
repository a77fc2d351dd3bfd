import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { audit } from '../support/audit.ts';
import { callsTo, startOn, startProduct, until, type Product } from '../support/product.ts';

test('on one connection requests that came at once are answered in order', async (t) => {
  const product = await startProduct(t);
  await product.open('a');
  await product.open('b');
  const count = 2000;
  const amounts = Array.from({ length: count }, (_, index) => index + 1);
  const answered = await pipeline(
    product,
    amounts.map((amount) => requestOf(product, amount)),
  );
  assert.deepEqual(answered, amounts);
  assert.deepEqual((await product.amounts('b'))[0], (count * (count + 1)) / 2);
});

function requestOf({ server }: Product, amount: number): string {
  const body = JSON.stringify({ from: 'ext:a', to: 'ext:b', amount_minor: amount, currency: 'USD' });
  return (
    `POST /v1/transfers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.adminKey}\r\n` +
    `idempotency-key: pipelined-${amount}\r\ncontent-type: application/json\r\n` +
    `content-length: ${body.length}\r\n\r\n${body}`
  );
}

/** The amounts of the answers, in the order in which they came. */
async function pipeline({ server }: Product, requests: readonly string[]): Promise<number[]> {
  const { hostname, port } = new URL(server.url);
  const socket: Socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  for (const request of requests) socket.write(request);
  const read = () => [...text.matchAll(/"amount_minor":(\d+)/g)].map(([, amount]) => Number(amount));
  await until(async () => read().length === requests.length, 'every request was answered');
  socket.destroy();
  return read();
}

test('a server that is told to stop answers every request that it has taken, and ends well', async (t) => {
  const product = await startProduct(t);
  await product.open('a');
  await product.open('b');
  let acknowledged = 0;
  const work = async (worker: number): Promise<void> => {
    for (let count = 0; ; count += 1) {
      const answer = await product.move(`w${worker}-${count}`, 'a', 'b', 1);
      assert.equal(answer.status, 201, answer.text);
      acknowledged += 1;
      if (answer.headers.get('connection') === 'close') return;
    }
  };
  const workers = Array.from({ length: 32 }, (_, worker) => work(worker));
  await until(async () => acknowledged > 200, 'the load runs');
  product.server.signal('SIGTERM');
  await Promise.all(workers);
  assert.equal(await product.server.exited, 0, product.server.output());
  const { rows } = await product.sql.query<{ n: number }>(
    'select count(*)::int as n from ledger.transfers',
  );
  assert.equal(rows[0]?.n, acknowledged);
  assert.deepEqual(await audit(product.sql), []);
});

test('of two servers on one database the second forwards, and takes over when the first stops', async (t) => {
  const token = {
    INTERNAL_TOKEN: randomUUID(),
    API_KEY_PEPPER: randomUUID(),
    ADMIN_API_KEY: `admin-${randomUUID()}`,
  };
  const first = await startProduct(t, token);
  const server = await startOn(t, first.database, token);
  const second = callsTo(server);
  await first.open('a');
  await second.open('b');
  const forwarded = await second.move('forwarded', 'a', 'b', 5);
  assert.equal(forwarded.status, 201, forwarded.text);
  const here = await first.move('forwarded', 'a', 'b', 5);
  assert.equal(here.text, forwarded.text);
  assert.equal(here.headers.get('idempotency-replayed'), 'true');
  const refused = await second.call('POST', '/v1/transfers', {
    body: {},
    headers: { 'idempotency-key': 'x' },
  });
  assert.equal(refused.status, 400);
  const epoch = async () =>
    (await first.sql.query<{ epoch: string }>('select epoch from ledger.head')).rows[0]?.epoch;
  assert.equal(await epoch(), '1');
  const load = Array.from({ length: 200 }, (_, index) => second.move(`load-${index}`, 'a', 'b', 1));
  first.server.signal('SIGTERM');
  assert.deepEqual(new Set((await Promise.all(load)).map((answer) => answer.status)), new Set([201]));
  assert.equal(await first.server.exited, 0, first.server.output());
  const after = await second.move('after', 'a', 'b', 1);
  assert.equal(after.status, 201, after.text);
  assert.equal(await epoch(), '2');
  assert.deepEqual((await second.amounts('b'))[0], 206);
  assert.equal((await second.get('/readyz')).status, 200);
  assert.deepEqual(await audit(first.sql), []);
});

test('a server that leaves says so where it is asked whether it is ready, before it takes no more', async (t) => {
  const { server, call } = await startProduct(t);
  const said = new Set<string>();
  let isGone = false;
  const ask = async (): Promise<void> => {
    while (!isGone) {
      const answer = await call('GET', '/readyz').catch(() => undefined);
      if (answer === undefined) isGone = true;
      else said.add(`${answer.status} ${String(answer.json['status'])}`);
    }
  };
  const asking = ask();
  await until(async () => said.size > 0, 'it answers');
  server.signal('SIGTERM');
  await asking;
  assert.equal([...said].at(-1), '503 stopping');
  assert.equal(await server.exited, 0);
});
