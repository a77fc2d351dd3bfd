import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { root } from './declared-processes.ts';

/** A copy of the product with further migrations: what the next release would be. @returns its folder */
export function makeNextVersion(t: TestContext, migrations: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'next-version-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['bin', 'src', 'migrations', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [name, sql] of Object.entries(migrations))
    writeFileSync(join(folder, 'migrations', `${name}.sql`), sql);
  return folder;
}
