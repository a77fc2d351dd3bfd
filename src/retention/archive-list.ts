import type { Queryable } from '../ledger/read-answer.ts';
import type { ArchiveFile } from './archive-file.ts';

interface ArchiveRow {
  readonly first_position: string;
  readonly last_position: string;
  readonly file: string;
  readonly sha256: string;
}

async function select(db: Queryable, clauses: string, values: unknown[]): Promise<ArchiveFile[]> {
  const { rows } = await db.query<ArchiveRow>(
    `select first_position, last_position, file, encode(sha256, 'hex') as sha256
      from ledger.event_archives ${clauses}`,
    values,
  );
  return rows.map((row) => ({
    first: Number(row.first_position),
    last: Number(row.last_position),
    file: row.file,
    sha256: row.sha256,
  }));
}

/** The file that holds a position, undefined where none does. */
export async function findArchive(db: Queryable, position: number): Promise<ArchiveFile | undefined> {
  const found = await select(db, 'where first_position <= $1 order by first_position desc limit 1', [
    position,
  ]);
  return found.find(({ last }) => last >= position);
}

/** The newest file, undefined where nothing is archived. */
export async function lastArchive(db: Queryable): Promise<ArchiveFile | undefined> {
  return (await select(db, 'order by first_position desc limit 1', []))[0];
}

/** Files that hold any of these positions, in their order. */
export function listArchives(db: Queryable, first: number, last: number): Promise<ArchiveFile[]> {
  return select(db, 'where last_position >= $1 and first_position <= $2 order by first_position', [
    first,
    last,
  ]);
}

export async function noteArchive(db: Queryable, archive: ArchiveFile): Promise<void> {
  await db.query(
    `insert into ledger.event_archives (first_position, last_position, file, sha256)
      values ($1, $2, $3, decode($4, 'hex'))`,
    [archive.first, archive.last, archive.file, archive.sha256],
  );
}
