import pg from 'pg';
import type { Client } from 'pg';
import type { Queryable } from '../../src/ledger/read-answer.ts';

interface Query {
  readonly text: string;
  readonly values?: readonly unknown[];
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** How a statement was carried out. */
export interface Plan {
  /** Tables read from end to end, without `head` (one row) and `ledgers` (a few). */
  readonly scanned: readonly string[];
  /** Indexes in use, without the number of the partition. */
  readonly indexes: ReadonlySet<string>;
  /** Rows that were fetched from tables, also those then dropped by a filter. */
  readonly rowsRead: number;
}

/** Runs a reader on the connection and remembers what it asks. */
export async function recordQueries(
  client: Client,
  read: (db: Queryable) => Promise<unknown>,
): Promise<Query[]> {
  const queries: Query[] = [];
  const db = new Proxy(client, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name);
      return (query: string | Query, values?: unknown[]) => {
        queries.push(typeof query === 'string' ? { text: query, values: values ?? [] } : query);
        return Reflect.apply(target.query, target, [query, values]);
      };
    },
  });
  await read(db);
  return queries;
}

/** The plan of a query as a prepared statement gets it, made for its values or for any. */
export async function explain(client: Client, query: Query, mode: 'custom' | 'generic'): Promise<Plan> {
  await client.query(`set plan_cache_mode = force_${mode}_plan`);
  await client.query(`prepare explained as ${query.text}`);
  const values = query.values ?? [];
  const call = values.length === 0 ? '' : `(${values.map(writeLiteral).join(', ')})`;
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `explain (analyze, timing off, format json) execute explained${call}`,
  );
  await client.query('deallocate explained; reset plan_cache_mode');
  const nodes = rows.flatMap((row) => flatten(row['QUERY PLAN'][0].Plan));
  const tables = nodes.filter((node) => node['Relation Name'] !== undefined);
  const isSmall = (name: string) => name === 'head' || name === 'ledgers';
  return {
    scanned: tables
      .filter((node) => node['Node Type'] === 'Seq Scan' && !isSmall(node['Relation Name'] ?? ''))
      .map((node) => node['Relation Name'] ?? ''),
    indexes: new Set(nodes.flatMap((node) => node['Index Name'] ?? []).map(withoutPartition)),
    rowsRead: tables.reduce((sum, node) => sum + countRows(node), 0),
  };
}

function writeLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return Array.isArray(value)
    ? pg.escapeLiteral(`{${value.join(',')}}`)
    : pg.escapeLiteral(String(value));
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}

function countRows(node: PlanNode): number {
  return (
    ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * (node['Actual Loops'] ?? 0)
  );
}

function withoutPartition(index: string): string {
  return index.replace(/_\d{5}/, '');
}
