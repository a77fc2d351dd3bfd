// The programs that read what is in deploy/ as their users will: Helm, kubeconform with the schemas of Kubernetes, the
// loader of Docker Compose, k6. `node tools/deploy-tools.ts` builds them from their own modules into .cache/bin, once.
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
  existsSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { hasProgram, runToEnd } from './programs.ts';

const cache = join(import.meta.dirname, '..', '.cache');
const bin = join(cache, 'bin');
const schemas = join(cache, 'kubernetes-schemas');

/** Modules of Go by the program that they make. */
const modules = {
  kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0',
  'compose-go': 'github.com/compose-spec/compose-go/v2/cmd@v2.16.2',
  k6: 'go.k6.io/k6@v1.8.1',
  helm: 'helm.sh/helm/v4/cmd/helm@v4.3.1',
} as const;

/** The oldest Kubernetes that the chart takes, and the newest that the package knows. */
export const kubernetesVersions = ['1.30.0', '1.37.0'] as const;
const schemaPackage = 'kubernetes-validate==1.37.0';

/** Its operator's own schema of a ServiceMonitor. Those of CloudNativePG and Strimzi are in no registry of packages. */
const operatorModule = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';
const operatorFile = 'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml';
const operatorKind = 'servicemonitor-monitoring-v1';

/** What the chart makes, by the names of its schemas. */
const kinds = [
  'deployment-apps-v1',
  'horizontalpodautoscaler-autoscaling-v2',
  'ingress-networking-v1',
  'job-batch-v1',
  'networkpolicy-networking-v1',
  'persistentvolumeclaim-v1',
  'pod-v1',
  'poddisruptionbudget-policy-v1',
  'service-v1',
] as const;

type DeployTool = keyof typeof modules;

/** The program, where it was built. */
export const deployTool = (name: DeployTool): string => join(bin, name);

/** Where kubeconform finds schemas of a version. */
export const schemaLocation = (version: string): string =>
  join(schemas, version, '{{.ResourceKind}}{{.KindSuffix}}.json');

/** What is missing on this machine. */
export function deployToolsMissing(): string | undefined {
  const absent = Object.keys(modules).find((name) => !existsSync(join(bin, name)));
  const lacking = absent ?? (hasSchemas() ? undefined : 'the schemas of Kubernetes');
  return lacking === undefined ? undefined : `${lacking} is not there: node tools/deploy-tools.ts`;
}

function hasSchemas(): boolean {
  return kubernetesVersions.every((version) =>
    [...kinds, operatorKind].every((kind) => existsSync(join(schemas, version, `${kind}.json`))),
  );
}

const goPath = ['/usr/local/go/bin/go', '/usr/lib/go-1.24/bin/go'].find((path) => existsSync(path));

function findGo(): string {
  const go = hasProgram('go') ? 'go' : goPath;
  if (go === undefined) throw new Error('Go 1.24 or later is not installed');
  return go;
}

/** Builds the programs that are not there, one after the other: each takes every core. */
async function buildPrograms(): Promise<void> {
  const go = findGo();
  mkdirSync(bin, { recursive: true });
  for (const [name, module] of Object.entries(modules)) {
    if (existsSync(join(bin, name))) continue;
    const own = mkdtempSync(join(tmpdir(), 'go-bin-'));
    const begun = performance.now();
    await build(go, module, own);
    const [built = ''] = readdirSync(own);
    runToEnd('install', ['-m', '755', join(own, built), join(bin, name)]);
    rmSync(own, { recursive: true });
    process.stdout.write(`${name}: ${Math.round((performance.now() - begun) / 1000)} s\n`);
  }
}

async function build(go: string, module: string, to: string): Promise<void> {
  const env = { ...process.env, GOBIN: to, CGO_ENABLED: '0' };
  const child = spawn(go, ['install', '-ldflags=-s -w', module], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-5000)));
  const code = await new Promise((settle) => child.once('close', settle));
  if (code !== 0) throw new Error(`go install ${module} failed: ${said}`);
}

const schemaShape = z.looseObject({ $id: z.string().optional() });
const definitionsShape = z.looseObject({ $defs: z.record(z.string(), z.unknown()) });

/** The package's schemas refer to a file of definitions by an address: each is made whole here instead. */
function makeSchemas(): void {
  if (hasSchemas()) return;
  const own = mkdtempSync(join(tmpdir(), 'kubernetes-schemas-'));
  runToEnd('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', own, schemaPackage]);
  const [wheel = ''] = readdirSync(own);
  runToEnd('python3', ['-m', 'zipfile', '--extract', join(own, wheel), own]);
  for (const version of kubernetesVersions) {
    const from = join(own, 'kubernetes_validate', 'kubernetes-json-schema', `v${version}-local-strict`);
    const to = join(schemas, version);
    mkdirSync(to, { recursive: true });
    const read = (name: string): string =>
      readFileSync(join(from, `${name}.json`), 'utf8').replaceAll('/api/_definitions.json#', '#');
    const { $defs } = definitionsShape.parse(JSON.parse(read('_definitions')));
    for (const kind of kinds) {
      const { $id: _, ...schema } = schemaShape.parse(JSON.parse(read(kind)));
      writeFileSync(join(to, `${kind}.json`), JSON.stringify({ ...schema, $defs }));
    }
  }
  rmSync(own, { recursive: true });
  const serviceMonitor = JSON.stringify(readServiceMonitor());
  for (const version of kubernetesVersions)
    writeFileSync(join(schemas, version, `${operatorKind}.json`), serviceMonitor);
}

const moduleShape = z.looseObject({ Dir: z.string() });
const definitionShape = z.looseObject({
  spec: z.looseObject({
    versions: z.array(z.looseObject({ schema: z.looseObject({ openAPIV3Schema: z.unknown() }) })),
  }),
});

function readServiceMonitor(): unknown {
  const asked = runToEnd(findGo(), ['mod', 'download', '-json', operatorModule]);
  const { Dir: folder } = moduleShape.parse(JSON.parse(asked));
  const { spec } = definitionShape.parse(parse(readFileSync(join(folder, operatorFile), 'utf8')));
  const whole = spec.versions[0]?.schema.openAPIV3Schema;
  // Their operator drops what it does not know; here it is a mistake.
  return JSON.parse(JSON.stringify(whole), (_, value: unknown) =>
    isClosed(value) ? { ...value, additionalProperties: false } : value,
  );
}

function isClosed(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    'properties' in value &&
    'type' in value &&
    !('additionalProperties' in value)
  );
}

if (import.meta.main) {
  makeSchemas();
  await buildPrograms();
}
