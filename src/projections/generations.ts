import type { PoolClient } from 'pg';
import type { Projection, ProjectionTable } from './projection.ts';

/*
 * Generations of a projection's tables: the one in use has the plain names, the one that a rebuild fills ends in
 * `_next`, and the one before in `_previous`. A switch renames, in one transaction.
 */

/** Makes empty next tables with all that the ones in use have; what an earlier rebuild left is dropped. */
export async function createNext(db: PoolClient, { tables }: Projection): Promise<void> {
  for (const { name, isAppended } of tables) {
    const like = isAppended === true ? 'including defaults including constraints' : 'including all';
    await db.query(`drop table if exists read_models.${name}_next`);
    await db.query(`create table read_models.${name}_next (like read_models.${name} ${like})`);
    await copyStorage(db, name);
  }
}

/**
 * Ends the loading in bulk: the next tables get the keys that they were loaded without, as sorting once costs
 * less than finding places, and then what is made from other tables.
 */
export async function finishBulk(db: PoolClient, projection: Projection): Promise<void> {
  if (await isFinished(db, projection)) return;
  if (projection.beforeKeys !== undefined) await db.query(projection.beforeKeys);
  for (const { name, keys } of appendedOf(projection)) {
    await db.query(`alter table read_models.${name}_next add primary key (${keys.join(', ')})`);
    await copyIndexes(db, name);
  }
  if (projection.afterBulk !== undefined) await db.query(projection.afterBulk);
}

/** Whether the next tables have their keys, so that they are not loaded in bulk any more. */
export async function isFinished(db: PoolClient, projection: Projection): Promise<boolean> {
  const [table] = appendedOf(projection);
  return table !== undefined && hasKey(db, table.name);
}

/** The indexes that the table in use has beside its key. */
async function copyIndexes(db: PoolClient, name: string): Promise<void> {
  const { rows } = await db.query<{ definition: string }>(
    `select pg_get_indexdef(indexrelid) as definition from pg_index
      where indrelid = $1::regclass and not indisprimary order by indexrelid`,
    [`read_models.${name}`],
  );
  const place = ` ON read_models.${name} `;
  for (const { definition } of rows) {
    const [create = '', how = ''] = definition.split(place);
    const kind = create.startsWith('CREATE UNIQUE') ? 'create unique index' : 'create index';
    await db.query(`${kind} on read_models.${name}_next ${how}`);
  }
}

function appendedOf({ tables }: Projection): ProjectionTable[] {
  return tables.filter(({ isAppended }) => isAppended === true);
}

async function hasKey(db: PoolClient, name: string): Promise<boolean> {
  const { rows } = await db.query(
    'select 1 from pg_index where indrelid = $1::regclass and indisprimary',
    [`read_models.${name}_next`],
  );
  return rows.length > 0;
}

/** `like` leaves out how full pages are to be. */
async function copyStorage(db: PoolClient, name: string): Promise<void> {
  const { rows } = await db.query<{ options: string | null }>(
    `select array_to_string(reloptions, ', ') as options from pg_class where oid = $1::regclass`,
    [`read_models.${name}`],
  );
  const options = rows[0]?.options;
  if (options) await db.query(`alter table read_models.${name}_next set (${options})`);
}

/** Puts the next tables in the place of those in use, which are kept as the previous ones. */
export async function switchToNext(db: PoolClient, { tables }: Projection): Promise<void> {
  // Readers of a table in use are waited for; other readers would queue behind this, so not for long.
  await db.query(`set local lock_timeout = '2s'`);
  for (const { name } of tables) {
    await db.query(`drop table if exists read_models.${name}_previous`);
    await db.query(`alter table read_models.${name} rename to ${name}_previous`);
    await db.query(`alter table read_models.${name}_next rename to ${name}`);
    await db.query('select read_models.raise_wall($1)', [name]);
  }
}

/** Drops what a switch kept. */
export async function dropPrevious(db: PoolClient, { tables }: Projection): Promise<void> {
  for (const { name } of tables) await db.query(`drop table if exists read_models.${name}_previous`);
}

/** Whether next tables are there to go on with. */
export async function hasNext(db: PoolClient, { tables }: Projection): Promise<boolean> {
  for (const { name } of tables) {
    const { rows } = await db.query<{ found: boolean }>('select to_regclass($1) is not null as found', [
      `read_models.${name}_next`,
    ]);
    if (rows[0]?.found !== true) return false;
  }
  return true;
}

/** One generation of a table against the other, as far as both were at the same position. */
export interface TableComparison {
  readonly table: string;
  readonly rows: number;
  readonly rows_next: number;
  readonly differences: number;
  readonly sums: Readonly<Record<string, string | null>>;
  readonly sums_next: Readonly<Record<string, string | null>>;
  readonly checksum: string;
  readonly checksum_next: string;
  /** Up to ten rows that differ: their keys, and what each side has. */
  readonly examples: readonly object[];
}

/**
 * Compares row by row, with counts, sums and checksums. Runs in a transaction whose snapshot has the next
 * tables exactly at `position`; rows in use that went on since are left out on both sides.
 */
export async function compareTable(
  db: PoolClient,
  table: ProjectionTable,
  position: number,
): Promise<TableComparison> {
  const { name, keys, compared, sums } = table;
  const row = (alias: string) => `(${compared.map((column) => `${alias}.${column}`).join(', ')})`;
  const joined = `read_models.${name} o full join read_models.${name}_next n using (${keys.join(', ')})
    where o.position is null or o.position <= $1`;
  const sumOf = (alias: string) =>
    `jsonb_build_object(${sums
      .map((column) => `'${column}', sum(${alias}.${column})::text`)
      .join(', ')})`;
  const checksum = (alias: string) =>
    `coalesce(sum(hash_record_extended(row${row(alias)}, 0)::numeric)
      filter (where ${alias}.position is not null), 0)::text`;
  const differs = `row${row('o')} is distinct from row${row('n')}`;
  const { rows } = await db.query<Omit<TableComparison, 'table' | 'examples'>>(
    `select count(o.position)::int as rows, count(n.position)::int as rows_next,
        count(*) filter (where ${differs})::int as differences,
        ${sumOf('o')} as sums, ${sumOf('n')} as sums_next,
        ${checksum('o')} as checksum, ${checksum('n')} as checksum_next
      from ${joined}`,
    [position],
  );
  const [counts] = rows;
  if (counts === undefined) throw new Error(`the comparison of ${name} answered nothing`);
  const examples =
    counts.differences === 0 ? [] : await listDifferences(db, table, position, joined, differs);
  return { table: name, ...counts, examples };
}

async function listDifferences(
  db: PoolClient,
  { keys, compared }: ProjectionTable,
  position: number,
  joined: string,
  differs: string,
): Promise<object[]> {
  const object = (alias: string, columns: readonly string[]) =>
    `jsonb_build_object(${columns.map((column) => `'${column}', ${alias}${column}::text`).join(', ')})`;
  const { rows } = await db.query<{ example: object }>(
    `select jsonb_build_object('key', ${object('', keys)}, 'in_use', ${object('o.', compared)},
        'rebuilt', ${object('n.', compared)}) as example
      from ${joined} and ${differs} limit 10`,
    [position],
  );
  return rows.map((row) => row.example);
}
