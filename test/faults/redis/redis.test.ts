import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { ClaimedLedger } from '../../../src/gateway/claimed-ledger.ts';
import { createSharedRates } from '../../../src/gateway/rate-limit.ts';
import { SharedMemory } from '../../../src/gateway/redis.ts';
import type { Ledger, LedgerAnswer, LedgerRequest } from '../../../src/ledger/commands.ts';
import { LedgerFault } from '../../../src/ledger/fault.ts';
import { createBreakers } from '../../../src/runtime/breaker.ts';
import { startRedis } from '../../../tools/redis.ts';
import { createDatabase } from '../../support/databases.ts';
import { anyFingerprint, startLedger } from '../../support/ledger.ts';

const log = pino({ level: 'silent' });

async function openRedis(t: TestContext) {
  const redis = await startRedis();
  t.after(() => redis.remove());
  return redis;
}

/** What one gateway has of Redis. */
async function connect(t: TestContext, url: string): Promise<SharedMemory> {
  const breaker = createBreakers(new Registry())('redis');
  const memory = new SharedMemory({ url, breaker, log });
  t.after(() => memory.close());
  await until(() => memory.isReady);
  return memory;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

function request(key: string, fingerprint = anyFingerprint): LedgerRequest {
  const command = { kind: 'open_account', body: { currency: 'USD' } } as const;
  const none = { traceparent: undefined, correlationId: undefined };
  return { ledger: 'main', command, key, fingerprint, ...none };
}

/** A ledger that counts what it is asked. */
function countedLedger(answer: () => Promise<LedgerAnswer>): Ledger & { asked: number } {
  const ledger = {
    asked: 0,
    submit: () => {
      ledger.asked += 1;
      return answer();
    },
  };
  return ledger;
}

const made: LedgerAnswer = {
  kind: 'done',
  status: 201,
  body: { id: 'x', amount_minor: 9_007_199_254_740_993n },
  location: '/v1/x',
  replayed: false,
};

function claim(ledger: Ledger, redis: SharedMemory, token = 'a token of the tests'): ClaimedLedger {
  const monotonicMs = () => performance.now();
  return new ClaimedLedger({ ledger, redis, prefix: 'test', token, monotonicMs });
}

test('a storm of one request over several gateways asks the ledger once', async (t) => {
  const { url } = await openRedis(t);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const ledger = countedLedger(async () => {
    await released;
    return made;
  });
  const gateways = [claim(ledger, await connect(t, url)), claim(ledger, await connect(t, url))];
  const storm = gateways.flatMap((gateway) =>
    Array.from({ length: 30 }, () => gateway.submit(request('k'))),
  );
  await until(() => ledger.asked > 0);
  release();
  const answers = await Promise.all(storm);
  assert.equal(ledger.asked, 1);
  assert.equal(answers.filter((answer) => !answer.replayed).length, 1);
  for (const answer of answers) assert.deepEqual({ ...answer, replayed: false }, made);
  assert.equal((await gateways[1]?.submit(request('k')))?.replayed, true);
  assert.equal(ledger.asked, 1);
});

test('another request with the key, and what nobody signed, is left to the ledger', async (t) => {
  const { url } = await openRedis(t);
  const redis = await connect(t, url);
  const ledger = countedLedger(async () => made);
  const gateway = claim(ledger, redis);
  await gateway.submit(request('k'));
  const isKept = () => redis.ask((client) => client.keys('test:*').then((keys) => keys.length));
  assert.equal(await isKept(), 1);
  await gateway.submit(request('k', '00000000-0000-4000-8000-000000000001'));
  assert.equal(ledger.asked, 2);
  const stranger = claim(ledger, redis, 'another token of tests');
  await stranger.submit(request('k'));
  assert.equal(ledger.asked, 3);
});

test('a claim that nobody answers falls through to the ledger in the end', async (t) => {
  const { url } = await openRedis(t);
  const redis = await connect(t, url);
  const dead = claim({ submit: () => new Promise(() => {}) }, redis);
  void dead.submit(request('k'));
  await until(() => true);
  const ledger = countedLedger(async () => made);
  const startedAt = performance.now();
  assert.deepEqual(await claim(ledger, redis).submit(request('k')), made);
  assert.ok(performance.now() - startedAt > 1000, 'it waited for the claim first');
  assert.equal(ledger.asked, 1);
});

test('a fault gives the claim up: the next try asks the ledger', async (t) => {
  const { url } = await openRedis(t);
  const redis = await connect(t, url);
  let isDown = true;
  const ledger = countedLedger(async () => {
    if (isDown) throw new LedgerFault('ledger_unavailable', 'down');
    return made;
  });
  const gateway = claim(ledger, redis);
  await assert.rejects(gateway.submit(request('k')), /down/);
  isDown = false;
  assert.deepEqual(await gateway.submit(request('k')), made);
});

test('Redis killed, started empty, or stopped at any moment changes no effect', async (t) => {
  const broker = await openRedis(t);
  const database = await createDatabase(t);
  const ledger = await startLedger(t, { connectionString: database.url });
  const gateways = [
    claim(ledger, await connect(t, broker.url)),
    claim(ledger, await connect(t, broker.url)),
  ];
  const made = new Map<string, Set<string>>();
  const isOver = { now: false };
  t.after(() => void (isOver.now = true));
  const work = async (worker: number): Promise<void> => {
    for (let n = 0; !isOver.now; n += 1) {
      // Every request is sent through both, some at once and some one after the other.
      const key = `w${worker}-${n}`;
      const answers = await Promise.all(gateways.map((gateway) => gateway.submit(request(key))));
      answers.push(await (gateways[n % 2] ?? ledger).submit(request(key)));
      made.set(key, new Set(answers.map((answer) => JSON.stringify(bodyOf(answer)))));
    }
  };
  const workers = Array.from({ length: 4 }, (_, worker) => work(worker));
  const moreThan = (count: number) => until(() => made.size > count);
  await moreThan(20);
  await broker.kill();
  await moreThan(made.size + 20);
  await broker.start();
  await moreThan(made.size + 20);
  broker.pause();
  await moreThan(made.size + 20);
  await broker.kill();
  await broker.start();
  await moreThan(made.size + 20);
  isOver.now = true;
  await Promise.all(workers);
  for (const [key, bodies] of made) assert.equal(bodies.size, 1, `${key}: ${[...bodies].join(' ')}`);
  const client = await database.connect();
  const { rowCount } = await client.query('select from ledger.accounts where not external');
  assert.equal(rowCount, made.size);
});

function bodyOf(answer: LedgerAnswer): unknown {
  assert.equal(
    answer.kind,
    'done',
    JSON.stringify(answer, (_, value: unknown) => String(value)),
  );
  const { body } = answer;
  return typeof body === 'object' && body !== null && 'id' in body ? body.id : undefined;
}

test('gateways share a bucket, and each has its own while Redis is away', async (t) => {
  const broker = await openRedis(t);
  const memories = [await connect(t, broker.url), await connect(t, broker.url)];
  const gateways = memories.map((memory) => createSharedRates(memory, 'test'));
  const local = gateways.map(() => ({ fullAt: 0 }));
  const take = async (index: number, now: number) => {
    const usage = local[index] ?? { fullAt: 0 };
    return gateways[index]?.take({ keyId: 'k', usage, perSecond: 1 }, now);
  };
  // One a second, of which Redis keeps the time.
  assert.equal((await take(0, 1000))?.isAllowed, true);
  const second = await take(1, 1000);
  assert.deepEqual([second?.isAllowed, second?.remaining], [false, 0]);
  await broker.kill();
  await until(() => memories.every((memory) => !memory.isReady));
  assert.equal((await take(0, 1000))?.isAllowed, true);
  assert.equal((await take(1, 1000))?.isAllowed, true);
  assert.equal((await take(1, 1000))?.isAllowed, false);
});
