import type { Queryable } from '../ledger/read-answer.ts';

/** A row of ledger.approvals. */
export interface Approval {
  readonly id: string;
  readonly number: string;
  readonly operation: string;
  readonly ledger: string;
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly fingerprint: string;
  readonly traceparent: string | null;
  readonly correlation_id: string | null;
  readonly requested_by: string;
  readonly requested_at: Date;
  readonly expires_at: Date;
  readonly state: 'pending' | 'approved' | 'done' | 'refused' | 'rejected' | 'expired';
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
  readonly reason: string | null;
  readonly answer_status: number | null;
  readonly answer: string | null;
}

/** What is written down of a request that is held. */
export type NewApproval = Pick<
  Approval,
  | 'id'
  | 'operation'
  | 'ledger'
  | 'method'
  | 'path'
  | 'params'
  | 'headers'
  | 'body'
  | 'fingerprint'
  | 'traceparent'
  | 'correlation_id'
  | 'requested_by'
> & {
  /** By which a repeated request is known: by its key for ever, without one while it is pending. */
  readonly name: string;
  readonly forMs: number;
};

const columns = `id, number, operation, ledger, method, path, params, headers, body, fingerprint, traceparent,
  correlation_id, requested_by, requested_at, expires_at, state, decided_by, decided_at, reason, answer_status, answer`;

/** Holds a request, or finds the one that it repeats. */
export async function holdRequest(db: Queryable, wanted: NewApproval): Promise<Approval> {
  const made = await db.query<Approval>(
    `insert into ledger.approvals (id, name, operation, ledger, method, path, params, headers, body, fingerprint,
        traceparent, correlation_id, requested_by, expires_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
        clock_timestamp() + $14 * interval '1 millisecond')
      on conflict do nothing returning ${columns}`,
    [
      wanted.id,
      wanted.name,
      wanted.operation,
      wanted.ledger,
      wanted.method,
      wanted.path,
      JSON.stringify(wanted.params),
      JSON.stringify(wanted.headers),
      wanted.body,
      wanted.fingerprint,
      wanted.traceparent,
      wanted.correlation_id,
      wanted.requested_by,
      wanted.forMs,
    ],
  );
  const [row] = made.rows;
  return row ?? (await findNamed(db, wanted.name)) ?? holdRequest(db, wanted);
}

async function findNamed(db: Queryable, name: string): Promise<Approval | undefined> {
  const text = `select ${columns} from ledger.approvals
    where name = $1 and (name like 'key:%' or state = 'pending') order by number desc limit 1`;
  return (await db.query<Approval>(text, [name])).rows[0];
}

export async function readApproval(db: Queryable, id: string): Promise<Approval | undefined> {
  const text = `select ${columns} from ledger.approvals where id = $1`;
  return (await db.query<Approval>(text, [id])).rows[0];
}

/** At most `limit` of them, the newest first, from before a number. */
export async function listApprovals(
  db: Queryable,
  state: string | undefined,
  before: number | undefined,
  limit: number,
): Promise<Approval[]> {
  const text = `select ${columns} from ledger.approvals
    where ($1::text is null or state = $1) and ($2::bigint is null or number < $2)
    order by number desc limit $3`;
  return (await db.query<Approval>(text, [state, before, limit])).rows;
}

/** Whoever is first decides; undefined where it was decided before. One that was not carried out may be again. */
export async function decideApproval(
  db: Queryable,
  id: string,
  state: 'approved' | 'rejected',
  { by, reason }: { readonly by: string; readonly reason: string | null },
): Promise<Approval | undefined> {
  const open = state === 'approved' ? "in ('pending', 'approved')" : "= 'pending'";
  const text = `update ledger.approvals
    set state = $2, decided_by = $3, decided_at = clock_timestamp(), reason = $4
    where id = $1 and state ${open} returning ${columns}`;
  return (await db.query<Approval>(text, [id, state, by, reason])).rows[0];
}

/** What came of it. */
export async function endApproval(
  db: Queryable,
  id: string,
  { status, answer }: { readonly status: number; readonly answer: string | null },
): Promise<Approval | undefined> {
  const text = `update ledger.approvals set state = $2, answer_status = $3, answer = $4
    where id = $1 and state = 'approved' returning ${columns}`;
  const state = status < 400 ? 'done' : 'refused';
  return (await db.query<Approval>(text, [id, state, status, answer])).rows[0];
}

/** Ends those whose time is over. @returns them, once */
export async function expireApprovals(db: Queryable): Promise<Approval[]> {
  const text = `update ledger.approvals set state = 'expired', decided_at = expires_at
    where state = 'pending' and expires_at <= clock_timestamp() returning ${columns}`;
  return (await db.query<Approval>(text)).rows;
}
