import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { memberCount, startCluster, type Member } from '../../../tools/cluster.ts';
import { findFreePorts } from '../../../tools/programs.ts';
import { createDatabase } from '../../support/databases.ts';
import { send, type TestAnswer } from '../../support/http.ts';
import { useKafka } from '../../support/kafka.ts';
import { until } from '../../support/product.ts';

const kafka = useKafka();
const adminKey = 'cluster-test-admin-key-0123456789';

interface Site {
  readonly member: (name: string) => Member;
  /** Asks one gateway after the other until one answers without a fault. */
  readonly get: (path: string) => Promise<TestAnswer>;
  /** Likewise: the key makes it count once. */
  readonly post: (path: string, key: string, body: object, prefer?: string) => Promise<TestAnswer>;
}

async function startSite(t: TestContext): Promise<Site> {
  const database = await createDatabase(t);
  const dataDir = await mkdtemp(join(tmpdir(), 'cluster-'));
  const cluster = await startCluster({
    dataDir,
    ports: await findFreePorts(memberCount),
    kafkaBrokers: kafka.broker().url,
    env: { DATABASE_URL: database.url, ADMIN_API_KEY: adminKey, READ_POOL_MAX: '4' },
  });
  t.after(async () => {
    await cluster.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const member = (name: string): Member => {
    const found = cluster.members.find((candidate) => candidate.name === name);
    assert.ok(found !== undefined, name);
    return found;
  };
  let turn = 0;
  const ask = async (method: string, path: string, more: Record<string, string>, body?: object) => {
    let answer: TestAnswer | undefined;
    await until(async () => {
      const { url } = member(`gateway-${((turn += 1) % 2) + 1}`);
      const headers = { authorization: `Bearer ${adminKey}`, ...more };
      answer = await send(url + path, method, headers, body).catch(() => undefined);
      return answer !== undefined && answer.status < 500;
    }, `${method} ${path} is answered`);
    assert.ok(answer !== undefined && answer.status < 300, answer?.text ?? '');
    return answer;
  };
  return {
    member,
    get: (path) => ask('GET', path, {}),
    post: (path, key, body, prefer) =>
      ask('POST', path, { 'idempotency-key': key, ...(prefer === undefined ? {} : { prefer }) }, body),
  };
}

async function kill({ child, exited }: Member): Promise<void> {
  child.kill('SIGKILL');
  await exited;
}

/** The balance in the read model, not older than the position. */
async function readBalance({ get }: Site, name: string, position: unknown): Promise<unknown> {
  const path = `/v1/accounts/ext:${name}/balance?min_position=${String(position)}`;
  return (await get(path)).json['balance_minor'];
}

const transfer = { from: 'ext:a', to: 'ext:b', amount_minor: 1, currency: 'USD' };

test('of every role any one may be killed: clients go on, and the read model says what the ledger says', async (t) => {
  const site = await startSite(t);
  const { post, get, member } = site;
  for (const name of ['a', 'b'])
    await post('/v1/accounts', `open-${name}`, { currency: 'USD', external_id: name });
  let sent = 0;
  const move = async (count: number): Promise<unknown> => {
    let position: unknown;
    for (let index = 0; index < count; index += 1)
      position = (await post('/v1/transfers', `move-${(sent += 1)}`, transfer)).json['position'];
    return position;
  };
  assert.equal(await readBalance(site, 'b', await move(10)), 10);
  for (const role of ['relay', 'projections', 'worker', 'ledger', 'gateway']) {
    await kill(member(`${role}-1`));
    assert.equal(await readBalance(site, 'b', await move(10)), sent, `without ${role}-1`);
  }
  const { json } = await post('/v1/transfers', 'later', transfer, 'respond-async');
  await until(async () => {
    const found = await get(`/v1/transfers/${String(json['id'])}`);
    return found.json['status'] === 'COMPLETED';
  }, 'the other worker runs it');
  const strong = (await get('/v1/accounts/ext:b/balance?consistency=strong')).json;
  assert.equal(strong['balance_minor'], sent + 1);
  assert.equal(await readBalance(site, 'b', strong['as_of_position']), sent + 1);
});
