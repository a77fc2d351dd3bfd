import type { ClientBase } from 'pg';
import { requestOperation } from './operations.ts';
import { projectionNames, type Projection, type ProjectionName } from './projection.ts';

type Database = Pick<ClientBase, 'query'>;

/** How a projection stands. */
export interface ProjectionState {
  readonly name: ProjectionName;
  readonly state: 'running' | 'paused' | 'stopped';
  readonly reason: string | undefined;
  readonly generation: number;
  /** Everything up to here is in it. */
  readonly position: number;
  /** Positions of the log that are not in it. */
  readonly lag: number;
  /** How long ago the last event it has was recorded; 0 where nothing is missing. */
  readonly lagSeconds: number;
  readonly parked: number;
  readonly waiting: number;
  /** When it was found different from the journal, and by which reconciliation. */
  readonly driftedAt: Date | undefined;
  readonly driftRun: string | undefined;
  readonly partitions: readonly { readonly name: string; readonly position: number }[];
}

interface StateRow {
  readonly name: ProjectionName;
  readonly state: ProjectionState['state'];
  readonly reason: string | null;
  readonly generation: number;
  readonly position: string;
  readonly recorded_at: Date | null;
  readonly parked: string;
  readonly waiting: string;
  readonly drifted_at: Date | null;
  readonly drift_run: string | null;
  readonly partitions: { name: string; position: number }[] | null;
}

/** Every projection with its lag behind the log's head. @param now milliseconds since 1970 */
export async function listProjections(
  db: Database,
  head: number,
  now: number,
): Promise<ProjectionState[]> {
  const { rows } = await db.query<StateRow>({
    name: 'list-projections',
    text: `select p.name, p.state, p.reason, p.generation,
        greatest(p.base_position, c.position) as position, c.recorded_at, c.partitions,
        d.parked, d.waiting, p.drifted_at, p.drift_run
      from read_models.projections p
      cross join lateral (select min(position) as position, max(recorded_at) as recorded_at,
          jsonb_agg(jsonb_build_object('name', partition, 'position', position) order by partition)
            as partitions
        from read_models.checkpoints where projection = p.name) c
      cross join lateral (select count(*) filter (where status = 'parked') as parked,
          count(*) filter (where status = 'waiting') as waiting
        from read_models.dead_letters where consumer = p.name and status in ('parked', 'waiting')) d
      where p.name = any($1) order by array_position($1, p.name)`,
    values: [projectionNames],
  });
  return rows.map((row) => viewState(row, head, now));
}

function viewState(row: StateRow, head: number, now: number): ProjectionState {
  const position = Number(row.position);
  const lag = Math.max(0, head - position);
  const since = row.recorded_at?.getTime() ?? 0;
  return {
    name: row.name,
    state: row.state,
    reason: row.reason ?? undefined,
    generation: row.generation,
    position,
    lag,
    lagSeconds: lag === 0 || since <= 0 ? 0 : Math.max(0, now - since) / 1000,
    parked: Number(row.parked),
    waiting: Number(row.waiting),
    driftedAt: row.drifted_at ?? undefined,
    driftRun: row.drift_run ?? undefined,
    partitions: row.partitions ?? [],
  };
}

/**
 * Asks a projection to run or to pause; the process that runs it follows within moments.
 * @returns false where it was so already
 */
export async function setProjectionState(
  db: Database,
  name: ProjectionName,
  state: 'running' | 'paused',
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update read_models.projections set state = $2, reason = null, changed_at = clock_timestamp()
      where name = $1 and state <> $2`,
    [name, state],
  );
  return rowCount === 1;
}

/** The position up to which everything is in all of these projections. */
export async function readModelPosition(
  db: Database,
  names: readonly ProjectionName[],
): Promise<number> {
  const { rows } = await db.query<{ position: string }>({
    name: 'read-model-position',
    text: `select coalesce(min(greatest(p.base_position, c.position)), 0) as position
      from read_models.projections p
      left join lateral (select min(position) as position from read_models.checkpoints
        where projection = p.name) c on true
      where p.name = any($1)`,
    values: [names],
  });
  return Number(rows[0]?.position ?? 0);
}

/** Why a projection waits that is being made again from nothing; a rebuild starts it again. */
export const resetReason = 'reset';
/** Why a projection waits whose place the broker does not have any more; a rebuild starts it again. */
export const lostReason = 'its place is lost: it is made again from the log';

/** Pauses a projection that lost its place and asks for the rebuild that starts it again, unless one runs. */
export async function rebuildLost(db: Database, name: ProjectionName, id: string): Promise<void> {
  await db.query(
    `update read_models.projections set state = 'paused', reason = $2, changed_at = clock_timestamp()
      where name = $1 and state = 'running'`,
    [name, lostReason],
  );
  await requestOperation(db, {
    id,
    projection: name,
    kind: 'rebuild',
    account: undefined,
    acceptDifferences: true,
    from: 0,
    actor: 'projections',
  });
}

/**
 * Empties a projection, which then waits for a rebuild; the ledger answers reads meanwhile. Runs in the
 * caller's transaction.
 */
export async function emptyProjection(db: Database, { name, tables }: Projection): Promise<void> {
  await db.query(
    `update read_models.projections set state = 'paused', reason = $2, base_position = 0,
      generation = generation + 1, changed_at = clock_timestamp() where name = $1`,
    [name, resetReason],
  );
  await db.query('update read_models.checkpoints set position = 0 where projection = $1', [name]);
  await db.query(`truncate ${tables.map((table) => `read_models.${table.name}`).join(', ')}`);
}
