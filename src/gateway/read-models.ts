import { isJsonObject, type Json } from '@credit-ledger/contract/json.ts';
import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import type { Answer as Found, Queryable } from '../ledger/read-answer.ts';
import { readHead } from '../ledger/read-ledgers.ts';
import type { ReadSource } from '../ledger/read-source.ts';
import { listDrifted } from '../projections/drift.ts';
import { isPassing } from '../projections/faults.ts';
import { readModelPosition } from '../projections/projection-states.ts';
import type { ProjectionName } from '../projections/projection.ts';
import { isStream, type Answer } from './answer.ts';
import type { AnyCall } from './call.ts';
import { RequestError } from './request-error.ts';

const callersMax = 10_000;
/** What a reconciliation found is looked at this often at most. */
/** Who waits for a position is told one of at most this long ago. */
const awaitedMs = 10;
const driftMs = 500;

/** A read that the read models can answer, or the ledger. */
export interface ModelRead<Value, Source = ReadSource> {
  readonly from: readonly ProjectionName[];
  readonly source: Source;
  readonly ledgerSource: Source;
  readonly read: (db: Queryable, source: Source) => Promise<Found<Value>>;
  /** The position that an answer is of. */
  readonly asOf: (value: Value) => number;
  /** The answer goes on with a page that was frozen at a position, which a read model may not have reached. */
  readonly isFrozen: boolean;
}

/**
 * Reads from the read models, or from the ledger where they can't give what the caller may expect: what this
 * process has answered it before, its own writes above all; the next page of what the ledger began; what a
 * reconciliation found to differ from the journal; anything while their database is away; and every refusal, because what they do not know yet the ledger may.
 */
export class ReadModels {
  /** As the owner: for operators. */
  readonly pool: Pool;
  /** What requests read by, which sees their ledgers only. */
  readonly db: Queryable;
  readonly #ledgerDb: Queryable;
  /** How far what each caller was answered by this process goes, be it a write or a read. */
  readonly #seen = new LRUCache<string, number>({ max: callersMax });
  /** The same for whoever is not remembered; undefined until it is known where this process began. */
  #floor: number | undefined;
  readonly #awaited = new Map<string, { readonly at: number; readonly position: Promise<number> }>();
  #drifted: { readonly names: ReadonlySet<string>; readonly at: number } | undefined;

  constructor(pool: Pool, ledgerDb: Queryable, db: Queryable = pool) {
    this.pool = pool;
    this.db = db;
    this.#ledgerDb = ledgerDb;
  }

  async read<Value, Source>(call: AnyCall, request: ModelRead<Value, Source>): Promise<Found<Value>> {
    const drifted = await this.driftedAmong(request.from);
    const answer = drifted.length > 0 ? undefined : await this.#tryModels(call, request);
    return answer ?? request.read(this.#ledgerDb, request.ledgerSource);
  }

  /** How far these projections are; 0 while their database is away. */
  async positionOf(from: readonly ProjectionName[]): Promise<number> {
    try {
      return await readModelPosition(this.pool, from);
    } catch (error) {
      if (isPassing(error)) return 0;
      throw error;
    }
  }

  /**
   * The same for those who wait until it is far enough: they ask together, as there may be hundreds of them while the
   * projections are behind.
   */
  awaitedPositionOf(from: readonly ProjectionName[]): Promise<number> {
    const key = from.join(' ');
    const known = this.#awaited.get(key);
    const now = performance.now();
    if (known !== undefined && now - known.at < awaitedMs) return known.position;
    const position = this.positionOf(from);
    this.#awaited.set(key, { at: now, position });
    return position;
  }

  /** Which of these projections a reconciliation found different from the journal. */
  async driftedAmong(from: readonly ProjectionName[]): Promise<readonly ProjectionName[]> {
    try {
      if (this.#drifted === undefined || performance.now() - this.#drifted.at > driftMs)
        this.#drifted = { names: await listDrifted(this.pool), at: performance.now() };
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    return from.filter((name) => this.#drifted?.names.has(name) === true);
  }

  /** Remembers how far an answer goes: whoever saw it, sees nothing older later. */
  noteAnswer({ caller }: AnyCall, { body }: Answer): void {
    if (isStream(body) || !isJsonObject(body)) return;
    const position = Math.max(positionIn(body), ...listOf(body['data']).map(positionIn));
    if (position > (this.#seen.get(caller.keyId) ?? 0)) this.#seen.set(caller.keyId, position);
  }

  async #tryModels<Value, Source>(
    { caller }: AnyCall,
    request: ModelRead<Value, Source>,
  ): Promise<Found<Value> | undefined> {
    try {
      const reached = request.isFrozen ? await this.positionOf(request.from) : Number.POSITIVE_INFINITY;
      const needed = Math.max(await this.#findFloor(), this.#seen.get(caller.keyId) ?? 0);
      const answer = await request.read(this.db, request.source);
      if (answer.kind === 'refused') return undefined;
      const asOf = request.asOf(answer.value);
      return (request.isFrozen || asOf >= needed) && asOf <= reached ? answer : undefined;
    } catch (error) {
      if (isPassing(error)) return undefined;
      throw error;
    }
  }

  /** What was committed before this process began may be anybody's. */
  async #findFloor(): Promise<number> {
    return (this.#floor ??= (await readHead(this.#ledgerDb)).position);
  }
}

function positionIn(body: Json): number {
  if (!isJsonObject(body)) return 0;
  const { position, as_of_position: asOf } = body;
  if (typeof position === 'number') return position;
  return typeof asOf === 'number' ? asOf : 0;
}

function listOf(data: Json | undefined): readonly Json[] {
  return isList(data) ? data : [];
}

function isList(data: Json | undefined): data is readonly Json[] {
  return Array.isArray(data);
}

/** @throws {RequestError} not_found in a process that has no read models */
export function requireReadModels(models: ReadModels | undefined): ReadModels {
  if (models !== undefined) return models;
  throw new RequestError('not_found', 'there are no read models here');
}
