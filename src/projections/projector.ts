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
import { Rounds } from './rounds.ts';
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
  readonly partition: string;
  readonly state: string;
  readonly generation: number;
  readonly position: string;
  readonly blocked: string[] | null;
}

interface Locked {
  /** Up to where each partition is applied. */
  readonly applied: ReadonlyMap<string, number>;
  readonly blocked: Set<string>;
}

/** After a round with fewer events than this, the next is waited for a little. */
const smallMax = 200;
const smallPauseMs = 15;

/**
 * Keeps one projection up to date. What a round of deliveries changes and how far each goes are one transaction, so
 * that each event counts once however often it is delivered:
 *
 *   lock the letters of this consumer · read state and checkpoints · leave out what is not above them ·
 *   apply, or park what fails by itself · move the checkpoints on · commit
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
  readonly #rounds = new Rounds((deliveries) => this.#handle(deliveries));
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
      handle: (delivery) => this.#rounds.add(delivery),
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

  async #handle(deliveries: readonly Delivery[]): Promise<void> {
    const outcome = await this.#tryApply(deliveries);
    for (const { partition, position } of deliveries) this.#handled.set(partition, position);
    this.#count(deliveries, outcome);
    const events = deliveries.reduce((sum, { messages }) => sum + messages.length, 0);
    // Many small batches cost several times what one large one does.
    if (events < smallMax) await pause(smallPauseMs);
  }

  async #tryApply(deliveries: readonly Delivery[]): Promise<BatchOutcome> {
    const { pipelines } = this.#options;
    try {
      return await inPipelinedTransaction(pipelines, (db) => this.#apply(db, deliveries, false));
    } catch (error) {
      if (isPassing(error) || error instanceof NotRunning || error instanceof CheckpointLost)
        throw error;
      return inPipelinedTransaction(pipelines, (db) => this.#apply(db, deliveries, true));
    }
  }

  async #apply(
    db: PoolClient,
    deliveries: readonly Delivery[],
    isCareful: boolean,
  ): Promise<BatchOutcome> {
    const { applied, blocked } = await this.#lock(
      db,
      deliveries.map(({ partition }) => partition),
    );
    const fresh = deliveries.map((delivery) => ({
      ...delivery,
      messages: ascending(delivery.messages, applied.get(delivery.partition) ?? 0),
    }));
    const partitionOf = (message: Message): string =>
      fresh.find(({ messages }) => messages.includes(message))?.partition ?? '';
    const place = { partitionOf, blocked, isCareful };
    const batch = new Batch({ ...this.#options, share: this.#share }, db, place);
    const applying = batch.apply(inOrder(fresh));
    // What is rolled back to a savepoint must not take the checkpoints along.
    if (isCareful) await applying;
    const [outcome] = await Promise.all([applying, this.#moveCheckpoints(db, fresh)]);
    return outcome;
  }

  /** Sent together, run one after the other. */
  async #lock(db: PoolClient, partitions: readonly string[]): Promise<Locked> {
    const { transport } = this.#options;
    const [, locked] = await Promise.all([
      lockLetters(db, this.name, 'shared'),
      this.#lockCheckpoints(db, partitions),
      // The log itself is read from the checkpoint after every fault, so a checkpoint may be lost with its effects.
      transport.name === 'postgres' ? db.query('set local synchronous_commit = off') : undefined,
    ]);
    return locked;
  }

  async #moveCheckpoints(db: PoolClient, deliveries: readonly Delivery[]): Promise<void> {
    const times = deliveries.map(({ messages }) => messages.at(-1)?.recordedAt);
    await db.query({
      name: 'move-checkpoints',
      text: `update read_models.checkpoints c set position = greatest(c.position, d.position),
          recorded_at = coalesce(d.recorded_at, c.recorded_at)
        from unnest($2::text[], $3::bigint[], $4::timestamptz[]) as d (partition, position, recorded_at)
        where c.projection = $1 and c.partition = d.partition`,
      values: [
        this.name,
        deliveries.map(({ partition }) => partition),
        deliveries.map(({ position }) => position),
        times.map((time) => (time === undefined ? null : new Date(time))),
      ],
    });
  }

  /**
   * Whoever switches generations or rebuilds holds the projection's row alone, and this waits for it. The letters were
   * locked by the statement before, so those that are read here are all there are.
   */
  async #lockCheckpoints(db: PoolClient, partitions: readonly string[]): Promise<Locked> {
    const { rows } = await db.query<LockedRow>({
      name: 'lock-checkpoints',
      text: `select c.partition, p.state, p.generation, greatest(p.base_position, c.position) as position,
          (select array_agg(distinct k) from read_models.dead_letters d, unnest(d.keys) k
            where d.consumer = p.name and d.status = 'parked') as blocked
        from read_models.projections p
        join read_models.checkpoints c on c.projection = p.name and c.partition = any($2)
        where p.name = $1 order by c.partition for share of p for update of c`,
      values: [this.name, partitions],
    });
    const applied = new Map(rows.map((row) => [row.partition, this.#readCheckpoint(row)]));
    const unknown = partitions.find((partition) => !applied.has(partition));
    if (unknown !== undefined) throw new NotRunning(`${this.name} has no checkpoint of ${unknown} yet`);
    return { applied, blocked: new Set(rows[0]?.blocked) };
  }

  /** @returns up to where its partition is applied */
  #readCheckpoint({ partition, state, generation, position }: LockedRow): number {
    if (state !== 'running') throw new NotRunning(`${this.name} is ${state}`);
    if (generation !== this.#generation)
      throw new NotRunning(`${this.name} has other tables than when it subscribed`);
    const applied = Number(position);
    if (applied < (this.#handled.get(partition) ?? 0)) {
      this.#handled.delete(partition);
      const detail = `the checkpoint of ${this.name} in ${partition} went back to ${applied}`;
      if (this.#options.transport.name === 'postgres') throw new NotRunning(detail);
      throw new CheckpointLost(`${detail}, which the broker does not know: rebuild it`);
    }
    return applied;
  }

  #count(deliveries: readonly Delivery[], { applied, parked }: BatchOutcome): void {
    const { metrics, now, log } = this.#options;
    const labels = { consumer: this.name };
    if (applied > 0) {
      metrics.consumed.inc(labels, applied);
      const times = deliveries.flatMap(({ messages }) => messages[0]?.recordedAt ?? []);
      const oldest = Math.min(now(), ...times);
      metrics.latency.observe({ projection: this.name }, (now() - oldest) / 1000);
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

/** Partition by partition each is in order already, and positions are those of the whole log. */
function inOrder(deliveries: readonly Delivery[]): readonly Message[] {
  const [first, ...others] = deliveries;
  if (first === undefined || others.length === 0) return first?.messages ?? [];
  return deliveries
    .flatMap(({ messages }) => messages)
    .toSorted((one, other) => one.position - other.position);
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
