// The programs that read what is in deploy/ as their users will: Helm, kubeconform with the schemas of Kubernetes, the
// loader of Docker Compose, k6. `node tools/deploy-tools.ts` builds them from their own modules into .cache/bin, once;
// with names, such as `traefik`, it builds what the drills run.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installPackage } from './go.ts';
import { hasSchemas, makeSchemas } from './kubernetes-schemas.ts';
import { runToEnd } from './programs.ts';

const bin = join(import.meta.dirname, '..', '.cache', 'bin');

/** Packages of Go by the program that they make. */
const packages = {
  kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0',
  'compose-go': 'github.com/compose-spec/compose-go/v2/cmd@v2.16.2',
  k6: 'go.k6.io/k6@v1.8.1',
  helm: 'helm.sh/helm/v4/cmd/helm@v4.3.1',
} as const;

type DeployTool = keyof typeof packages;

/** The program, where it was built. */
export const deployTool = (name: DeployTool): string => join(bin, name);

/** What is missing on this machine. */
export function deployToolsMissing(): string | undefined {
  const absent = Object.keys(packages).find((name) => !existsSync(join(bin, name)));
  const lacking = absent ?? (hasSchemas() ? undefined : 'the schemas of Kubernetes');
  return lacking === undefined ? undefined : `${lacking} is not there: node tools/deploy-tools.ts`;
}

/** Builds the programs that are not there, one after the other: each takes every core. */
async function buildPrograms(): Promise<void> {
  mkdirSync(bin, { recursive: true });
  for (const [name, from] of Object.entries(packages)) {
    if (existsSync(join(bin, name))) continue;
    const begun = performance.now();
    const { program, folder } = await installPackage(from);
    runToEnd('install', ['-m', '755', program, join(bin, name)]);
    rmSync(folder, { recursive: true });
    process.stdout.write(`${name}: ${Math.round((performance.now() - begun) / 1000)} s\n`);
  }
}

if (import.meta.main) {
  makeSchemas();
  await buildPrograms();
}
