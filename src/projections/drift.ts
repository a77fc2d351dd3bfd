import type { ClientBase } from 'pg';
import type { ProjectionName } from './projection.ts';

type Database = Pick<ClientBase, 'query'>;

/** Marks a projection as different from the journal: its reads are stale until it is made again. */
export async function markDrift(db: Database, name: ProjectionName, run: string): Promise<void> {
  await db.query(
    `update read_models.projections set drifted_at = clock_timestamp(), drift_run = $2 where name = $1`,
    [name, run],
  );
}

/** Takes the mark away; also done where the projection's tables are replaced. */
export async function clearDrift(db: Database, name: ProjectionName): Promise<void> {
  await db.query(
    `update read_models.projections set drifted_at = null, drift_run = null
      where name = $1 and drifted_at is not null`,
    [name],
  );
}

/** Projections that were found different from the journal. */
export async function listDrifted(db: Database): Promise<Set<string>> {
  const { rows } = await db.query<{ name: string }>({
    name: 'list-drifted',
    text: 'select name from read_models.projections where drifted_at is not null',
  });
  return new Set(rows.map(({ name }) => name));
}
