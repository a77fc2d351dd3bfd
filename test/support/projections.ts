import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { Pool } from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { readAccountPositions } from '../../src/ledger/account-events.ts';
import { readEvents, readEventsAt } from '../../src/ledger/event-log.ts';
import { readHead } from '../../src/ledger/read-ledgers.ts';
import { readModelPosition } from '../../src/projections/projection-states.ts';
import { projectionNames } from '../../src/projections/projection.ts';
import {
  startProjections,
  type Log,
  type Projections,
  type ProjectionsOptions,
} from '../../src/projections/start.ts';
import { openPostgresTransport } from '../../src/relay/transport/postgres.ts';
import type { Transport } from '../../src/relay/transport/transport.ts';
import type { TestDatabase } from './databases.ts';
import { until } from './product.ts';
import { readLogOf } from './read-log.ts';

export const silent = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });

/** Connections that the test's end closes. */
export function poolOf(t: TestContext, database: TestDatabase, max = 12): Pool {
  const pool = new Pool({ connectionString: database.url, max });
  pool.on('error', () => {});
  t.after(() => pool.end());
  return pool;
}

/** The log of a ledger's database. */
export function logOf(pool: Pool): Log {
  return {
    read: (after, limit) => readEvents(pool, after, limit),
    head: async () => (await readHead(pool)).position,
    readOfAccount: async (account, after, limit) =>
      readEventsAt(pool, await readAccountPositions(pool, account, after, limit)),
  };
}

/** The projections of this process on the real log, stopped at the test's end. */
export async function startProjector(
  t: TestContext,
  pool: Pool,
  options: Partial<ProjectionsOptions> = {},
): Promise<{ projections: Projections; transport: Transport; close: () => Promise<void> }> {
  const transport =
    options.transport ??
    openPostgresTransport({
      db: pool,
      readLog: readLogOf(pool),
      random: () => 0.01,
      mintId: randomUUID,
    });
  const pipelines = new Pool({ ...pool.options, pipeline: true });
  pipelines.on('error', () => {});
  const projections = await startProjections({
    pool,
    pipelines,
    transport,
    log: silent,
    eventLog: logOf(pool),
    registry: new Registry(),
    now: Date.now,
    mintId: randomUUID,
    ...options,
  });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await projections.close();
    await pipelines.end();
    await transport.close();
  };
  t.after(close);
  return { projections, transport, close };
}

/** Waits until the read models have everything that the log has. */
export async function caughtUp(pool: Pool, names = projectionNames): Promise<number> {
  const { position } = await readHead(pool);
  await until(
    async () => (await readModelPosition(pool, names)) >= position,
    'the read models catch up',
  );
  return position;
}

/** The read models against the journal, row by row: every difference is a fault of one of them. */
export async function assertModelsMatch(pool: Pool): Promise<void> {
  for (const [what, text] of Object.entries(differences)) {
    const { rows } = await pool.query<object>(text);
    assert.deepEqual(rows.slice(0, 3), [], what);
  }
}

const sumsOf = (by: 'recorded' | 'effective', time: string) => `
  select account_id, (${time} at time zone 'UTC')::date as day,
    coalesce(sum(amount_minor) filter (where side = 'DEBIT'), 0)::bigint as ${by}_debits_minor,
    coalesce(sum(amount_minor) filter (where side = 'CREDIT'), 0)::bigint as ${by}_credits_minor,
    count(*) filter (where side = 'DEBIT') as ${by}_debit_count,
    count(*) filter (where side = 'CREDIT') as ${by}_credit_count
  from ledger.lines group by 1, 2`;

const bySymmetricDifference = (expected: string, actual: string) =>
  `(select 'missing' as fault, e.* from (${expected} except ${actual}) e)
    union all (select 'unexpected', a.* from (${actual} except ${expected}) a)`;

const daily = (by: 'recorded' | 'effective', time: string) =>
  bySymmetricDifference(
    sumsOf(by, time),
    `select account_id, day, ${by}_debits_minor, ${by}_credits_minor, ${by}_debit_count,
      ${by}_credit_count from read_models.daily_balances
      where ${by}_debit_count + ${by}_credit_count > 0`,
  );

const differences = {
  'balances are those of the ledger': bySymmetricDifference(
    `select id, debits_minor, credits_minor, held_minor, incoming_minor, version from ledger.accounts`,
    `select account_id, debits_minor, credits_minor, held_minor, incoming_minor, version
      from read_models.balances`,
  ),
  'accounts are those of the ledger': bySymmetricDifference(
    `select a.id, g.name as ledger, external_id, type, normal_side, currency, a.name, status,
      credit_limit_minor, credit_limit_schedule, metadata, revision, a.created_at
      from ledger.accounts a join ledger.ledgers g on g.id = a.ledger_id`,
    `select id, ledger, external_id, type, normal_side, currency, name, status, credit_limit_minor,
      credit_limit_schedule, metadata, revision, created_at from read_models.accounts`,
  ),
  'the history has every state that is no line': `select account_id, version, recorded_at,
      debits_minor, credits_minor, held_minor, incoming_minor from ledger.account_history
    except select account_id, version, recorded_at, debits_minor, credits_minor, held_minor,
      incoming_minor from read_models.balance_history`,
  'statement lines are those of the journal': bySymmetricDifference(
    `select l.account_id, l.posted_at, l.position, l.line_number, l.side, l.amount_minor,
      l.balance_after_minor, l.version, l.effective_at, e.id as entry_id, e.entry_number, e.transfer_id,
      e.description, e.metadata
      from ledger.lines l join ledger.entries e on e.position = l.position`,
    `select account_id, posted_at, position, line_number, side, amount_minor, balance_after_minor,
      version, effective_at, entry_id, entry_number, transfer_id, description, metadata
      from read_models.statement_lines`,
  ),
  'daily sums by recording are those of the lines': daily('recorded', 'posted_at'),
  'daily sums by effective time are those of the lines': daily('effective', 'effective_at'),
  'totals are the sums over accounts': bySymmetricDifference(
    `select ledger, currency, day, sum(recorded_debits_minor) as d, sum(recorded_credits_minor) as c,
      sum(effective_debits_minor) as e, sum(effective_credits_minor) as f
      from read_models.daily_balances group by 1, 2, 3`,
    `select ledger, currency, day, recorded_debits_minor, recorded_credits_minor,
      effective_debits_minor, effective_credits_minor from read_models.daily_totals`,
  ),
  'transfers are those of the ledger': bySymmetricDifference(
    `select t.id, g.name as ledger, from_id, to_id, amount_minor, status, metadata, external_id, effective_at,
      t.created_at from ledger.transfers t join ledger.ledgers g on g.id = t.ledger_id`,
    `select transfer_id, ledger, from_id, to_id, amount_minor, status, metadata, external_id, effective_at,
      created_at from read_models.transfers`,
  ),
  'the timeline has every event of every transfer': bySymmetricDifference(
    `select v.key, v.position, v.type from ledger.events v
      where v.aggregate = 'transfer' or (v.aggregate = 'entry' and v.key in (select id from ledger.transfers))`,
    `select transfer_id, position, type from read_models.transfer_timeline`,
  ),
} as const;
