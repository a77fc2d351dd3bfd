import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';

/** A small seeded generator (mulberry32): the same seed, the same run. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One transfer that a worker asked for, with what it knows of it. */
interface Operation {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  /** The transfer's id once it was acknowledged. */
  acknowledged: string | undefined;
}

interface Target {
  readonly url: string;
  readonly adminKey: string;
}

const attemptMsMax = 20_000;
const standstillMsMax = 60_000;

/**
 * Clients that transfer between a few accounts and take every doubt to the same key: each operation is
 * tried until it is acknowledged, or given up after a failure and left unknown.
 */
export class Workload {
  readonly operations: Operation[] = [];
  readonly #targets: () => readonly Target[];
  readonly #random: () => number;
  #accounts: readonly string[] = [];
  #isStopped = false;
  #isAbandoned = false;
  #workers: Promise<void>[] = [];
  #acknowledged = 0;
  readonly #surprises: string[] = [];

  constructor(targets: () => readonly Target[], random: () => number) {
    this.#targets = targets;
    this.#random = random;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  async start(workers: number): Promise<void> {
    const { url, adminKey } = this.#target(0);
    this.#accounts = await Promise.all(Array.from({ length: 8 }, () => openAccount(url, adminKey)));
    this.#workers = Array.from({ length: workers }, (_, worker) => this.#work(worker));
  }

  /** Resolves when the clients have got on: `more` further operations acknowledged. Fails after a minute without. */
  async progress(more: number): Promise<void> {
    const goal = this.#acknowledged + more;
    const until = performance.now() + standstillMsMax;
    while (this.#acknowledged < goal && this.#surprises.length === 0) {
      assert.ok(performance.now() < until, `stands still at ${this.#acknowledged} acknowledged`);
      await delay(5);
    }
  }

  /** Lets every operation under way come to its end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#workers);
    assert.deepEqual(this.#surprises, [], 'only success, or an answer that invites a retry');
  }

  /** Ends the clients where they are. */
  abandon(): void {
    this.#isStopped = true;
    this.#isAbandoned = true;
  }

  /**
   * Every acknowledged transfer is there once, with its id; unknown ones at most once; and nothing else is.
   */
  async verify(client: Client): Promise<void> {
    const { rows } = await client.query<{
      id: string;
      external_id: string;
      status: string;
      amount: string;
    }>('select id, external_id, status, amount_minor as amount from ledger.transfers');
    const found = Map.groupBy(rows, (row) => row.external_id);
    for (const operation of this.operations) {
      const [first, ...more] = found.get(operation.name) ?? [];
      assert.equal(more.length, 0, `${operation.name} counts once`);
      if (operation.acknowledged === undefined && first === undefined) continue;
      assert.equal(first?.status, 'COMPLETED', `${operation.name} is there`);
      assert.equal(first.amount, String(operation.amount));
      if (operation.acknowledged !== undefined) assert.equal(first.id, operation.acknowledged);
      found.delete(operation.name);
    }
    for (const operation of this.operations) found.delete(operation.name);
    assert.deepEqual([...found.keys()], [], 'nothing that nobody asked for');
  }

  #target(index: number): Target {
    const targets = this.#targets();
    const target = targets[index % targets.length];
    assert.ok(target !== undefined, 'a server runs');
    return target;
  }

  async #work(worker: number): Promise<void> {
    for (let count = 0; !this.#isStopped; count += 1) {
      const operation = this.#invent(`w${worker}-${count}`);
      this.operations.push(operation);
      await this.#run(operation, worker);
    }
  }

  #invent(name: string): Operation {
    const from = Math.floor(this.#random() * this.#accounts.length);
    const to =
      (from + 1 + Math.floor(this.#random() * (this.#accounts.length - 1))) % this.#accounts.length;
    const amount = 1 + Math.floor(this.#random() * 1000);
    return {
      name,
      from: this.#accounts[from] ?? '',
      to: this.#accounts[to] ?? '',
      amount,
      acknowledged: undefined,
    };
  }

  async #run(operation: Operation, worker: number): Promise<void> {
    const givesUp = this.#random() < 0.1;
    for (let attempt = 0; ; attempt += 1) {
      const id = await this.#attempt(operation, this.#target(worker + attempt));
      if (id !== undefined) {
        operation.acknowledged = id;
        this.#acknowledged += 1;
        return;
      }
      if (givesUp || this.#isAbandoned || this.#surprises.length > 0) return;
      await delay(10);
    }
  }

  async #attempt(
    { name, from, to, amount }: Operation,
    { url, adminKey }: Target,
  ): Promise<string | undefined> {
    const body = { from, to, amount_minor: amount, currency: 'USD', external_id: name };
    try {
      const response = await fetch(`${url}/v1/transfers`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${adminKey}`,
          'content-type': 'application/json',
          'idempotency-key': name,
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(attemptMsMax),
      });
      const answer: unknown = await response.json();
      if (response.status === 201) return readId(answer);
      if (response.status !== 503 && response.status !== 409)
        this.#surprises.push(`${name}: ${JSON.stringify(answer)}`);
    } catch {
      // The connection failed: whether it counted is what the next attempt with the same key finds out.
    }
    return undefined;
  }
}

function readId(answer: unknown): string {
  assert.ok(
    typeof answer === 'object' && answer !== null && 'id' in answer && typeof answer.id === 'string',
  );
  return answer.id;
}

async function openAccount(url: string, adminKey: string): Promise<string> {
  const response = await fetch(`${url}/v1/accounts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ currency: 'USD' }),
  });
  return readId(await response.json());
}
