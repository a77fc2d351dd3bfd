import type { Pool, PoolClient } from 'pg';
import { selectDeadLetters } from '../dead-letters/dead-letter.ts';
import { lockLetters } from '../dead-letters/parking.ts';
import { markRebuilt } from '../dead-letters/redrive.ts';
import type { DecodedEvent } from './decoded-event.ts';
import { clearDrift } from './drift.ts';
import {
  compareTable,
  createNext,
  finishBulk,
  hasNext,
  isFinished,
  switchToNext,
  type TableComparison,
} from './generations.ts';
import { saveProgress, type Operation } from './operations.ts';
import { lostReason, readModelPosition, resetReason } from './projection-states.ts';
import type { Projection } from './projection.ts';
import type { Transport } from '../relay/transport/transport.ts';
import type { LogPages } from './log-pages.ts';
import type { Log } from './start.ts';
import { inTransaction, withConnection } from '../postgres/transaction.ts';
import { applyEvents } from './applying.ts';

/** So near the end, the rest is loaded while the projection waits. */
const nearMax = 5000;

/** What a sort or hash of a whole table may take; several rebuilds may run side by side. */
const sortMemory = '64MB';

export interface RebuildParts {
  readonly pool: Pool;
  readonly projection: Projection;
  readonly eventLog: Log;
  readonly transport: Pick<Transport, 'partitionOf'>;
  /** Shared by the rebuilds of a process. */
  readonly pages: LogPages;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly hasEnded: () => boolean;
}

/** The process stops; the operation goes on in the next one. */
export class RebuildInterrupted extends Error {
  override readonly name = 'RebuildInterrupted';
}

/**
 * Makes a projection again beside the one in use, while that one serves and goes on:
 *
 *   load the log into the next tables, page by page, up to where the projection is · compare both at that
 *   position · load what came since · switch the names, in one transaction
 *
 * Each page and its progress are one transaction, so a killed rebuild goes on where it was.
 */
export class Rebuild {
  readonly #parts: RebuildParts;
  readonly #operation: Operation;
  #position: number;
  #skipped: number[];
  #ignored = new Set<number>();
  #isBulk = true;

  constructor(parts: RebuildParts, operation: Operation) {
    this.#parts = parts;
    this.#operation = operation;
    this.#position = operation.position;
    this.#skipped = [...operation.skipped];
  }

  async run(): Promise<void> {
    await this.#prepare();
    const isCompared = this.#operation.comparison !== undefined;
    if (!isCompared && (await this.#compare()) === 'differs') return;
    await this.#switch();
  }

  async #prepare(): Promise<void> {
    const { pool, projection } = this.#parts;
    const discarded = await selectDeadLetters(pool, `where d.consumer = $1 and d.status = 'discarded'`, [
      projection.name,
    ]);
    this.#ignored = new Set(discarded.map((letter) => letter.position));
    await inTransaction(pool, async (db) => {
      const isResumed = this.#operation.state !== 'waiting' && (await hasNext(db, projection));
      if (isResumed) {
        this.#isBulk = !(await isFinished(db, projection));
        return;
      }
      await createNext(db, projection);
      this.#position = 0;
      this.#skipped = [];
      await saveProgress(db, this.#operation.id, { state: 'loading', position: 0, skipped: [] });
    });
  }

  /** Loads up to where the projection is, and holds both against each other there. */
  async #compare(): Promise<'same' | 'differs'> {
    const { pool, projection } = this.#parts;
    await this.#loadTo(() => readModelPosition(pool, [projection.name]));
    await inTransaction(pool, async (db) => {
      await db.query(`set local work_mem = '${sortMemory}'`);
      await finishBulk(db, projection);
    });
    this.#isBulk = false;
    const tables = await withConnection(pool, (reader) => this.#compareAll(reader));
    const isSame = tables.every((table) => table.differences === 0);
    const isAccepted = isSame || this.#operation.acceptDifferences;
    const state = isAccepted ? 'switching' : 'differs';
    await saveProgress(pool, this.#operation.id, { state, comparison: tables });
    return isAccepted ? 'same' : 'differs';
  }

  async #compareAll(reader: PoolClient): Promise<TableComparison[]> {
    const { pool, projection } = this.#parts;
    const position = await this.#takeSnapshot(reader);
    await saveProgress(pool, this.#operation.id, { state: 'comparing' });
    const tables = [];
    for (const table of projection.tables) tables.push(await compareTable(reader, table, position));
    await reader.query('commit');
    return tables;
  }

  /**
   * With the projection held for a moment, the last events are loaded and a snapshot is taken in which both
   * are at the same position. What reads it takes its time.
   */
  #takeSnapshot(reader: PoolClient): Promise<number> {
    const { pool, projection } = this.#parts;
    return inTransaction(pool, async (holder) => {
      await lockProjection(holder, projection);
      const position = await readModelPosition(holder, [projection.name]);
      while (this.#position < position) await this.#loadPage(position);
      await reader.query('begin isolation level repeatable read read only');
      await reader.query(`set local work_mem = '${sortMemory}'`);
      await reader.query('select count(*) from read_models.projections');
      return position;
    });
  }

  async #switch(): Promise<void> {
    const { pool, projection, eventLog } = this.#parts;
    await this.#loadTo(() => eventLog.head());
    await inTransaction(pool, async (db) => {
      await lockLetters(db, projection.name, 'alone');
      await lockProjection(db, projection);
      // No checkpoint is past the head that is read now, so the new tables miss nothing of any partition.
      const head = await eventLog.head();
      while (this.#position < head) await this.#loadPage(head, db);
      await switchToNext(db, projection);
      await db.query(
        `update read_models.projections set generation = generation + 1, base_position = $2,
          state = case when reason = any($3) then 'running' else state end,
          reason = case when reason = any($3) then null else reason end
          where name = $1`,
        [projection.name, head, [resetReason, lostReason]],
      );
      await db.query(
        'update read_models.checkpoints set position = $2 where projection = $1 and position < $2',
        [projection.name, head],
      );
      await clearDrift(db, projection.name);
      await markRebuilt(db, projection.name, { upTo: head, except: this.#skipped });
      await saveProgress(db, this.#operation.id, { state: 'done', target: head });
    });
  }

  /** Until there is little left to a target that may move on. */
  #loadTo(targetOf: () => Promise<number>): Promise<void> {
    return this.#parts.pages.join(this, this.#position, async () => {
      for (;;) {
        const target = await targetOf();
        if (target - this.#position <= nearMax) return;
        await this.#loadPage(target);
      }
    });
  }

  async #loadPage(target: number, within?: PoolClient): Promise<void> {
    const { pool, pages, hasEnded } = this.#parts;
    if (hasEnded()) throw new RebuildInterrupted('the process stops');
    const page = await pages.read(this, this.#position, target);
    if (page === undefined) throw new Error(`the log has nothing after ${this.#position}`);
    // What can't be read here could not be read by the projection, which has parked it.
    const skipped = [...this.#skipped, ...page.unreadable];
    const load = async (db: PoolClient) => {
      await this.#loadEvents(db, page.events);
      await saveProgress(db, this.#operation.id, { position: page.last, target, skipped });
    };
    // A page that is lost with its progress is loaded again, so nobody waits for the disk.
    const loadAlone = async (db: PoolClient) => {
      await db.query('set local synchronous_commit = off');
      await load(db);
    };
    await (within === undefined ? inTransaction(pool, loadAlone) : load(within));
    this.#skipped = skipped;
    this.#position = page.last;
  }

  async #loadEvents(db: PoolClient, events: readonly DecodedEvent[]): Promise<void> {
    const { projection, now } = this.#parts;
    const wanted =
      this.#ignored.size === 0
        ? events
        : events.filter(({ message }) => !this.#ignored.has(message.position));
    const target = this.#isBulk ? 'bulk' : 'next';
    await applyEvents(db, projection, wanted, { target, arrivedAt: now() });
  }
}

/** Holds the projection: its batches wait for the end of this transaction. */
export async function lockProjection(db: PoolClient, { name }: Projection): Promise<void> {
  await db.query('select 1 from read_models.projections where name = $1 for update', [name]);
}
