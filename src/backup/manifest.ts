import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What a backup is of, and every file with its checksum. */
const manifestShape = z.object({
  format: z.literal('credit-ledger/backup/1'),
  created_at: z.string(),
  database_id: z.string(),
  /** Of the ledger when the backup began: everything up to it is in the backup. */
  position: z.int(),
  epoch: z.int(),
  server_version: z.string(),
  start_lsn: z.string(),
  stop_lsn: z.string(),
  files: z.array(z.object({ path: z.string(), size: z.int(), sha256: z.string() })),
});
export type Manifest = z.infer<typeof manifestShape>;

export const manifestFile = 'manifest.json';

/** A backup can not be used; the message says why. */
export class BackupDamaged extends Error {
  override readonly name = 'BackupDamaged';
}

/** The SHA-256 of a file and its size in bytes. */
export async function digestFile(path: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path)) {
    if (!Buffer.isBuffer(chunk)) throw new Error('a stream of bytes gave something else');
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest('hex') };
}

/** Reads the manifest of a backup and compares every file with it. @throws {BackupDamaged} */
export async function checkBackup(directory: string): Promise<Manifest> {
  const manifest = await readManifest(directory);
  for (const { path, size, sha256 } of manifest.files) {
    const found = await digestFile(join(directory, path)).catch(() => undefined);
    if (found?.size !== size || found.sha256 !== sha256)
      throw new BackupDamaged(
        `${path} is ${found === undefined ? 'missing' : 'not what was backed up'}`,
      );
  }
  return manifest;
}

async function readManifest(directory: string): Promise<Manifest> {
  const text = await readFile(join(directory, manifestFile), 'utf8').catch(() => {
    throw new BackupDamaged(`${directory} has no ${manifestFile}: it is no whole backup`);
  });
  const parsed = manifestShape.safeParse(JSON.parse(text));
  if (!parsed.success) throw new BackupDamaged(`${manifestFile} is not of the format 1`);
  return parsed.data;
}
