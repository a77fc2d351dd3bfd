import type { ClientBase } from 'pg';
import type { TableComparison } from './generations.ts';
import type { ProjectionName } from './projection.ts';

type Database = Pick<ClientBase, 'query'>;

/** Something that takes long: a rebuild, of all or of one account, or a replay. */
export interface Operation {
  readonly id: string;
  readonly number: number;
  readonly projection: ProjectionName;
  readonly kind: 'rebuild' | 'replay';
  readonly account: string | undefined;
  readonly acceptDifferences: boolean;
  readonly state:
    | 'waiting'
    | 'loading'
    | 'comparing'
    | 'switching'
    | 'done'
    | 'differs'
    | 'failed'
    | 'cancelled';
  /** Everything up to here is loaded. */
  readonly position: number;
  /** Where it has to get to, as far as is known. */
  readonly target: number;
  readonly comparison: readonly TableComparison[] | undefined;
  /** Positions of events that could not be applied and have a dead letter. */
  readonly skipped: readonly number[];
  readonly error: string | undefined;
  readonly actor: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly finishedAt: number | undefined;
}

interface OperationRow {
  readonly id: string;
  readonly number: string;
  readonly projection: ProjectionName;
  readonly kind: Operation['kind'];
  readonly account_id: string | null;
  readonly accept_differences: boolean;
  readonly state: Operation['state'];
  readonly position: string;
  readonly target: string;
  readonly comparison: TableComparison[] | null;
  readonly skipped: string[];
  readonly error: string | null;
  readonly actor: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly finished_at: Date | null;
}

function toOperation(row: OperationRow): Operation {
  return {
    id: row.id,
    number: Number(row.number),
    projection: row.projection,
    kind: row.kind,
    account: row.account_id ?? undefined,
    acceptDifferences: row.accept_differences,
    state: row.state,
    position: Number(row.position),
    target: Number(row.target),
    comparison: row.comparison ?? undefined,
    skipped: row.skipped.map(Number),
    error: row.error ?? undefined,
    actor: row.actor,
    createdAt: row.created_at.getTime(),
    updatedAt: row.updated_at.getTime(),
    finishedAt: row.finished_at?.getTime(),
  };
}

async function select(db: Database, clauses: string, values: unknown[]): Promise<Operation[]> {
  const { rows } = await db.query<OperationRow>(
    `select * from read_models.operations o ${clauses}`,
    values,
  );
  return rows.map(toOperation);
}

const running = `o.state in ('waiting', 'loading', 'comparing', 'switching')`;

/** One operation, undefined where there is none. */
export async function readOperation(db: Database, id: string): Promise<Operation | undefined> {
  return (await select(db, 'where o.id = $1', [id]))[0];
}

/** The newest operations first. */
export function listOperations(
  db: Database,
  limit: number,
  before: number | undefined,
): Promise<Operation[]> {
  return select(db, 'where $2::bigint is null or o.number < $2 order by o.number desc limit $1', [
    limit,
    before ?? null,
  ]);
}

/** What has to be run, the oldest first. */
export function listRunning(db: Database): Promise<Operation[]> {
  return select(db, `where ${running} order by o.number`, []);
}

export interface NewOperation {
  readonly id: string;
  readonly projection: ProjectionName;
  readonly kind: Operation['kind'];
  readonly account: string | undefined;
  readonly acceptDifferences: boolean;
  /** The position after which a replay begins. */
  readonly from: number;
  readonly actor: string;
}

/** Asks for an operation. @returns undefined where one of this projection is running */
export async function requestOperation(
  db: Database,
  wanted: NewOperation,
): Promise<Operation | undefined> {
  await db.query(
    `insert into read_models.operations (id, projection, kind, account_id, accept_differences, state,
        position, actor)
      values ($1, $2, $3, $4, $5, 'waiting', $6, $7) on conflict do nothing`,
    [
      wanted.id,
      wanted.projection,
      wanted.kind,
      wanted.account ?? null,
      wanted.acceptDifferences,
      wanted.from,
      wanted.actor,
    ],
  );
  return readOperation(db, wanted.id);
}

/** Ends an operation that runs. @returns false where it had ended */
export async function cancelOperation(db: Database, id: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update read_models.operations o set state = 'cancelled', finished_at = clock_timestamp(),
        updated_at = clock_timestamp()
      where o.id = $1 and ${running}`,
    [id],
  );
  return rowCount === 1;
}

/** Forgets operations that ended so many days ago. @returns how many */
export async function forgetOperations(db: Database, days: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from read_models.operations o where o.finished_at < clock_timestamp() - $1 * interval '1 day'`,
    [days],
  );
  return rowCount ?? 0;
}

/** What changes of an operation while it runs. */
export interface Progress {
  readonly state?: Operation['state'];
  readonly position?: number;
  readonly target?: number;
  readonly comparison?: readonly TableComparison[];
  readonly skipped?: readonly number[];
  readonly error?: string;
}

/** Thrown where an operation was ended by someone else. */
export class OperationEnded extends Error {
  override readonly name = 'OperationEnded';
}

/** Saves progress, in the transaction of the work. @throws {OperationEnded} */
export async function saveProgress(db: Database, id: string, progress: Progress): Promise<void> {
  const { state, position, target, comparison, skipped, error } = progress;
  const isEnd = state !== undefined && ['done', 'differs', 'failed'].includes(state);
  const { rowCount } = await db.query(
    `update read_models.operations o set state = coalesce($2, state), position = coalesce($3, position),
        target = greatest(target, $4), comparison = coalesce($5, comparison),
        skipped = coalesce($6, skipped), error = coalesce($7, error), updated_at = clock_timestamp(),
        finished_at = case when $8 then clock_timestamp() end
      where o.id = $1 and ${running}`,
    [
      id,
      state ?? null,
      position ?? null,
      target ?? position ?? null,
      comparison === undefined ? null : JSON.stringify(comparison),
      skipped ?? null,
      error ?? null,
      isEnd,
    ],
  );
  if (rowCount !== 1) throw new OperationEnded(`the operation ${id} was ended`);
}
