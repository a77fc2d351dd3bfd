// A real Keycloak for the drill of tokens: fetched by Maven once (150 MB), kept in .cache. Needs Java 17.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awaitPort, findFreePorts, hasProgram, runToEnd, startInBackground } from './programs.ts';

const version = '26.0.8';
const root = join(import.meta.dirname, '..');
const cache = join(root, '.cache');
const home = join(cache, `keycloak-${version}`);
const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';

/** What is missing on this machine to start a Keycloak, and how to get it. */
export function keycloakMissing(): string | undefined {
  if (!hasProgram('java')) return 'Java is not installed: apt-get install openjdk-17-jre-headless';
  if (existsSync(home)) return undefined;
  if (!hasProgram('mvn')) return 'Maven is not installed: apt-get install maven';
  return hasProgram('unzip') ? undefined : 'unzip is not installed: apt-get install unzip';
}

function ensureKeycloak(): void {
  if (existsSync(home)) return;
  mkdirSync(cache, { recursive: true });
  const artifact = `-Dartifact=org.keycloak:keycloak-quarkus-dist:${version}:zip`;
  runToEnd('mvn', ['-q', '-B', copyGoal, artifact, `-DoutputDirectory=${cache}`]);
  const zip = join(cache, `keycloak-quarkus-dist-${version}.zip`);
  runToEnd('unzip', ['-q', zip, '-d', cache]);
  rmSync(zip);
}

/**
 * Starts one with deploy/keycloak/realm.json, whose client `billing` gets a secret.
 * @returns the realm's issuer, and what ends it
 */
export async function startKeycloak(
  secret: string,
): Promise<{ issuer: string; remove(): Promise<void> }> {
  ensureKeycloak();
  // It builds itself anew for its settings, in its own directory.
  const own = mkdtempSync(join(tmpdir(), 'keycloak-'));
  cpSync(home, own, { recursive: true });
  const realm = readFileSync(join(root, 'deploy', 'keycloak', 'realm.json'), 'utf8');
  mkdirSync(join(own, 'data', 'import'), { recursive: true });
  const withSecret = realm.replace(
    '"clientId": "billing",',
    `"clientId": "billing", "secret": "${secret}",`,
  );
  writeFileSync(join(own, 'data', 'import', 'ledger-realm.json'), withSecret);
  const [port = 0] = await findFreePorts(1);
  const where = ['--http-host=127.0.0.1', `--http-port=${port}`];
  const keycloak = startInBackground(join(own, 'bin', 'kc.sh'), [
    'start-dev',
    ...where,
    '--import-realm',
  ]);
  const remove = async (): Promise<void> => {
    await keycloak.kill();
    rmSync(own, { recursive: true, force: true });
  };
  await awaitPort(port, keycloak, 300_000);
  return { issuer: `http://127.0.0.1:${port}/realms/ledger`, remove };
}
