// Makes the JavaScript that is published: Node strips no types under node_modules. Each package's `prepack` calls
// `node tools/build.ts contract|sdk|product`.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');

interface Target {
  /** The folder of its tsconfig.json, from the root. */
  readonly project: string;
  readonly out: string;
  readonly finish?: (out: string) => void;
}

const targets: Readonly<Record<string, Target>> = {
  contract: { project: 'contract', out: 'contract/dist' },
  sdk: { project: 'sdk', out: 'sdk/dist' },
  product: { project: 'tools/product.tsconfig.json', out: 'dist', finish: finishProduct },
};

function build({ project, out, finish }: Target): void {
  const folder = join(root, out);
  rmSync(folder, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const made = spawnSync(process.execPath, [tsc, '-p', join(root, project)], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`tsc failed:\n${made.stdout}${made.stderr}`);
  finish?.(folder);
}

/** The workspaces go with the product, so that its one tarball is whole. */
function finishProduct(out: string): void {
  for (const file of globSync('**/*.{js,d.ts}', { cwd: out })) {
    const path = join(out, file);
    const text = readFileSync(path, 'utf8');
    const up = (to: string): string => {
      const way = relative(dirname(path), join(out, to));
      return way.startsWith('.') ? way : `./${way}`;
    };
    const linked = text
      .replaceAll(/(['"])@credit-ledger\/contract\/([\w/-]+)\.ts\1/g, (_, quote: string, name: string) =>
        [quote, up(`contract/${name}.js`), quote].join(''),
      )
      .replaceAll(/(['"])@credit-ledger\/sdk\/([\w/-]+)\.ts\1/g, (_, quote: string, name: string) =>
        [quote, up(`sdk/src/${name}.js`), quote].join(''),
      )
      .replaceAll(/(new URL\('[\w/-]+)\.ts'/g, "$1.js'");
    if (linked !== text) writeFileSync(path, linked);
  }
  const console = spawnSync(process.execPath, [join(root, 'tools', 'build-console.mjs')], {
    encoding: 'utf8',
  });
  if (console.status !== 0) throw new Error(`the console could not be built:\n${console.stderr}`);
  cpSync(join(root, 'console', 'dist'), join(out, 'console', 'dist'), { recursive: true });
  cpSync(join(root, 'migrations'), join(out, 'migrations'), { recursive: true });
  cpSync(join(root, 'demo', 'bank-mapping.json'), join(out, 'demo', 'bank-mapping.json'));
  chmodSync(join(root, 'bin', 'credit-ledger.mjs'), 0o755);
}

const [name = ''] = process.argv.slice(2);
const target = targets[name];
if (target === undefined)
  throw new Error(`there is no package ${name}: ${Object.keys(targets).join(', ')}`);
build(target);
