import type { Pool } from 'pg';
import { deserialize, serialize } from 'node:v8';
import { z } from 'zod';
import type { Queryable } from '../ledger/read-answer.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { AccountTable } from './account-table.ts';
import type { CheckResult } from './findings.ts';

/** What a verification needs to go on after an interruption. */
export interface SavedVerification {
  readonly position: number;
  readonly ends: readonly {
    readonly ledger: string;
    readonly number: number;
    readonly hash: string;
    readonly peaks: readonly Uint8Array[];
    readonly lastNumber: number;
  }[];
  readonly results: readonly CheckResult[];
  readonly accounts: AccountTable;
}

const partSize = 4 * 1024 * 1024;

const headShape = z.object({
  position: z.int(),
  ends: z.array(
    z.object({
      ledger: z.string(),
      number: z.int(),
      hash: z.string(),
      peaks: z.array(z.instanceof(Uint8Array)),
      lastNumber: z.int(),
    }),
  ),
  results: z.custom<CheckResult[]>(Array.isArray),
  count: z.int(),
  codes: z.array(z.string()),
  sizes: z.array(z.int()),
});

/** Replaces what was saved before. Part 0 says what the others are. */
export function saveState(pool: Pool, id: string, saved: SavedVerification): Promise<void> {
  const { arrays, codes } = saved.accounts.save();
  const head = serialize({
    position: saved.position,
    ends: saved.ends,
    results: saved.results,
    count: saved.accounts.count,
    codes,
    sizes: arrays.map(({ length }) => length),
  });
  return inTransaction(pool, async (db) => {
    await db.query('delete from proof.verification_states where verification = $1', [id]);
    let part = 0;
    for (const bytes of partsOf(head, arrays)) {
      await db.query('insert into proof.verification_states values ($1, $2, $3)', [id, part, bytes]);
      part += 1;
    }
  });
}

function* partsOf(head: Buffer, arrays: readonly Uint8Array[]): Generator<Buffer> {
  yield head;
  for (const array of arrays)
    for (let at = 0; at < array.length; at += partSize)
      yield Buffer.from(array.buffer, array.byteOffset + at, Math.min(partSize, array.length - at));
}

/** What was saved last; undefined where nothing was. */
export async function loadState(db: Queryable, id: string): Promise<SavedVerification | undefined> {
  const first = await readPart(db, id, 0);
  if (first === undefined) return undefined;
  const { count, codes, sizes, ...saved } = headShape.parse(deserialize(first));
  const arrays: Uint8Array[] = [];
  let part = 1;
  for (const size of sizes) {
    const array = new Uint8Array(size);
    for (let at = 0; at < size; at += partSize, part += 1)
      array.set((await readPart(db, id, part)) ?? [], at);
    arrays.push(array);
  }
  return { ...saved, accounts: AccountTable.load(count, arrays, codes) };
}

async function readPart(db: Queryable, id: string, part: number): Promise<Buffer | undefined> {
  const { rows } = await db.query<{ bytes: Buffer }>(
    'select bytes from proof.verification_states where verification = $1 and part = $2',
    [id, part],
  );
  return rows[0]?.bytes;
}
