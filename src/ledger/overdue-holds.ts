import type { Ledger } from './commands.ts';
import type { Registry } from 'prom-client';
import { showAsked } from '../runtime/metrics.ts';
import type { Queryable } from './read-answer.ts';

/** Past its time by this much, a hold was missed by the writer and is not just on its way. */
const overdueMs = 5000;
const pageMax = 500;

interface Overdue {
  readonly id: string;
  readonly ledger: string;
}

/**
 * Has the ledger let go of holds whose time is over although nothing else made it do so.
 * @returns how many it was asked about
 */
export async function expireOverdueHolds(
  db: Queryable,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const overdue = await findOverdue(db, after);
    await Promise.all(overdue.map((hold) => expire(ledger, hold)));
    count += overdue.length;
    const last = overdue.at(-1);
    if (last === undefined || overdue.length < pageMax || signal.aborted) return count;
    after = last.id;
  }
}

async function findOverdue(db: Queryable, after: string): Promise<Overdue[]> {
  const { rows } = await db.query<Overdue>(
    `select t.id, g.name as ledger from ledger.transfers t join ledger.ledgers g on g.id = t.ledger_id
      where t.status = 'HELD'
        and t.expires_at < clock_timestamp() + (g.clock_offset_ms - ${overdueMs}) * interval '1 millisecond'
        and t.id > $1
      order by t.id limit ${pageMax}`,
    [after],
  );
  return rows;
}

async function expire(ledger: Ledger, { id, ledger: name }: Overdue): Promise<void> {
  const answer = await ledger.submit({
    ledger: name,
    command: { kind: 'expire_hold', transfer: id },
    key: undefined,
    fingerprint: id,
    traceparent: undefined,
    correlationId: undefined,
  });
  if (answer.kind === 'refused') throw new Error(`the hold ${id}: ${answer.refusal.detail}`);
}

/** Shows how many holds reserve money beyond their time. */
export function showOverdueHolds(registry: Registry, db: Queryable): void {
  const name = 'ledger_holds_overdue';
  const help = 'Holds that are open beyond their time; of the database, the same in every process';
  showAsked(registry, { name, help, labelNames: [] }, async () => {
    const { rows } = await db.query<{ count: number }>({
      name: 'count-overdue-holds',
      text: `select count(*)::int from ledger.transfers where status = 'HELD'
        and expires_at < clock_timestamp() - interval '${overdueMs} milliseconds'`,
    });
    return rows.map(({ count }) => [{}, count] as const);
  });
}
