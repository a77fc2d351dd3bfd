import type { Queryable } from '../ledger/read-answer.ts';
import type { CheckResult } from './findings.ts';

/** A verification that was asked for: how far it is, and what it found. */
export interface VerificationRow {
  readonly id: string;
  readonly number: number;
  /** `differs`: it found something. */
  readonly state: 'waiting' | 'verifying' | 'done' | 'differs' | 'failed' | 'cancelled';
  readonly position: number;
  readonly target: number;
  readonly results: readonly CheckResult[] | undefined;
  readonly error: string | undefined;
  readonly actor: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly finishedAt: number | undefined;
}

interface Row {
  readonly id: string;
  readonly number: string;
  readonly state: VerificationRow['state'];
  readonly position: string;
  readonly target: string;
  readonly report: CheckResult[] | null;
  readonly error: string | null;
  readonly actor: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly finished_at: Date | null;
}

async function select(db: Queryable, clauses: string, values: unknown[]): Promise<VerificationRow[]> {
  const { rows } = await db.query<Row>(`select * from proof.verifications v ${clauses}`, values);
  return rows.map((row) => ({
    id: row.id,
    number: Number(row.number),
    state: row.state,
    position: Number(row.position),
    target: Number(row.target),
    results: row.report ?? undefined,
    error: row.error ?? undefined,
    actor: row.actor,
    createdAt: row.created_at.getTime(),
    updatedAt: row.updated_at.getTime(),
    finishedAt: row.finished_at?.getTime(),
  }));
}

const running = `v.state in ('waiting', 'verifying')`;

export async function readVerification(db: Queryable, id: string): Promise<VerificationRow | undefined> {
  return (await select(db, 'where v.id = $1', [id]))[0];
}

/** The newest first. */
export function listVerifications(
  db: Queryable,
  limit: number,
  before: number | undefined,
): Promise<VerificationRow[]> {
  const clauses = 'where $2::bigint is null or v.number < $2 order by v.number desc limit $1';
  return select(db, clauses, [limit, before ?? null]);
}

export async function readRunning(db: Queryable): Promise<VerificationRow | undefined> {
  return (await select(db, `where ${running}`, []))[0];
}

/** Asks for a verification. @returns undefined where one is running */
export async function requestVerification(
  db: Queryable,
  id: string,
  actor: string,
): Promise<VerificationRow | undefined> {
  await db.query('insert into proof.verifications (id, actor) values ($1, $2) on conflict do nothing', [
    id,
    actor,
  ]);
  return readVerification(db, id);
}

/** Ends a verification that runs. @returns false where it had ended */
export async function cancelVerification(db: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update proof.verifications v set state = 'cancelled', finished_at = clock_timestamp(),
        updated_at = clock_timestamp()
      where v.id = $1 and ${running}`,
    [id],
  );
  return rowCount === 1;
}

/** Saves how far it is. @returns false where it was ended by someone else */
export async function noteProgress(
  db: Queryable,
  id: string,
  position: number,
  target: number,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update proof.verifications v set state = 'verifying', position = $2, target = $3,
        updated_at = clock_timestamp()
      where v.id = $1 and ${running}`,
    [id, position, target],
  );
  return rowCount === 1;
}

export type VerificationEnd =
  | {
      readonly state: 'done' | 'differs';
      readonly results: readonly CheckResult[];
      readonly position: number;
    }
  | { readonly state: 'failed'; readonly error: string };

export async function endVerification(db: Queryable, id: string, end: VerificationEnd): Promise<void> {
  const report = end.state === 'failed' ? null : JSON.stringify(end.results);
  const position = end.state === 'failed' ? null : end.position;
  await db.query(
    `update proof.verifications v set state = $2, report = $3, error = $4, position = coalesce($5, position),
        target = coalesce($5, target), updated_at = clock_timestamp(), finished_at = clock_timestamp()
      where v.id = $1 and ${running}`,
    [id, end.state, report, end.state === 'failed' ? end.error : null, position],
  );
  await db.query('delete from proof.verification_states where verification = $1', [id]);
}
