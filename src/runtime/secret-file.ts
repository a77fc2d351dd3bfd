import { chmod, link, readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDataDirectory } from './make-directory.ts';

/**
 * The secret kept in a file that only its owner can read, made once: of several processes that start at
 * once, one makes the file, whole, and the others read it.
 */
export async function ensureSecret(
  file: string,
  random: (count: number) => Uint8Array,
  make = (): string => Buffer.from(random(32)).toString('base64url'),
): Promise<string> {
  makeDataDirectory(dirname(file));
  const draft = `${file}.${Buffer.from(random(8)).toString('hex')}`;
  await writeFile(draft, `${make()}\n`, { flag: 'wx', mode: 0o600 });
  try {
    await link(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  await chmod(file, 0o600);
  return (await readFile(file, 'utf8')).trim();
}
