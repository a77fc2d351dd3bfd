import type { Queryable } from '../ledger/read-answer.ts';

/** A command that a transaction of an application asked for. */
export interface SqlCommand {
  readonly id: string;
  readonly operation: string;
  readonly target: string | undefined;
  /** JSON text. */
  readonly body: string;
  readonly ledger: string;
  readonly key: string | undefined;
  readonly role: string;
  readonly session: number;
  /** That failed so far. */
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

interface Row {
  readonly id: string;
  readonly operation: string;
  readonly target: string | null;
  readonly body: string;
  readonly ledger: string;
  readonly idempotency_key: string | null;
  readonly role: string;
  readonly session: number;
  readonly attempts: number;
  readonly created_at: Date;
}

/**
 * Commands without an answer, in the order in which they were asked for, but for those that are known. By their
 * state and not by a cursor: one that was numbered earlier and committed later is found when it is committed.
 */
export async function listOpenCommands(
  db: Queryable,
  known: readonly string[],
  limit: number,
): Promise<SqlCommand[]> {
  const { rows } = await db.query<Row>({
    name: 'open-sql-commands',
    text: `select id, operation, target, body::text, ledger, idempotency_key, role::text, session, attempts,
        created_at
      from ledger_api.commands where status is null and id <> all($1::uuid[]) order by number limit $2`,
    values: [known, limit],
  });
  return rows.map((row) => ({
    id: row.id,
    operation: row.operation,
    target: row.target ?? undefined,
    body: row.body,
    ledger: row.ledger,
    key: row.idempotency_key ?? undefined,
    role: row.role,
    session: row.session,
    attempts: row.attempts,
    createdAt: row.created_at.getTime(),
  }));
}

/** The answer of a command, as HTTP gives it. */
export interface SqlAnswer {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
}

export async function finishCommand(
  db: Queryable,
  id: string,
  { status, body }: SqlAnswer,
): Promise<void> {
  await db.query({
    name: 'finish-sql-command',
    text: `update ledger_api.commands set status = $2, answer = $3, finished_at = clock_timestamp()
      where id = $1 and status is null`,
    values: [id, status, body],
  });
}

export async function noteFailure(db: Queryable, id: string, error: string): Promise<void> {
  await db.query(
    'update ledger_api.commands set attempts = attempts + 1, last_error = $2 where id = $1 and status is null',
    [id, error],
  );
}

/** Forgets commands that were answered long ago; their keys bind for ever. @returns how many */
export async function forgetCommands(db: Queryable, days: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from ledger_api.commands where status is not null
      and finished_at < clock_timestamp() - $1 * interval '1 day'`,
    [days],
  );
  return rowCount ?? 0;
}
