import { mkdirSync } from 'node:fs';

/** A directory that the settings name can't be made; the message says which and why. */
export class DirectoryRefused extends Error {
  override readonly name = 'DirectoryRefused';
}

const inItsPlace = 'a file is in its place, or in that of a directory above it';
const reasons: ReadonlyMap<unknown, string> = new Map([
  ['EEXIST', inItsPlace],
  ['ENOTDIR', inItsPlace],
  ['EACCES', 'no permission'],
  ['EPERM', 'no permission'],
  ['EROFS', 'the file system is read-only'],
]);

/** Makes the data directory where it is not there. @throws {DirectoryRefused} */
export function makeDataDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o711 });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const reason = reasons.get(code) ?? String(cause);
    const text = `the data directory ${path} can not be made: ${reason}; choose another by --data-dir or DATA_DIR`;
    throw new DirectoryRefused(text, { cause });
  }
}
