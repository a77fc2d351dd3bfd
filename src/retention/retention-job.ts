import { mkdir } from 'node:fs/promises';
import type { JsonObject } from '@credit-ledger/contract/json.ts';
import type { Pool } from 'pg';
import { readEvents, type LoggedEvent } from '../ledger/event-log.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import { readHead } from '../ledger/read-ledgers.ts';
import { readArchive, writeArchive } from './archive-file.ts';
import { lastArchive, listArchives, noteArchive } from './archive-list.ts';

/** Positions of a file; partitions are whole multiples of it. */
const fileSize = 100_000;
const pageMax = 5000;

export interface Retention {
  /** The ledger's database. */
  readonly db: Pool;
  readonly models: Pool;
  /** Where archive files go. */
  readonly directory: string;
  /** Partitions whose events are all older are dropped; undefined keeps all of them. */
  readonly days: number | undefined;
  readonly signal: AbortSignal;
}

/** Archives what can't change any more, then drops old partitions that everybody is past. @returns what it did */
export async function retain(retention: Retention): Promise<JsonObject> {
  await mkdir(retention.directory, { recursive: true, mode: 0o700 });
  const files = await archiveLog(retention);
  const { dropped, kept } = await dropOld(retention);
  return { archived_files: files, dropped_partitions: dropped, kept_partitions: kept };
}

/** Whole files only: the newest positions stay in the log alone. */
async function archiveLog({ db, directory, signal }: Retention): Promise<number> {
  const { position: head } = await readHead(db);
  let next = ((await lastArchive(db))?.last ?? (await firstPosition(db)) - 1) + 1;
  let files = 0;
  for (;;) {
    signal.throwIfAborted();
    const last = (Math.floor(next / fileSize) + 1) * fileSize - 1;
    if (last > head) return files;
    const archive = await writeArchive(directory, await readRange(db, next, last));
    await noteArchive(db, archive);
    files += 1;
    next = last + 1;
  }
}

async function firstPosition(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ position: string | null }>(
    'select min(position) as position from ledger.events',
  );
  return Number(rows[0]?.position ?? 1);
}

async function readRange(db: Queryable, first: number, last: number): Promise<LoggedEvent[]> {
  const pages: LoggedEvent[][] = [];
  for (let position = first - 1; position < last; position += pageMax)
    pages.push(await readEvents(db, position, Math.min(pageMax, last - position)));
  return pages.flat();
}

interface Partition {
  readonly name: string;
  readonly first_position: string;
  readonly last_position: string;
  readonly is_old: boolean;
}

/** A partition goes when it is old, archived whole and readable there, and every consumer is past it. */
async function dropOld({
  db,
  models,
  directory,
  days,
  signal,
}: Retention): Promise<{ dropped: string[]; kept: JsonObject[] }> {
  const [dropped, kept]: [string[], JsonObject[]] = [[], []];
  if (days === undefined) return { dropped, kept };
  const { position: head } = await readHead(db);
  const floor = await slowestConsumer(db, models);
  for (const part of await listPartitions(db, days, head)) {
    signal.throwIfAborted();
    if (!part.is_old) break;
    const reason = await whyKept(db, directory, part, floor);
    if (reason !== undefined) kept.push({ partition: part.name, reason });
    else {
      await db.query('select ledger.drop_event_partition($1)', [part.name]);
      dropped.push(part.name);
    }
  }
  return { dropped, kept };
}

async function listPartitions(db: Pool, days: number, head: number): Promise<Partition[]> {
  const { rows } = await db.query<Partition>(
    `select p.*, coalesce((select v.recorded_at < clock_timestamp() - $1 * interval '1 day' from ledger.events v
        where v.position between p.first_position and p.last_position order by v.position desc limit 1), false) as is_old
      from ledger.event_partitions p where p.last_position < $2 order by p.first_position`,
    [days, head],
  );
  return rows;
}

async function whyKept(
  db: Pool,
  directory: string,
  { last_position: last, first_position: first }: Partition,
  floor: { readonly name: string; readonly position: number } | undefined,
): Promise<string | undefined> {
  if (floor !== undefined && floor.position < Number(last))
    return `${floor.name} is at ${floor.position}`;
  const archives = await listArchives(db, Number(first), Number(last));
  if ((archives.at(-1)?.last ?? 0) < Number(last)) return 'it is not archived whole';
  try {
    for (const archive of archives) await readArchive(directory, archive);
  } catch (error) {
    return `the archive can not be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  return undefined;
}

/** Whoever has furthest to go among those who keep their place. */
async function slowestConsumer(
  db: Pool,
  models: Pool,
): Promise<{ readonly name: string; readonly position: number } | undefined> {
  const cursors = await db.query<{ name: string; position: string }>(
    `select 'the relay to ' || transport as name, position from relay.cursors
      union all select 'the worker', position from worker.checkpoints`,
  );
  const projections = await models.query<{ name: string; position: string }>(
    `select p.name, greatest(p.base_position, min(c.position), 0) as position from read_models.projections p
      left join read_models.checkpoints c on c.projection = p.name group by p.name`,
  );
  return [...cursors.rows, ...projections.rows]
    .map(({ name, position }) => ({ name, position: Number(position) }))
    .toSorted((a, b) => a.position - b.position)[0];
}
