import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { deployTool } from '../../tools/deploy-tools.ts';
import { root, type Declared } from './declared-processes.ts';

export const chart = join(root, 'deploy', 'helm', 'credit-ledger');
export const release = 'books';

const container = z.looseObject({
  name: z.string(),
  args: z.array(z.string()),
  env: z.array(
    z.strictObject({
      name: z.string(),
      value: z.string().optional(),
      valueFrom: z
        .strictObject({
          secretKeyRef: z.strictObject({ name: z.string(), key: z.string() }).optional(),
          fieldRef: z.strictObject({ fieldPath: z.literal('status.podIP') }).optional(),
        })
        .optional(),
    }),
  ),
});

const pod = z.looseObject({ containers: z.array(container).length(1) });
const template = z.looseObject({ spec: pod });

const manifest = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.looseObject({ replicas: z.number().optional(), template: template.optional() }).optional(),
});

export type Manifest = z.output<typeof manifest>;
export type Container = z.output<typeof container>;

/** Runs helm. @returns its status and all that it said */
export function helm(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(deployTool('helm'), args, { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

/** What the chart makes of values files and settings (`--set`), as text. */
export function render(...args: string[]): string {
  const { status, output } = helm('template', release, chart, ...args);
  assert.equal(status, 0, output);
  return output;
}

/** The same as objects. @throws where a container has what the tests do not know how to give it */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document): unknown => document.toJS())
    .filter((value) => value !== null)
    .map((value) => manifest.parse(value));
}

/** The one container of a deployment, a job or a pod. */
export function containerOf({ spec }: Manifest): Container {
  const [one] = (spec?.template?.spec ?? pod.parse(spec)).containers;
  assert.ok(one !== undefined);
  return one;
}

/** What the kubelet would start: references resolved, `$(NAME)` put in. */
export function declaredBy(
  manifest: Manifest,
  name: string,
  { address, secrets }: { address: string; secrets: Readonly<Record<string, string>> },
): Declared {
  const { args, env: rows } = containerOf(manifest);
  const env: Record<string, string> = {};
  for (const { name, value, valueFrom } of rows) {
    const reference = valueFrom?.secretKeyRef;
    const found = reference === undefined ? address : secrets[`${reference.name}/${reference.key}`];
    const given = valueFrom === undefined ? (value ?? '') : found;
    assert.ok(given !== undefined, `${name} comes from a secret that nobody makes: ${reference?.key}`);
    env[name] = given.replaceAll(/\$\((\w+)\)/g, (whole, other: string) => env[other] ?? whole);
  }
  return { name, args, env };
}
