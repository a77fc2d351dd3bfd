import { fromBinary } from '@bufbuild/protobuf';
import { TransferScheduledSchema } from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import type { ClientBase, Pool } from 'pg';
import { inTransaction } from '../postgres/transaction.ts';
import type { Delivery, Message } from '../relay/transport/transport.ts';

/** A checkpoint that moves past nothing of the worker's is saved this often: what is read again does no harm. */
const idleSaveMs = 1000;

/**
 * What an event means to the jobs; the types that are not here mean nothing to them. A job ends with the answer
 * to its run, so the events of that are not needed.
 */
const effects: ReadonlyMap<string, 'begin' | 'end'> = new Map([
  ['TransferInitiated', 'begin'],
  ['TransferScheduled', 'begin'],
  ['TransferCancelled', 'end'],
]);

/**
 * Makes jobs of events, in one transaction with the checkpoint. Several workers may read the same log: the
 * checkpoint's row is locked, and what another one has taken in is skipped.
 */
export class JobIntake {
  readonly #pool: Pool;
  readonly #monotonic: () => number;
  #savedAt = Number.NEGATIVE_INFINITY;

  constructor(pool: Pool, monotonic: () => number) {
    this.#pool = pool;
    this.#monotonic = monotonic;
  }

  async appliedIn(partition: string): Promise<number> {
    const { rows } = await this.#pool.query<{ position: string }>(
      'select position from worker.checkpoints where partition = $1',
      [partition],
    );
    return Number(rows[0]?.position ?? 0);
  }

  /** @returns whether there are new jobs. */
  async take(delivery: Delivery): Promise<boolean> {
    const messages = delivery.messages.filter((message) => effects.has(message.type));
    if (messages.length === 0 && this.#monotonic() - this.#savedAt < idleSaveMs) return false;
    await this.#inTransaction(async (client) => {
      const from = await lockCheckpoint(client, delivery.partition);
      for (const message of messages)
        if (message.position > from) await applyMessage(client, delivery.partition, message);
      await client.query(
        'update worker.checkpoints set position = greatest(position, $2) where partition = $1',
        [delivery.partition, delivery.position],
      );
    });
    this.#savedAt = this.#monotonic();
    return messages.length > 0;
  }

  #inTransaction(work: (client: ClientBase) => Promise<void>): Promise<void> {
    return inTransaction(this.#pool, async (client) => {
      // Lost in a crash of the database, jobs and checkpoint are lost together, and read again.
      await client.query('set local synchronous_commit = off');
      await work(client);
    });
  }
}

async function lockCheckpoint(client: ClientBase, partition: string): Promise<number> {
  const { rows } = await client.query<{ position: string }>(
    `insert into worker.checkpoints as c (partition, position) values ($1, 0)
      on conflict (partition) do update set position = c.position returning position`,
    [partition],
  );
  return Number(rows[0]?.position ?? 0);
}

async function applyMessage(client: ClientBase, partition: string, message: Message): Promise<void> {
  if (effects.get(message.type) === 'begin') return beginJob(client, partition, message);
  await client.query('delete from worker.jobs where transfer_id = $1', [message.key]);
}

/** A job that was given up begins anew when its transfer is initiated again. */
export async function beginJob(client: ClientBase, partition: string, message: Message): Promise<void> {
  await client.query({
    name: 'begin-job',
    text: `insert into worker.jobs (transfer_id, ledger, partition, position, event_id, traceparent, correlation_id, due_at)
      values ($1, $2, $3, $4, $5, $6, $7, coalesce($8::timestamptz, clock_timestamp()))
      on conflict (transfer_id) do update set partition = excluded.partition, position = excluded.position, event_id = excluded.event_id,
        traceparent = excluded.traceparent, correlation_id = excluded.correlation_id, state = 'waiting',
        due_at = excluded.due_at, attempts = 0, last_error = null, first_failed_at = null,
        last_failed_at = null
        where jobs.position < excluded.position`,
    values: [
      message.key,
      message.ledger,
      partition,
      message.position,
      message.eventId,
      message.traceparent ?? null,
      message.correlationId ?? null,
      dueAt(message),
    ],
  });
}

function dueAt(message: Message): Date | null {
  if (message.type !== 'TransferScheduled') return null;
  const { transfer } = fromBinary(TransferScheduledSchema, message.payload);
  return new Date(Number(transfer?.executeUnixMs ?? 0n));
}
