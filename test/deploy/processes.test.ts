import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startKafka } from '../../tools/kafka.ts';
import { startRedis } from '../../tools/redis.ts';
import { readCompose, type Service } from '../support/compose.ts';
import { createEmptyDatabase } from '../support/databases.ts';
import {
  awaitReady,
  Hosts,
  openSite,
  root,
  runDeclared,
  startDeclared,
  stopAll,
  type Declared,
  type RunningProcess,
  type Site,
} from '../support/declared-processes.ts';
import { readDockerfile, settingsOf } from '../support/dockerfile.ts';
import { chart, containerOf, declaredBy, parseManifests, render } from '../support/helm.ts';

const image = settingsOf(readDockerfile(join(root, 'Dockerfile'))).env;

/** What the deployments expect to find: two databases, a Kafka and a Redis of their own. */
async function openWorld(t: TestContext) {
  const [kafka, redis, ledger, models] = await Promise.all([
    startKafka(),
    startRedis(),
    createEmptyDatabase(t),
    createEmptyDatabase(t),
  ]);
  t.after(async () => {
    await kafka.remove();
    await redis.remove();
  });
  return { kafka, redis, ledger, models };
}

async function startAll(site: Site, all: readonly Declared[]): Promise<RunningProcess[]> {
  const running = all.map((one) => startDeclared(site, one));
  await Promise.all(running.map(awaitReady));
  return running;
}

function assertSmoke(output: string): void {
  assert.equal(output.match(/^ok {4}/gm)?.length, 7, output);
}

const declaredByService = (name: string, { command, environment }: Service): Declared => ({
  name,
  args: command ?? ['start'],
  env: environment,
});

test('the processes of compose.yaml start with its arguments and environment, and pass the smoke test', async (t) => {
  const { kafka, redis, ledger, models } = await openWorld(t);
  const { services } = readCompose();
  const hosts = new Hosts();
  const own = Object.entries(services).filter(([, { image }]) => image.startsWith('credit-ledger:'));
  const at = (url: string): string => url.replace(/^.*@/, '');
  const places = [
    ['postgres-ledger:5432/ledger', at(ledger.url)],
    ['postgres-read-models:5432/read_models', at(models.url)],
    ['kafka:9092', kafka.url],
    ['redis:6379', new URL(redis.url).host],
    // A collector of traces that is away is no hindrance.
    ['alloy:4318', '127.0.0.1:9'],
    // Traefik is not here: the smoke test speaks to a gateway.
    ['https://traefik', `http://${hosts.addressOf('gateway-1')}:4000`],
    ...own.map(([name]) => [`http://${name}:`, `http://${hosts.addressOf(name)}:`] as const),
  ] as const;
  const site = openSite(t, { places, image }, hosts);
  const declared = (name: string): Declared => {
    const service = services[name];
    assert.ok(service !== undefined, name);
    return declaredByService(name, service);
  };
  assert.match(await runDeclared(site, declared('migrate')), /Up to date/);
  const servers = own.filter(([, { environment }]) => environment['ROLE'] !== undefined);
  assert.equal(servers.length, 8);
  await startAll(
    site,
    servers.map(([name]) => declared(name)),
  );
  assertSmoke(await runDeclared(site, declared('smoke')));
  await stopAll(site);
});

test('the processes that the chart renders start with its arguments and environment, and pass the smoke test', async (t) => {
  const { kafka, redis, ledger, models } = await openWorld(t);
  const manifests = parseManifests(
    render(
      '--values',
      join(chart, 'values-prod.yaml'),
      '--set',
      `kafkaBrokers=${kafka.url}`,
      '--set',
      'seals.keySecret=',
    ),
  );
  const secret = (key: string, value: string) => [`credit-ledger/${key}`, value] as const;
  const random = (name: string): string => `the-secret-of-${name}`.padEnd(40, '-');
  const secrets = Object.fromEntries([
    secret('DATABASE_URL', ledger.url),
    secret('READ_MODEL_DATABASE_URL', models.url),
    secret('REDIS_URL', redis.url),
    ...['ADMIN_API_KEY', 'INTERNAL_TOKEN', 'API_KEY_PEPPER', 'METRICS_TOKEN'].map((name) =>
      secret(name, random(name)),
    ),
  ]);
  const hosts = new Hosts();
  const gateway = `http://${hosts.addressOf('gateway-0')}:4000`;
  const places = [['http://books-credit-ledger-gateway:4000', gateway]] as const;
  const site = openSite(t, { places, image }, hosts);
  const declared = (manifest: Parameters<typeof declaredBy>[0], name: string): Declared =>
    declaredBy(manifest, name, { address: hosts.addressOf(name), secrets });
  const job = manifests.find(({ kind }) => kind === 'Job');
  const pod = manifests.find(({ kind }) => kind === 'Pod');
  assert.ok(job !== undefined && pod !== undefined);
  assert.match(await runDeclared(site, declared(job, 'migrate')), /Up to date/);
  const servers = manifests
    .filter(({ kind }) => kind === 'Deployment')
    .flatMap((deployment) => {
      const role = containerOf(deployment).name;
      // Two of what stands by or shares its work, one of the rest.
      const copies = ['gateway', 'ledger'].includes(role) ? 2 : 1;
      return Array.from({ length: copies }, (_, copy) => declared(deployment, `${role}-${copy}`));
    });
  assert.equal(servers.length, 8);
  await startAll(site, servers);
  assertSmoke(await runDeclared(site, declared(pod, 'smoke')));
  await stopAll(site);
});
