import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { settingRows } from '../../src/config.ts';
import { runToEnd } from '../../tools/programs.ts';
import { composeText, loadCompose, readCompose } from '../support/compose.ts';
import { root } from '../support/declared-processes.ts';

const project = readCompose();
const services = Object.entries(project.services);
const own = services.filter(([, { image }]) => image.startsWith('credit-ledger:'));

test('the loader of Docker Compose takes the file, and refuses one with a mistake', () => {
  const text = composeText();
  for (const [right, wrong, error] of [
    ['read_only: true', 'read_onyl: true', /read_onyl/],
    ['condition: service_healthy', 'condition: service_well', /condition|service_well/],
  ] as const) {
    assert.ok(text.includes(right));
    assert.match(loadCompose(text.replace(right, wrong)).errors, error);
  }
});

test('whoever waits for another names one that is there', () => {
  for (const [name, { depends_on: needs }] of services)
    for (const need of Object.keys(needs))
      assert.ok(need in project.services, `${name} waits for ${need}`);
});

test('hosts that mounted files name are services', () => {
  const text = [
    'alloy/config.alloy',
    'grafana/provisioning/datasources/datasources.yaml',
    'prometheus/prometheus.yml',
    'traefik/dynamic.yaml',
  ]
    .map((path) => readFileSync(join(root, 'deploy', path), 'utf8'))
    .join('\n');
  const urls = Array.from(text.matchAll(/https?:\/\/([\w-]+):\d+/g), ([, host = '']) => host);
  const scraped = /names: \[(.*)\]/.exec(text)?.[1]?.split(', ') ?? [];
  const hosts = new Set([...urls, ...scraped]);
  assert.ok(hosts.size >= 12, [...hosts].join());
  for (const host of hosts) assert.ok(host in project.services, `nobody is called ${host}`);
  // Whoever has metrics is scraped.
  for (const [name, { environment }] of own)
    assert.ok(environment['ROLE'] === undefined || scraped.includes(name), `${name} is not scraped`);
});

test('every service that stays says how it is, and every one of ours runs without rights', () => {
  for (const [name, { healthcheck, image }] of services) {
    // Ours have the check of their image.
    if (image.startsWith('credit-ledger:')) continue;
    assert.ok(healthcheck !== undefined, `${name} has no health check`);
  }
  for (const [name, service] of own) assert.equal(service.read_only, true, name);
});

test('every role runs, and what is set is a setting', () => {
  const roles = own.flatMap(([, { environment }]) => (environment['ROLE'] ?? '').split(','));
  for (const role of ['gateway', 'ledger', 'relay', 'projections', 'worker', 'scheduler'])
    assert.ok(roles.includes(role), `nobody runs ${role}`);
  const known = new Set([
    ...settingRows.map(({ env }) => env),
    'CREDIT_LEDGER_API_KEY',
    'NODE_TLS_REJECT_UNAUTHORIZED',
  ]);
  for (const [name, { environment }] of own)
    for (const key of Object.keys(environment))
      assert.ok(known.has(key), `${name}: ${key} is no setting`);
});

test('what is mounted from the repository is there', () => {
  const binds = services.flatMap(([name, { volumes }]) =>
    volumes.filter(({ type }) => type === 'bind').map(({ source = '' }) => [name, source] as const),
  );
  assert.ok(binds.length > 1);
  for (const [name, source] of binds)
    assert.ok(source.startsWith('/var/') || existsSync(source), `${name}: ${source}`);
});

test('make help names every target, and no target is a file', () => {
  const makefile = readFileSync(join(root, 'Makefile'), 'utf8');
  const targets = [...makefile.matchAll(/^([a-z0-9-]+):/gm)].map(([, name = '']) => name);
  const said = runToEnd('make', ['--directory', root, '--no-print-directory', 'help']);
  for (const verb of ['help', 'up', 'down', 'run-all', 'seed', 'e2e', 'logs', 'load'])
    assert.ok(targets.includes(verb), `make ${verb} is missing`);
  for (const target of targets) assert.match(said, new RegExp(`make ${target} `));
});
