import { stringifyJson, type Json, type JsonObject } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import type { ClientBase, Pool } from 'pg';
import { viewEvent, viewPayload } from '../ledger/event-view.ts';
import { externalAccountId } from '../ledger/external-account.ts';
import { inTransaction } from '../postgres/transaction.ts';
import type { Delivery, Message } from '../relay/transport/transport.ts';

/** A checkpoint that moves past nothing that is sent is saved this often: what is read again does no harm. */
const idleSaveMs = 1000;

/** What is caught up at once, in one transaction. */
const pageMax = 1000;

/** Which events an endpoint wants. */
interface Wish {
  readonly id: string;
  readonly ledgers: readonly string[];
  readonly event_types: readonly string[] | null;
  readonly account_ids: readonly string[] | null;
  readonly after_position: string;
}

export interface IntakeOptions {
  readonly pool: Pool;
  /** The broker does not read again what a crash of the database took back after it was handled. */
  readonly isDurable: boolean;
  readonly monotonic: () => number;
}

/** Where the intake finds what a broker has lost. */
export interface CatchUpSource {
  readonly partitions: readonly string[];
  /** The next events of the log after a position. */
  readonly read: (after: number, limit: number) => Promise<Message[]>;
  /** Through which partition the broker would have brought an event. */
  readonly partitionOf: (message: Message) => Promise<string>;
}

/**
 * Makes deliveries of events, in one transaction with the checkpoint: an event counts once for an endpoint, however
 * often it comes and whoever takes it in.
 */
export class WebhookIntake {
  readonly #options: IntakeOptions;
  #savedAt = Number.NEGATIVE_INFINITY;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Each partition has its row, so that the lowest of them is how far the intake is. */
  async ensureCheckpoints(partitions: readonly string[]): Promise<void> {
    await this.#options.pool.query(
      'insert into webhooks.checkpoints select unnest($1::text[]), 0 on conflict do nothing',
      [partitions],
    );
  }

  async appliedIn(partition: string): Promise<number> {
    const { rows } = await this.#options.pool.query<{ position: string }>(
      'select position from webhooks.checkpoints where partition = $1',
      [partition],
    );
    return Number(rows[0]?.position ?? 0);
  }

  /** @returns whether there are new deliveries. */
  async take(delivery: Delivery): Promise<boolean> {
    const { pool, isDurable, monotonic } = this.#options;
    const wishes = await readWishes(pool);
    // With several partitions, what is behind one of them waits for it: each has to be known to the position.
    const isIdle = wishes.length === 0 || (delivery.messages.length === 0 && !isDurable);
    if (isIdle && monotonic() - this.#savedAt < idleSaveMs) return false;
    const made = await inTransaction(pool, async (db) => {
      await db.query(`set local synchronous_commit = ${isDurable ? 'on' : 'off'}`);
      const from = await lockCheckpoint(db, delivery.partition);
      const fresh = delivery.messages.filter(({ position }) => position > from);
      const count = await insertAll(
        db,
        fresh.flatMap((message) => choose(message, wishes)),
      );
      await db.query(
        'update webhooks.checkpoints set position = greatest(position, $2) where partition = $1',
        [delivery.partition, delivery.position],
      );
      return count;
    });
    this.#savedAt = monotonic();
    return made > 0;
  }

  /**
   * Takes in what the log has after the checkpoints, up to its end, page by page. What a partition brought already is
   * left out, so nothing is made twice. @returns how many deliveries are new
   */
  async catchUp(source: CatchUpSource): Promise<number> {
    let made = 0;
    for (let isWhole = false; !isWhole;) {
      const page = await this.#takePage(source);
      made += page.made;
      isWhole = page.isLast;
    }
    return made;
  }

  async #takePage({ partitions, read, partitionOf }: CatchUpSource) {
    const { pool } = this.#options;
    // Before the wishes are read: an endpoint that is made after this wants later events only.
    const unwanted = await readUnwanted(pool);
    const wishes = await readWishes(pool);
    return inTransaction(pool, async (db) => {
      const places = await lockCheckpoints(db, partitions);
      const from = Math.max(unwanted, Math.min(...places.values()));
      const page = await read(from, pageMax);
      const isFresh = await Promise.all(
        page.map(async (message) => message.position > (places.get(await partitionOf(message)) ?? 0)),
      );
      const fresh = page.filter((_, index) => isFresh[index]);
      const made = await insertAll(
        db,
        fresh.flatMap((message) => choose(message, wishes)),
      );
      await db.query(
        'update webhooks.checkpoints set position = greatest(position, $2) where partition = any($1)',
        [partitions, page.at(-1)?.position ?? from],
      );
      return { made, isLast: page.length < pageMax };
    });
  }
}

/** The position up to which no endpoint wants anything. */
async function readUnwanted(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ position: string }>(
    `select coalesce(min(after_position), (select position from ledger.head)) as position
      from webhooks.endpoints`,
  );
  return Number(rows[0]?.position ?? 0);
}

async function lockCheckpoints(
  db: ClientBase,
  partitions: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await db.query<{ partition: string; position: string }>(
    `select partition, position from webhooks.checkpoints where partition = any($1)
      order by partition for update`,
    [partitions],
  );
  return new Map(rows.map(({ partition, position }) => [partition, Number(position)]));
}

/** A statement of its own for each delivery, so that whoever is there when an event is committed gets it. */
async function readWishes(pool: Pool): Promise<Wish[]> {
  const text = 'select id, ledgers, event_types, account_ids, after_position from webhooks.endpoints';
  return (await pool.query<Wish>({ name: 'webhook-wishes', text })).rows;
}

async function lockCheckpoint(db: ClientBase, partition: string): Promise<number> {
  const { rows } = await db.query<{ position: string }>(
    `insert into webhooks.checkpoints as c (partition, position) values ($1, 0)
      on conflict (partition) do update set position = c.position returning position`,
    [partition],
  );
  return Number(rows[0]?.position ?? 0);
}

/** A message with the endpoints that are sent it. */
interface Outgoing {
  readonly message: Message;
  readonly payload: JsonObject;
  readonly accounts: readonly string[];
  readonly endpoints: readonly string[];
}

function choose(message: Message, wishes: readonly Wish[]): Outgoing[] {
  const likely = wishes.filter((wish) => isLikely(wish, message));
  if (likely.length === 0) return [];
  const payload = viewPayload(message);
  const accounts = accountsOf(message, payload);
  const meant = likely.filter(
    ({ account_ids: ids }) => ids === null || ids.some((id) => accounts.has(id)),
  );
  if (meant.length === 0) return [];
  const endpoints = meant.map(({ id }) => id);
  return [{ message, payload, accounts: orderedBy(message, accounts), endpoints }];
}

function isLikely(
  { ledgers, event_types: types, after_position: after }: Wish,
  message: Message,
): boolean {
  return (
    message.position > Number(after) &&
    ledgers.includes(message.ledger) &&
    (types === null || types.includes(message.type))
  );
}

/** @returns how many deliveries are new */
async function insertAll(db: ClientBase, outgoing: readonly Outgoing[]): Promise<number> {
  if (outgoing.length === 0) return 0;
  await db.query({
    name: 'insert-webhook-messages',
    text: `insert into webhooks.messages (id, position, type, ledger, body, traceparent)
      select * from jsonb_to_recordset($1::jsonb)
        as m (id uuid, position bigint, type text, ledger text, body text, traceparent text)
      on conflict do nothing`,
    values: [JSON.stringify(outgoing.map(toMessageRow))],
  });
  const { rowCount } = await db.query({
    name: 'insert-webhook-deliveries',
    text: `insert into webhooks.deliveries (endpoint_id, message_id, position, accounts)
      select e.id, w.message, w.position, w.accounts
        from jsonb_to_recordset($1::jsonb) as w (endpoint uuid, message uuid, position bigint, accounts uuid[])
        join webhooks.endpoints e on e.id = w.endpoint
      on conflict do nothing`,
    values: [JSON.stringify(outgoing.flatMap(toDeliveryRows))],
  });
  return rowCount ?? 0;
}

function toMessageRow({ message, payload }: Outgoing) {
  const { eventId: id, position, type, ledger, traceparent } = message;
  const timestamp = formatTime(message.recordedAt);
  const body = stringifyJson({ type, timestamp, data: viewEvent(message, payload) });
  return { id, position, type, ledger, body, traceparent };
}

function toDeliveryRows({ message, accounts, endpoints }: Outgoing) {
  const { eventId, position } = message;
  return endpoints.map((endpoint) => ({ endpoint, message: eventId, position, accounts }));
}

/** The accounts an event is about, each with its currency where the event says it. */
function accountsOf(message: Message, payload: JsonObject): Map<string, string | undefined> {
  const accounts = new Map<string, string | undefined>();
  if (message.aggregate === 'account') accounts.set(message.key, textOf(payload['currency']));
  const { transfer } = payload;
  if (isObject(transfer)) {
    const amount = transfer['amount'];
    const currency = isObject(amount) ? textOf(amount['currency']) : undefined;
    for (const side of [transfer['from'], transfer['to']])
      if (typeof side === 'string') accounts.set(side, currency);
  }
  for (const state of Array.isArray(payload['accounts']) ? payload['accounts'] : [])
    if (isObject(state)) accounts.set(textOf(state['account_id']) ?? '', textOf(state['currency']));
  return accounts;
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The accounts whose events keep their order on the wire. The world outside is a side of every deposit: in its
 * order one slow answer would hold up them all.
 */
function orderedBy(message: Message, accounts: ReadonlyMap<string, string | undefined>): string[] {
  return [...accounts]
    .filter(
      ([id, currency]) => currency === undefined || id !== externalAccountId(message.ledger, currency),
    )
    .map(([id]) => id);
}
