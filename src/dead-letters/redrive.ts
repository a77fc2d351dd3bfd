import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../postgres/transaction.ts';
import {
  selectDeadLetters,
  whereDeadLetters,
  type DeadLetter,
  type DeadLetterFilters,
} from './dead-letter.ts';
import { describeError, lockLetters } from './parking.ts';

/**
 * Does again what a letter failed at. Runs in the transaction that marks the letter as redriven: what it
 * does on this connection happens once. What it does elsewhere has to be idempotent. Throws when it fails.
 */
export type Redrive = (db: PoolClient, letter: DeadLetter) => Promise<void>;

/** How letters are redriven, by their consumer, or by what stands before a colon in it. */
export type Redrives = ReadonlyMap<string, Redrive>;

export type LetterSelection = { readonly id: string } | DeadLetterFilters;

export interface RedriveOutcome {
  readonly redriven: number;
  /** Failed again; their letters say how. */
  readonly failed: number;
  /** Still behind another one that is parked. */
  readonly waiting: number;
}

/**
 * Redrives the open letters of a selection in the order of the log, and after each those that waited behind
 * it. A letter behind one that is still parked stays where it is. What was redriven before is left alone,
 * so asking twice does no harm.
 */
export async function redriveDeadLetters(
  pool: Pool,
  redrives: Redrives,
  selection: LetterSelection,
  actor: string,
): Promise<RedriveOutcome> {
  const selected = await selectOpen(pool, selection);
  const total = { redriven: 0, failed: 0, waiting: 0 };
  for (const consumer of new Set(selected.map((letter) => letter.consumer))) {
    const ids = new Set(selected.map((letter) => letter.id));
    const outcome = await inTransaction(pool, (db) => redriveOf(db, redrives, consumer, ids, actor));
    total.redriven += outcome.redriven;
    total.failed += outcome.failed;
    total.waiting += outcome.waiting;
  }
  return total;
}

const open = `d.status in ('parked', 'waiting')`;

function selectOpen(pool: Pool, selection: LetterSelection): Promise<DeadLetter[]> {
  if ('id' in selection) return selectDeadLetters(pool, `where ${open} and d.id = $1`, [selection.id]);
  const { where, values } = whereDeadLetters(selection);
  return selectDeadLetters(pool, `where ${open} and ${where}`, values);
}

/** In order over all open letters of the consumer: what is parked and stays so blocks what is behind it. */
async function redriveOf(
  db: PoolClient,
  redrives: Redrives,
  consumer: string,
  selected: ReadonlySet<string>,
  actor: string,
): Promise<RedriveOutcome> {
  const redrive = redrives.get(consumer) ?? redrives.get(consumer.replace(/:.*$/, ''));
  if (redrive === undefined) throw new Error(`nothing here can redrive the letters of ${consumer}`);
  await lockLetters(db, consumer, 'alone');
  const letters = await selectDeadLetters(
    db,
    `where ${open} and d.consumer = $1 order by d.position, d.number`,
    [consumer],
  );
  const blocked = new Set<string>();
  const healed = new Set<string>();
  const outcome = { redriven: 0, failed: 0, waiting: 0 };
  for (const letter of letters) {
    const isBlocked = letter.keys.some((key) => blocked.has(key));
    const isWanted = selected.has(letter.id) || letter.keys.some((key) => healed.has(key));
    if (isBlocked || !isWanted) {
      if (selected.has(letter.id)) outcome.waiting += 1;
      if (letter.status === 'parked') addAll(blocked, letter.keys);
      continue;
    }
    const isHealed = await redriveOne(db, redrive, letter, actor);
    outcome[isHealed ? 'redriven' : 'failed'] += 1;
    addAll(isHealed ? healed : blocked, letter.keys);
  }
  return outcome;
}

function addAll(set: Set<string>, keys: readonly string[]): void {
  for (const key of keys) set.add(key);
}

async function redriveOne(
  db: PoolClient,
  redrive: Redrive,
  letter: DeadLetter,
  actor: string,
): Promise<boolean> {
  await db.query('savepoint letter');
  try {
    await redrive(db, letter);
    await close(db, letter, 'redriven', actor, undefined);
    await db.query('release savepoint letter');
    return true;
  } catch (error) {
    await db.query('rollback to savepoint letter');
    await failAgain(db, letter, actor, error);
    return false;
  }
}

async function failAgain(
  db: PoolClient,
  letter: DeadLetter,
  actor: string,
  error: unknown,
): Promise<void> {
  const { errorClass, message, stack } = describeError(error);
  await db.query(
    `update read_models.dead_letters set status = 'parked', attempts = attempts + 1,
        last_failed_at = clock_timestamp(), error_class = $2, message = $3, stack = $4 where id = $1`,
    [letter.id, errorClass, message, stack],
  );
  await record(db, letter.id, 'failed again', actor, message);
}

async function close(
  db: PoolClient,
  letter: DeadLetter,
  status: 'redriven' | 'discarded',
  actor: string,
  reason: string | undefined,
): Promise<void> {
  await db.query('update read_models.dead_letters set status = $2, reason = $3 where id = $1', [
    letter.id,
    status,
    reason ?? null,
  ]);
  await record(db, letter.id, status, actor, reason);
}

async function record(
  db: PoolClient,
  id: string,
  action: string,
  actor: string,
  reason: string | undefined,
): Promise<void> {
  await db.query(
    `insert into read_models.dead_letter_actions (dead_letter_id, action, actor, reason)
      values ($1, $2, $3, $4)`,
    [id, action, actor, reason ?? null],
  );
}

/**
 * Marks the open letters of a consumer whose events are in what it was rebuilt to, in the transaction that
 * takes it into use.
 */
export async function markRebuilt(
  db: PoolClient,
  consumer: string,
  { upTo, except }: { upTo: number; except: readonly number[] },
): Promise<void> {
  await db.query(
    `with healed as (update read_models.dead_letters d set status = 'redriven'
        where ${open} and d.consumer = $1 and d.position <= $2 and d.position <> all($3::bigint[])
        returning d.id)
      insert into read_models.dead_letter_actions (dead_letter_id, action, actor)
      select id, 'redriven', 'rebuild' from healed`,
    [consumer, upTo, except],
  );
}

/**
 * Gives a letter up for good, and redrives what waited behind it.
 * @returns undefined where the letter is not open any more
 */
export async function discardDeadLetter(
  pool: Pool,
  redrives: Redrives,
  { id, actor, reason }: { id: string; actor: string; reason: string },
): Promise<RedriveOutcome | undefined> {
  const [letter] = await selectOpen(pool, { id });
  if (letter === undefined) return undefined;
  const behind = await inTransaction(pool, async (db) => {
    await lockLetters(db, letter.consumer, 'alone');
    await close(db, letter, 'discarded', actor, reason);
    return selectDeadLetters(
      db,
      `where d.status = 'waiting' and d.consumer = $1 and d.keys && $2::uuid[] order by d.position`,
      [letter.consumer, letter.keys],
    );
  });
  const total = { redriven: 0, failed: 0, waiting: 0 };
  for (const { id: next } of behind) {
    const outcome = await redriveDeadLetters(pool, redrives, { id: next }, actor);
    total.redriven += outcome.redriven;
    total.failed += outcome.failed;
    total.waiting += outcome.waiting;
  }
  return total;
}
