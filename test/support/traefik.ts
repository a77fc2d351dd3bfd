import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ensureProgram } from '../../tools/drill-programs.ts';
import { awaitPort, findFreePorts, runToEnd, startInBackground } from '../../tools/programs.ts';
import { root } from './declared-processes.ts';
import { putPlaces } from './places.ts';

const folder = join(root, 'deploy', 'traefik');

/** A real Traefik with both files of deploy/. */
export interface TestTraefik {
  /** Where clients come in, by TLS with a certificate that nobody signed. */
  readonly url: string;
  /** The entry point that sends them there. */
  readonly plainUrl: string;
  /** Its own: /ping and /metrics. */
  readonly innerUrl: string;
  /** What it wrote, access log and all. */
  readonly output: () => string;
  /** Asks as the health check of its container does. @throws where it is not well */
  readonly checkHealth: () => void;
}

/**
 * Starts it before two gateways. Only places differ from the files: ports, paths and the gateways' addresses.
 * @param gateways URLs
 */
export async function startTraefik(
  t: TestContext,
  gateways: readonly [string, string],
): Promise<TestTraefik> {
  const program = await ensureProgram('traefik');
  const own = mkdtempSync(join(tmpdir(), 'traefik-'));
  const [plain = 0, secure = 0, inner = 0] = await findFreePorts(3);
  const dynamic = join(own, 'dynamic.yaml');
  const file = join(own, 'traefik.yaml');
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  writeFileSync(
    dynamic,
    putPlaces(read('dynamic.yaml'), [
      ['http://gateway-1:4000', gateways[0]],
      ['http://gateway-2:4000', gateways[1]],
    ]),
  );
  writeFileSync(
    file,
    putPlaces(read('traefik.yaml'), [
      ["':80'", `'127.0.0.1:${plain}'`],
      ["':443'", `'127.0.0.1:${secure}'`],
      ['/etc/traefik/dynamic.yaml', dynamic],
      ['entryPoints:', `entryPoints:\n  traefik:\n    address: '127.0.0.1:${inner}'`],
    ]),
  );
  const running = startInBackground(program, [`--configFile=${file}`]);
  t.after(async () => {
    await running.kill();
    rmSync(own, { recursive: true, force: true });
  });
  for (const port of [plain, secure, inner]) await awaitPort(port, running);
  return {
    url: `https://127.0.0.1:${secure}`,
    plainUrl: `http://127.0.0.1:${plain}`,
    innerUrl: `http://127.0.0.1:${inner}`,
    output: running.output,
    checkHealth: () => void runToEnd(program, ['healthcheck', `--configFile=${file}`]),
  };
}
