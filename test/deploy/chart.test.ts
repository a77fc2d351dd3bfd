import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { settingRows } from '../../src/config.ts';
import { consoleRoutes } from '../../src/gateway/console.ts';
import { deployTool } from '../../tools/deploy-tools.ts';
import { kubernetesVersions, schemaLocation } from '../../tools/kubernetes-schemas.ts';
import { root } from '../support/declared-processes.ts';
import { chart, containerOf, helm, parseManifests, render } from '../support/helm.ts';

const values = (name: string): string[] => ['--values', join(chart, `values-${name}.yaml`)];

/** Every way to install it: what is switched on together, and what alone. */
const installations: Readonly<Record<string, readonly string[]>> = {
  usual: [],
  dev: values('dev'),
  prod: values('prod'),
  'with operators': ['--set', 'cnpg.enabled=true,strimzi.enabled=true,networkPolicy.enabled=false'],
  'with a digest': ['--set', `image.digest=sha256:${'a'.repeat(64)}`],
};

function validate(text: string, version: string): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'chart-'));
  const file = join(folder, 'rendered.yaml');
  writeFileSync(file, text);
  const args = ['-strict', '-summary', '-schema-location', schemaLocation(version), file];
  const { status, stdout, stderr } = spawnSync(deployTool('kubeconform'), args, { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  return { status, output: stdout + stderr };
}

test('helm finds nothing to complain of', () => {
  for (const args of Object.values(installations)) {
    const { status, output } = helm('lint', '--strict', chart, ...args);
    assert.equal(status, 0, output);
  }
});

test('what is rendered is what Kubernetes knows, the oldest version that is supported and the newest', () => {
  for (const [name, args] of Object.entries(installations)) {
    for (const version of kubernetesVersions) {
      const { status, output } = validate(render(...args), version);
      assert.equal(status, 0, `${name} on ${version}: ${output}`);
    }
  }
});

test('a mistake in any resource is found, those for operators too', () => {
  const text = render(...values('prod'), '--set', 'cnpg.enabled=true,strimzi.enabled=true');
  const mistakes = [
    ['Deployment', 'revisionHistoryLimit', 'revisionHistroyLimit'],
    ['Cluster', 'dataDurability: required', 'dataDurability: always'],
    ['KafkaNodePool', 'deleteClaim', 'deleteClaims'],
    ['Kafka', 'entityOperator', 'entityOperators'],
    ['ServiceMonitor', 'targetLabel', 'targetLable'],
  ] as const;
  const wrong = mistakes.reduce((all, [, right, mistake]) => {
    assert.ok(all.includes(right), right);
    return all.replace(right, mistake);
  }, text);
  const { output } = validate(wrong, kubernetesVersions[0]);
  for (const [kind] of mistakes)
    assert.match(output, new RegExp(`${kind} \\S+ is invalid`), `${kind}: ${output}`);
  assert.match(output, /Invalid: 5, Errors: 0/);
});

/** What the page tells whoever installs it to write. */
function readMine(): string {
  const page = readFileSync(join(root, 'docs', 'operations', 'kubernetes.md'), 'utf8');
  return /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
}

const policyShape = z.looseObject({ egress: z.array(z.unknown()) });

test('the values that the page shows are taken, and gateways may ask the issuer of tokens', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'chart-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'mine.yaml');
  writeFileSync(file, readMine());
  const text = render(...values('prod'), '--values', file);
  assert.equal(validate(text, kubernetesVersions[0]).status, 0);
  const policyOf = (rendered: string) =>
    parseManifests(rendered).find(
      ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name.endsWith('-gateway'),
    )?.spec;
  assert.deepEqual(policyShape.parse(policyOf(text)).egress, [{ ports: [{ port: 443 }] }]);
  const other = render('--set', 'roles.gateway.settings.OIDC_ISSUER=http://keycloak:8080/realms/x');
  assert.deepEqual(policyShape.parse(policyOf(other)).egress, [{ ports: [{ port: 8080 }] }]);
  assert.equal(policyOf(render())?.['egress'], undefined);
});

test('values that are not there are refused by name', () => {
  for (const [set, name] of [
    ['roles.gatewy.replicas=2', /gatewy/],
    ['service.port=80', /port/],
    ['kafkaBrokers=kafka', /kafkaBrokers/],
    ['settings.log_level=debug', /log_level/],
  ] as const) {
    const { status, output } = helm('template', 'x', chart, '--set', set);
    assert.notEqual(status, 0, set);
    assert.match(output, name);
  }
});

test('secrets are references, never values, and every setting is one', () => {
  const secrets = new Set(settingRows.filter(({ secret }) => secret).map(({ env }) => env));
  const known = new Set([...settingRows.map(({ env }) => env), 'POD_IP']);
  for (const args of Object.values(installations)) {
    const deployments = parseManifests(render(...args)).filter(({ kind }) => kind === 'Deployment');
    assert.equal(deployments.length, 6);
    for (const deployment of deployments) {
      for (const { name, value } of containerOf(deployment).env) {
        assert.ok(known.has(name), `${deployment.metadata.name}: ${name} is no setting`);
        assert.ok(!secrets.has(name) || value === undefined, `${name} is written down`);
      }
    }
  }
});

const podShape = z.looseObject({
  automountServiceAccountToken: z.boolean(),
  securityContext: z.looseObject({
    runAsNonRoot: z.boolean(),
    seccompProfile: z.object({ type: z.string() }),
  }),
});
const probeShape = z.looseObject({ httpGet: z.looseObject({ path: z.string() }) });

test('every pod is as restricted as the strictest standard asks, and answers its probes', () => {
  const manifests = parseManifests(render(...values('prod')));
  const pods = manifests.filter(({ kind }) => ['Deployment', 'Job', 'Pod'].includes(kind));
  assert.equal(pods.length, 8);
  for (const pod of pods) {
    const what = pod.metadata.name;
    const { automountServiceAccountToken: token, securityContext: outer } = podShape.parse(
      pod.spec?.template?.spec ?? pod.spec,
    );
    const { runAsNonRoot, seccompProfile } = outer;
    assert.deepEqual([token, runAsNonRoot, seccompProfile.type], [false, true, 'RuntimeDefault'], what);
    assert.deepEqual(
      containerOf(pod)['securityContext'],
      {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        privileged: false,
        capabilities: { drop: ['ALL'] },
      },
      what,
    );
    if (pod.kind !== 'Deployment') continue;
    const probe = (name: string): string => probeShape.parse(containerOf(pod)[name]).httpGet.path;
    assert.deepEqual(
      ['startupProbe', 'livenessProbe', 'readinessProbe'].map(probe),
      ['/healthz', '/healthz', '/readyz'],
      what,
    );
  }
});

test('each role has its budget of disruption and its service; schemas are migrated before it all', () => {
  const manifests = parseManifests(render(...values('prod')));
  const named = (kind: string): string[] =>
    manifests
      .filter((one) => one.kind === kind)
      .map(({ metadata }) => metadata.name.replace('books-credit-ledger-', ''));
  const roles = ['gateway', 'ledger', 'projections', 'relay', 'scheduler', 'worker'];
  for (const kind of ['Deployment', 'PodDisruptionBudget', 'Service'])
    assert.deepEqual(named(kind).toSorted(), roles, kind);
  assert.deepEqual(named('HorizontalPodAutoscaler').toSorted(), ['gateway', 'projections', 'worker']);
  const job = manifests.find(({ kind }) => kind === 'Job');
  assert.equal(job?.metadata.annotations?.['helm.sh/hook'], 'pre-install,pre-upgrade');
  const made = parseManifests(render(...values('dev'))).find(({ kind }) => kind === 'Job');
  assert.equal(
    made?.metadata.annotations?.['helm.sh/hook'],
    'pre-upgrade',
    'no database before the first',
  );
});

const ingressShape = z.looseObject({
  rules: z.array(
    z.looseObject({ http: z.looseObject({ paths: z.array(z.looseObject({ path: z.string() })) }) }),
  ),
});

test('the ingress leads to the API and to every page of the console, and to nothing that is for inside', () => {
  const ingress = parseManifests(render(...values('prod'))).find(({ kind }) => kind === 'Ingress');
  const paths = ingressShape.parse(ingress?.spec).rules.flatMap(({ http }) => http.paths);
  const open = new Set(paths.map(({ path }) => path));
  const firstPartOf = (route: string): string => route.split('/').slice(0, 2).join('/');
  for (const route of [...consoleRoutes, '/v1/accounts', '/docs', '/openapi.json'])
    assert.ok(open.has(firstPartOf(route)), `${route} has no way in`);
  for (const path of ['/metrics', '/readyz', '/internal']) assert.ok(!open.has(path), path);
});

const rule = z.looseObject({ name: z.object({ as: z.string() }) });
const adapterShape = z.object({
  rules: z.looseObject({ custom: z.array(rule), external: z.array(rule) }),
});

test('the rules for prometheus-adapter make the metrics that autoscaling asks for', () => {
  const file = readFileSync(join(chart, 'examples', 'prometheus-adapter.yaml'), 'utf8');
  const { rules } = adapterShape.parse(parse(file));
  const made = [...rules.custom, ...rules.external].map(({ name }) => name.as);
  const asked = render(...values('prod')).matchAll(/name: (credit_ledger_\w+)/g);
  assert.deepEqual(new Set([...asked].map(([, name]) => name)), new Set(made));
});
