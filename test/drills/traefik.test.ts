// Runs a real Traefik on deploy/traefik. It is built from its module when it is not there, which takes minutes:
// npm test test/drills/traefik.test.ts
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createDatabase } from '../support/databases.ts';
import { startGatewayNetwork } from '../support/gateway-network.ts';
import { send } from '../support/http.ts';
import { callsTo, startOn, until } from '../support/product.ts';
import { startTraefik } from '../support/traefik.ts';
import { startTransferLoad } from '../support/transfer-load.ts';

// Its certificate is signed by nobody, as in compose.yaml.
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';

/** A load and three programs share the machine. */
const factMsMax = 120_000;

const adminKey = 'traefik-admin-key-0123456789-0123456789';
const authorization = `Bearer ${adminKey}`;
const env = {
  ADMIN_API_KEY: adminKey,
  INTERNAL_TOKEN: 'a token of the drill',
  TRUSTED_PROXIES: '127.0.0.1',
};

/** Two servers on one database, and Traefik before them. */
async function openSite(t: TestContext) {
  const database = await createDatabase(t);
  const first = await startOn(t, database, env);
  const second = await startOn(t, database, env);
  const { open } = callsTo(first);
  for (const name of ['a', 'b']) await open(name);
  return { database, first, second };
}

async function openTraefik(t: TestContext, gateways: readonly [string, string]) {
  const traefik = await startTraefik(t, gateways);
  const ask = (path: string, headers: Record<string, string> = {}) =>
    send(traefik.url + path, 'GET', { authorization, ...headers }, undefined);
  // It listens before it has its certificate and its routes.
  const isOpen = async () => (await ask('/healthz').catch(() => undefined))?.status === 200;
  await until(isOpen, 'gateways are let in', factMsMax);
  return { traefik, ask };
}

/** The same with a network between them that can be listened to and broken. */
async function openWithNetworks(t: TestContext) {
  const { first, second } = await openSite(t);
  const near = await startGatewayNetwork(t, first.url);
  const far = await startGatewayNetwork(t, second.url);
  const networks = [near, far];
  const said = (): string => networks.map((network) => network.said()).join('');
  return { networks, said, ...(await openTraefik(t, [near.url, far.url])) };
}

test('Traefik leads to the API and the console, and to nothing that is for inside', async (t) => {
  const { ask, traefik, said } = await openWithNetworks(t);
  for (const path of ['/v1/accounts', '/docs', '/openapi.json', '/healthz'])
    assert.equal((await ask(path)).status, 200, path);
  for (const path of ['/', '/accounts', '/transfers/new', '/operations'])
    assert.match((await ask(path, { accept: 'text/html' })).text, /<html/, path);
  for (const path of ['/metrics', '/readyz', '/internal/commands', '/v2'])
    assert.match((await ask(path)).text, /^404 page not found/, path);
  const plain = await send(`${traefik.plainUrl}/v1/accounts`, 'GET', { authorization }, undefined);
  assert.deepEqual([plain.status, plain.headers.get('location')], [301, `${traefik.url}/v1/accounts`]);
  traefik.checkHealth();
  const metrics = await send(`${traefik.innerUrl}/metrics`, 'GET', {}, undefined);
  assert.match(metrics.text, /^traefik_entrypoint_requests_total/m);
  await ask('/v1/accounts', { 'x-user-id': 'spoofed-user', 'x-real-ip': '8.8.8.8' });
  assert.doesNotMatch(said(), /spoofed-user|8\.8\.8\.8/);
  assert.match(said(), /X-Forwarded-For: 127\.0\.0\.1/i);
  assert.doesNotMatch(traefik.output(), new RegExp(adminKey), 'the access log holds no key');
});

test('behind Traefik events of a feed come one by one', async (t) => {
  const { first, second } = await openSite(t);
  const { traefik } = await openTraefik(t, [first.url, second.url]);
  const over = new AbortController();
  t.after(() => over.abort());
  const headers = { authorization, accept: 'text/event-stream' };
  const { body } = await fetch(`${traefik.url}/v1/events`, { headers, signal: over.signal });
  let seen = '';
  const reading = (async () => {
    for await (const chunk of body ?? []) seen += Buffer.from(chunk).toString();
  })().catch(() => undefined);
  for (const key of ['one', 'two']) {
    const { json } = await callsTo(first).move(key, 'a', 'b', 1);
    await until(async () => seen.includes(String(json['id'])), `the event of ${key}`, factMsMax);
  }
  over.abort();
  await reading;
});

test('behind Traefik servers are replaced one by one, and no request is lost', async (t) => {
  const { database, first, second } = await openSite(t);
  const { traefik } = await openTraefik(t, [first.url, second.url]);
  const load = startTransferLoad(traefik.url, authorization);
  await until(async () => load.moved() > 200, 'both serve', factMsMax);
  for (const server of [first, second]) {
    const before = load.moved();
    await server.stop();
    await until(async () => load.moved() > before + 200, 'the other one serves on', factMsMax);
    const { hostname, port } = new URL(server.url);
    await startOn(t, database, { ...env, HOST: hostname, PORT: port });
    await until(async () => load.moved() > before + 500, 'it is let in', factMsMax);
  }
  await load.stop();
  assert.deepEqual([...load.outcomes.keys()].toSorted(), ['moved', 'read'], String([...load.outcomes]));
});

test('behind Traefik a gateway that is killed costs what it had in hand, and no more', async (t) => {
  const { first, second } = await openSite(t);
  const { traefik } = await openTraefik(t, [first.url, second.url]);
  const load = startTransferLoad(traefik.url, authorization);
  await until(async () => load.moved() > 200, 'both serve', factMsMax);
  first.signal('SIGKILL');
  await first.exited;
  const before = load.moved();
  await until(async () => load.moved() > before + 500, 'the other one serves on', factMsMax);
  await load.stop();
  const lost = [...load.outcomes].filter(([what]) => !['moved', 'read'].includes(what));
  t.diagnostic(JSON.stringify([...load.outcomes]));
  const count = lost.reduce((sum, [, times]) => sum + times, 0);
  assert.ok(count <= 12, JSON.stringify(lost));
});

test('the circuit breaker opens where gateways fail though they say that they are well, and closes again', async (t) => {
  const { networks, said, ask, traefik } = await openWithNetworks(t);
  for (const network of networks) network.breakRequests();
  const isOpen = async () => {
    const { status, text } = await ask('/v1/accounts');
    assert.ok([502, 503].includes(status), `${status} ${text}`);
    return status === 503;
  };
  await until(isOpen, 'it is open', factMsMax);
  const asked = (): number => said().split('/v1/accounts').length;
  const before = asked();
  assert.equal((await ask('/v1/accounts')).status, 503);
  assert.equal(asked(), before, 'nobody is asked meanwhile');
  for (const network of networks) network.mend();
  await until(
    async () => (await ask('/v1/accounts')).status === 200,
    'it lets through again',
    factMsMax,
  );
  await until(
    async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/v1/accounts')));
      return answers.every(({ status }) => status === 200);
    },
    'it lets all through',
    60_000,
  );
  t.diagnostic(traefik.output().slice(-2000));
});
