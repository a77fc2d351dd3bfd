// Schemas that kubeconform holds the chart against: those of Kubernetes, and those of the operators whose resources the
// chart can make. Each is made once into .cache/kubernetes-schemas.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { operatorKinds, readOperatorSchemas } from './operator-schemas.ts';
import { runToEnd } from './programs.ts';

const schemas = join(import.meta.dirname, '..', '.cache', 'kubernetes-schemas');

/** The oldest Kubernetes that the chart takes, and the newest that the package knows. */
export const kubernetesVersions = ['1.30.0', '1.37.0'] as const;
const schemaPackage = 'kubernetes-validate==1.37.0';

/** What the chart makes of Kubernetes' own, by the names of its schemas. */
const ownKinds = [
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

const pathOf = (version: string, kind: string): string => join(schemas, version, `${kind}.json`);

/** Where kubeconform finds schemas of a version. */
export const schemaLocation = (version: string): string =>
  pathOf(version, '{{.ResourceKind}}{{.KindSuffix}}');

/** Whether every schema is there. */
export function hasSchemas(): boolean {
  return kubernetesVersions.every((version) =>
    [...ownKinds, ...operatorKinds].every((kind) => existsSync(pathOf(version, kind))),
  );
}

const schemaShape = z.looseObject({ $id: z.string().optional() });
const definitionsShape = z.looseObject({ $defs: z.record(z.string(), z.unknown()) });

/** Makes what is not there yet. */
export function makeSchemas(): void {
  if (hasSchemas()) return;
  for (const version of kubernetesVersions) mkdirSync(join(schemas, version), { recursive: true });
  makeOwnSchemas();
  for (const [kind, schema] of readOperatorSchemas())
    for (const version of kubernetesVersions) writeFileSync(pathOf(version, kind), schema);
}

/** The package's schemas refer to a file of definitions by an address: each is made whole here instead. */
function makeOwnSchemas(): void {
  const own = mkdtempSync(join(tmpdir(), 'kubernetes-schemas-'));
  runToEnd('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', own, schemaPackage]);
  const [wheel = ''] = readdirSync(own);
  runToEnd('python3', ['-m', 'zipfile', '--extract', join(own, wheel), own]);
  for (const version of kubernetesVersions) {
    const from = join(own, 'kubernetes_validate', 'kubernetes-json-schema', `v${version}-local-strict`);
    const read = (name: string): string =>
      readFileSync(join(from, `${name}.json`), 'utf8').replaceAll('/api/_definitions.json#', '#');
    const { $defs } = definitionsShape.parse(JSON.parse(read('_definitions')));
    for (const kind of ownKinds) {
      const { $id: _, ...schema } = schemaShape.parse(JSON.parse(read(kind)));
      writeFileSync(pathOf(version, kind), JSON.stringify({ ...schema, $defs }));
    }
  }
  rmSync(own, { recursive: true });
}
