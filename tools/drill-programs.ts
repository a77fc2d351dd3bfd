// The programs of others that deploy/ configures, for the drills that run them: built from their own Go modules into
// .cache/bin, once. `node tools/drill-programs.ts traefik` builds those named.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { moduleFolder, runGo } from './go.ts';
import { runToEnd } from './programs.ts';

const bin = join(import.meta.dirname, '..', '.cache', 'bin');

interface Source {
  readonly module: string;
  readonly program: string;
}

const sources = {
  traefik: { module: 'github.com/traefik/traefik/v3@v3.5.3', program: './cmd/traefik' },
} as const satisfies Record<string, Source>;

type DrillProgram = keyof typeof sources;

const isKnown = (name: string): name is DrillProgram => name in sources;

/** The program, built where it is not there. It takes minutes. */
export async function ensureProgram(name: DrillProgram): Promise<string> {
  const path = join(bin, name);
  if (existsSync(path)) return path;
  const { module, program } = sources[name];
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const draft = `${path}.draft`;
  mkdirSync(bin, { recursive: true });
  try {
    // A module with replacements is built in its own folder only, and those of the cache are not to be written to.
    cpSync(moduleFolder(module), folder, { recursive: true });
    runToEnd('chmod', ['-R', 'u+w', folder]);
    await runGo(['build', '-mod=mod', '-ldflags=-s -w', '-o', draft, program], {}, folder);
    runToEnd('mv', [draft, path]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return path;
}

async function main(names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!isKnown(name)) throw new Error(`there are ${Object.keys(sources).join(', ')}, and no ${name}`);
    const begun = performance.now();
    await ensureProgram(name);
    process.stdout.write(`${name}: ${Math.round((performance.now() - begun) / 1000)} s\n`);
  }
}

if (import.meta.main) await main(process.argv.slice(2));
