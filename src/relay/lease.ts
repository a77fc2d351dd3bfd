import type { Queryable } from '../ledger/read-answer.ts';

/** A holder that is not heard of for this long may be replaced. */
export const leaseSeconds = 5;

/** The right of one process to do a thing that should not be done twice at once. */
export interface Lease {
  readonly name: string;
  /** UUID of the holder, new for every process and part. */
  readonly holder: string;
}

/** Takes the lease or lengthens it. False while another one holds it. */
export async function takeLease(db: Queryable, { name, holder }: Lease): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'take-lease',
    text: `insert into relay.leases as l (name, holder, until)
      values ($1, $2, clock_timestamp() + interval '${leaseSeconds} seconds')
      on conflict (name) do update set holder = excluded.holder, until = excluded.until
        where l.holder = excluded.holder or l.until < clock_timestamp()`,
    values: [name, holder],
  });
  return rowCount === 1;
}

/** Gives the lease up, so that the next one need not wait for its end. */
export async function dropLease(db: Queryable, { name, holder }: Lease): Promise<void> {
  await db.query('delete from relay.leases where name = $1 and holder = $2', [name, holder]);
}
