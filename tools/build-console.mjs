// Builds the console with Vite. Plain JavaScript: tools/bootstrap.mjs runs it with the pinned Node before anything else
// is ready, tools/build.ts for what is published.
import { chmodSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'console');
const dist = join(folder, 'dist');

const sources = [
  'console/index.html',
  'console/package.json',
  'console/src',
  'sdk/src',
  'tools/build-console.mjs',
];

/** Whether the build is there and no older than what it is made of. */
export function isConsoleBuilt() {
  const page = statSync(join(dist, 'index.html'), { throwIfNoEntry: false });
  return page !== undefined && sources.every((path) => newest(join(root, path)) <= page.mtimeMs);
}

/** When a file was changed last, or anything in a folder. */
function newest(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** Beside the old one, and in its place when it is whole: a server may be reading. */
async function buildConsole() {
  const { build } = await import('vite');
  const outDir = mkdtempSync(join(folder, 'dist-'));
  try {
    await build({
      root: folder,
      configFile: false,
      logLevel: 'error',
      resolve: { alias: { '@credit-ledger/sdk': join(root, 'sdk', 'src', 'client.ts') } },
      oxc: { jsx: { runtime: 'automatic' } },
      build: {
        outDir,
        emptyOutDir: true,
        assetsDir: 'console',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        target: 'es2023',
        license: { fileName: 'licenses.md' },
      },
    });
    chmodSync(outDir, 0o755);
    rmSync(dist, { recursive: true, force: true });
    renameSync(outDir, dist);
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildConsole();
