import { setTimeout as pause } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { lockLetters } from '../dead-letters/parking.ts';
import type { Delivery, Message, Subscription, Transport } from '../relay/transport/transport.ts';
import type { Logger } from '../runtime/log.ts';
import { Batch, messageOf, type BatchOutcome } from './batch.ts';
import { eventFields } from '../runtime/log-fields.ts';
import type { EventDecoder } from './decoded-event.ts';
import { CheckpointLost, isPassing, NotRunning, TooManyParked } from './faults.ts';
import { ParkedShare } from './parked-share.ts';
import type { ProjectionMetrics } from './projection-metrics.ts';
import type { Projection } from './projection.ts';
import { rebuildLost } from './projection-states.ts';
import { inPipelinedTransaction, inTransaction } from '../postgres/transaction.ts';

export interface ProjectorOptions {
  readonly projection: Projection;
  /** The database of the read models. */
  readonly pool: Pool;
  /** The same, by connections that pipeline. */
  readonly pipelines: Pool;
  readonly transport: Transport;
  readonly decoder: EventDecoder;
  readonly metrics: ProjectionMetrics;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A new UUID at each call. */
  readonly mintId: () => string;
}

interface LockedRow {
  readonly state: string;
  readonly generation: number;
  readonly position: string;
  readonly blocked: string[] | null;
}

/** After a delivery with fewer events than this, the next is waited for a little. */
const smallMax = 200;
const smallPauseMs = 15;

/**
 * Keeps one projection up to date. What a delivery changes and how far it goes are one transaction, so that
 * each event counts once however often it is delivered:
 *
 *   lock the letters of this consumer · read state and checkpoint · leave out what is not above it ·
 *   apply, or park what fails by itself · move the checkpoint on · commit
 *
 * Faults of the infrastructure are thrown: the transport delivers again after a pause, for ever. Runs while
 * its state in the database is `running`; whoever changes that calls `check`, or it is noticed within
 * moments.
 */
export class Projector {
  readonly #options: ProjectorOptions;
  readonly #share = new ParkedShare();
  #subscription: Subscription | undefined;
  /** Of the tables when it subscribed: after a switch or a reset the place in the log is another. */
  #generation = 0;
  /** How far this process knows its partitions to be applied. */
  readonly #handled = new Map<string, number>();
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: ProjectorOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.projection.name;
  }

  /** Subscribes or unsubscribes as the state in the database says. One check after the other. */
  check(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#check());
    return this.#turn;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#turn;
    await this.#unsubscribe();
  }

  async #check(): Promise<void> {
    if (this.#isClosed) return;
    const { log } = this.#options;
    try {
      const row = await this.#readState();
      const isWanted = row?.state === 'running';
      const isOther = row?.generation !== this.#generation;
      if (this.#subscription !== undefined && (!isWanted || isOther)) await this.#unsubscribe();
      if (isWanted && this.#subscription === undefined) await this.#subscribe(row.generation);
    } catch (error) {
      log.warn({ err: error, projection: this.name }, 'the state of a projection can not be read now');
    }
  }

  async #readState(): Promise<{ state: string; generation: number } | undefined> {
    const { rows } = await this.#options.pool.query<{ state: string; generation: number }>(
      'select state, generation from read_models.projections where name = $1',
      [this.name],
    );
    return rows[0];
  }

  async #subscribe(generation: number): Promise<void> {
    const { transport, metrics } = this.#options;
    const group = `projections.${this.name}`;
    this.#share.reset();
    this.#handled.clear();
    this.#generation = generation;
    await this.#ensureCheckpoints(await transport.partitionsOf(group));
    this.#subscription = await transport.subscribe({
      group,
      appliedIn: (partition) => this.#appliedIn(partition),
      handle: (delivery) => this.#handle(delivery),
      onFault: (error) => void this.#onFault(error),
    });
    metrics.running.set({ projection: this.name }, 1);
  }

  /** Each partition has its row, so that the lowest of them is how far the projection is. */
  async #ensureCheckpoints(partitions: readonly string[]): Promise<void> {
    await this.#options.pool.query(
      `insert into read_models.checkpoints (projection, partition, position, recorded_at)
        select p.name, part, p.base_position, '1970-01-01Z'
        from read_models.projections p, unnest($2::text[]) as part where p.name = $1
        on conflict do nothing`,
      [this.name, partitions],
    );
  }

  async #unsubscribe(): Promise<void> {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    await subscription?.close();
    this.#options.metrics.running.set({ projection: this.name }, 0);
  }

  async #appliedIn(partition: string): Promise<number> {
    await this.#ensureCheckpoints([partition]);
    const { rows } = await this.#options.pool.query<{ position: string }>(
      `select greatest(c.position, p.base_position) as position from read_models.projections p
        left join read_models.checkpoints c on c.projection = p.name and c.partition = $2
        where p.name = $1`,
      [this.name, partition],
    );
    return Number(rows[0]?.position ?? 0);
  }

  async #handle(delivery: Delivery): Promise<void> {
    const outcome = await this.#tryApply(delivery);
    this.#handled.set(delivery.partition, delivery.position);
    this.#count(delivery, outcome);
    // Many small batches cost several times what one large one does.
    if (delivery.messages.length < smallMax) await pause(smallPauseMs);
  }

  async #tryApply(delivery: Delivery): Promise<BatchOutcome> {
    const { pipelines } = this.#options;
    try {
      return await inPipelinedTransaction(pipelines, (db) => this.#apply(db, delivery, false));
    } catch (error) {
      if (isPassing(error) || error instanceof NotRunning || error instanceof CheckpointLost)
        throw error;
      return inPipelinedTransaction(pipelines, (db) => this.#apply(db, delivery, true));
    }
  }

  async #apply(db: PoolClient, delivery: Delivery, isCareful: boolean): Promise<BatchOutcome> {
    const { partition, messages } = delivery;
    const { applied, blocked } = await this.#lock(db, partition);
    const fresh = ascending(messages, applied);
    const batch = new Batch({ ...this.#options, share: this.#share }, db, {
      partition,
      blocked,
      isCareful,
    });
    const applying = batch.apply(fresh);
    // What is rolled back to a savepoint must not take the checkpoint along.
    if (isCareful) await applying;
    const [outcome] = await Promise.all([
      applying,
      this.#moveCheckpoint(db, delivery, fresh.at(-1)?.recordedAt),
    ]);
    return outcome;
  }

  /** Sent together, run one after the other. */
  async #lock(db: PoolClient, partition: string): Promise<{ applied: number; blocked: Set<string> }> {
    const { transport } = this.#options;
    const [, checkpoint] = await Promise.all([
      lockLetters(db, this.name, 'shared'),
      this.#lockCheckpoint(db, partition),
      // The log itself is read from the checkpoint after every fault, so a checkpoint may be lost with its effects.
      transport.name === 'postgres' ? db.query('set local synchronous_commit = off') : undefined,
    ]);
    return checkpoint;
  }

  async #moveCheckpoint(
    db: PoolClient,
    { partition, position }: Delivery,
    time: number | undefined,
  ): Promise<void> {
    await db.query({
      name: 'move-checkpoint',
      text: `update read_models.checkpoints set position = greatest(position, $3),
          recorded_at = coalesce($4, recorded_at)
        where projection = $1 and partition = $2`,
      values: [this.name, partition, position, time === undefined ? null : new Date(time)],
    });
  }

  /**
   * Whoever switches generations or rebuilds holds the row alone, and this waits for it. The letters were
   * locked by the statement before, so those that are read here are all there are.
   */
  async #lockCheckpoint(
    db: PoolClient,
    partition: string,
  ): Promise<{ applied: number; blocked: Set<string> }> {
    const { rows } = await db.query<LockedRow>({
      name: 'lock-checkpoint',
      text: `select p.state, p.generation, greatest(p.base_position, c.position) as position,
          (select array_agg(distinct k) from read_models.dead_letters d, unnest(d.keys) k
            where d.consumer = p.name and d.status = 'parked') as blocked
        from read_models.projections p
        join read_models.checkpoints c on c.projection = p.name and c.partition = $2
        where p.name = $1 for share of p for update of c`,
      values: [this.name, partition],
    });
    const [row] = rows;
    if (row === undefined) throw new NotRunning(`${this.name} has no checkpoint of ${partition} yet`);
    if (row.state !== 'running') throw new NotRunning(`${this.name} is ${row.state}`);
    if (row.generation !== this.#generation)
      throw new NotRunning(`${this.name} has other tables than when it subscribed`);
    const applied = Number(row.position);
    if (applied < (this.#handled.get(partition) ?? 0)) {
      this.#handled.delete(partition);
      const detail = `the checkpoint of ${this.name} in ${partition} went back to ${applied}`;
      if (this.#options.transport.name === 'postgres') throw new NotRunning(detail);
      throw new CheckpointLost(`${detail}, which the broker does not know: rebuild it`);
    }
    return { applied, blocked: new Set(row.blocked) };
  }

  #count(delivery: Delivery, { applied, parked }: BatchOutcome): void {
    const { metrics, now, log } = this.#options;
    const labels = { consumer: this.name };
    if (applied > 0) {
      metrics.consumed.inc(labels, applied);
      const oldest = delivery.messages[0]?.recordedAt ?? now();
      metrics.latency.observe({ projection: this.name }, Math.max(0, now() - oldest) / 1000);
    }
    if (parked.length === 0) return;
    metrics.parked.inc(labels, parked.length);
    for (const { position, status, message, ...letter } of parked) {
      const ids = eventFields(messageOf({ position, ...letter }));
      log.error(
        { projection: this.name, position, ...ids, status, error: message },
        'an event was parked',
      );
    }
  }

  async #onFault(error: unknown): Promise<void> {
    const { log } = this.#options;
    if (this.#isClosed || error instanceof NotRunning) return void this.check();
    if (error instanceof TooManyParked) return this.#stop(error.message);
    const isLost =
      error instanceof CheckpointLost || (error instanceof Error && error.name === 'PositionLost');
    if (isLost) return this.#recover(error.message);
    log.warn({ err: error, projection: this.name }, 'a projection met a fault and will try again');
  }

  /** What the broker does not have any more is in the log. */
  async #recover(reason: string): Promise<void> {
    const { pool, log, mintId } = this.#options;
    log.error(
      { projection: this.name, reason },
      'a projection lost its place and is made again from the log',
    );
    try {
      await inTransaction(pool, (db) => rebuildLost(db, this.#options.projection.name, mintId()));
    } catch (error) {
      log.warn({ err: error, projection: this.name }, 'a projection could not ask to be made again');
    }
    await this.check();
  }

  /** Says in the database that it stopped itself; `check` then gives the subscription up. */
  async #stop(reason: string): Promise<void> {
    const { pool, log } = this.#options;
    log.error({ projection: this.name, reason }, 'a projection stopped itself');
    try {
      await pool.query(
        `update read_models.projections set state = 'stopped', reason = $2,
          changed_at = clock_timestamp() where name = $1 and state = 'running'`,
        [this.name, reason],
      );
      await this.check();
    } catch (error) {
      log.warn({ err: error, projection: this.name }, 'a projection could not say that it stopped');
    }
  }
}

/** What is not above all that came before it is a repeat. */
function ascending(messages: readonly Message[], applied: number): Message[] {
  let highest = applied;
  return messages.filter(({ position }) => {
    if (position <= highest) return false;
    highest = position;
    return true;
  });
}
