import type { Pool, PoolClient } from 'pg';
import { withConnection } from '../postgres/transaction.ts';
import { projectionNames, type ProjectionName } from '../projections/projection.ts';

/** Both databases as they were, the read models first, so that the journal has all that they were made from. */
export interface Snapshots {
  readonly models: PoolClient;
  readonly ledger: PoolClient;
  /** Of the journal. */
  readonly head: number;
  readonly checkpoints: ReadonlyMap<ProjectionName, Checkpoint>;
}

export interface Checkpoint {
  readonly isRunning: boolean;
  /** Everything up to here is in it. */
  readonly position: number;
  /** Nothing after this is in it; the same where the log is not split. */
  readonly highest: number;
}

/** A snapshot may be held for as long as a whole reconciliation takes. */
const begin = 'begin isolation level repeatable read read only; set local statement_timeout = 0';

/** Runs `work` on one snapshot of each database. */
export function withSnapshots<Value>(
  parts: { readonly models: Pool; readonly ledger: Pool },
  work: (snapshots: Snapshots) => Promise<Value>,
): Promise<Value> {
  return withConnection(parts.models, async (models) => {
    await models.query(begin);
    const checkpoints = await readCheckpoints(models);
    return withConnection(parts.ledger, async (ledger) => {
      await ledger.query(begin);
      await ledger.query(`set local work_mem = '64MB'`);
      const { rows } = await ledger.query<{ position: string }>('select position from ledger.head');
      const value = await work({ models, ledger, head: Number(rows[0]?.position ?? 0), checkpoints });
      await ledger.query('commit');
      await models.query('commit');
      return value;
    });
  });
}

interface CheckpointRow {
  readonly name: ProjectionName;
  readonly state: string;
  readonly position: string;
  readonly highest: string;
}

async function readCheckpoints(db: PoolClient): Promise<Map<ProjectionName, Checkpoint>> {
  const { rows } = await db.query<CheckpointRow>(
    `select p.name, p.state, greatest(p.base_position, min(c.position), 0) as position,
        greatest(p.base_position, max(c.position), 0) as highest
      from read_models.projections p left join read_models.checkpoints c on c.projection = p.name
      where p.name = any($1) group by p.name`,
    [projectionNames],
  );
  return new Map(
    rows.map(({ name, state, position, highest }) => [
      name,
      { isRunning: state === 'running', position: Number(position), highest: Number(highest) },
    ]),
  );
}
