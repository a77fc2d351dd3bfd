import type { Pool } from 'pg';
import { backoffMs } from '../relay/backoff.ts';
import { dropLease, takeLease } from '../relay/lease.ts';
import { Sleeper } from '../relay/sleeper.ts';
import { Courier, type CourierOptions } from './courier.ts';
import { listAllEndpoints, type Endpoint } from './endpoints.ts';

/** Changes of endpoints are noticed after this; leases last longer than several of it. */
const lookMs = 500;
const measureMs = 5000;

export interface DispatcherOptions extends CourierOptions {
  /** A new UUID at each call. */
  readonly mintId: () => string;
}

/**
 * Has one courier for each endpoint whose lease this process holds: of several processes one sends to an endpoint,
 * and where it dies another one takes over within seconds.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #holder: string;
  readonly #couriers = new Map<string, Courier>();
  readonly #sleeper = new Sleeper();
  #isStopped = false;
  #failures = 0;
  #measuredAt = Number.NEGATIVE_INFINITY;
  readonly #ended: Promise<void>;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#holder = options.mintId();
    this.#ended = this.#run();
  }

  wake(): void {
    for (const courier of this.#couriers.values()) courier.wake();
  }

  /** Resolves when nothing is on its way any more and the leases are given back. */
  async close(): Promise<void> {
    this.#isStopped = true;
    this.#sleeper.wake();
    await this.#ended;
    await Promise.all([...this.#couriers.keys()].map((id) => this.#release(id)));
  }

  async #run(): Promise<void> {
    const { pool, log, retries } = this.#options;
    while (!this.#hasStopped()) {
      try {
        await this.#look(await listAllEndpoints(pool));
        await this.#measure(pool);
        this.#failures = 0;
        await this.#sleeper.sleep(lookMs);
      } catch (error) {
        this.#failures += 1;
        log.warn({ err: error }, 'webhooks could not reach their endpoints; trying again');
        await this.#sleeper.sleep(backoffMs(this.#failures, retries.random));
      }
    }
  }

  #hasStopped(): boolean {
    return this.#isStopped;
  }

  async #look(endpoints: readonly Endpoint[]): Promise<void> {
    const wanted = new Set(endpoints.map(({ id }) => id));
    for (const id of this.#couriers.keys()) if (!wanted.has(id)) void this.#release(id);
    for (const endpoint of endpoints) await this.#serve(endpoint);
  }

  async #serve(endpoint: Endpoint): Promise<void> {
    const { id } = endpoint;
    const isOurs = await takeLease(this.#options.pool, this.#leaseOf(id));
    const courier = this.#couriers.get(id);
    if (!isOurs) {
      this.#couriers.delete(id);
      void courier?.stop();
    } else if (courier === undefined) this.#couriers.set(id, new Courier(this.#options, endpoint));
    else courier.update(endpoint);
  }

  #leaseOf(id: string): { name: string; holder: string } {
    return { name: `webhooks:${id}`, holder: this.#holder };
  }

  async #release(id: string): Promise<void> {
    const courier = this.#couriers.get(id);
    this.#couriers.delete(id);
    await courier?.stop();
    await dropLease(this.#options.pool, this.#leaseOf(id)).catch((error: unknown) =>
      this.#options.log.debug({ err: error }, 'a lease of webhooks runs out by itself'),
    );
  }

  async #measure(pool: Pool): Promise<void> {
    const { metrics, monotonic } = this.#options;
    if (monotonic() - this.#measuredAt < measureMs) return;
    this.#measuredAt = monotonic();
    const { rows } = await pool.query<{ status: string; waiting: string; oldest: number | null }>(
      `select e.status, count(d.id) as waiting,
          extract(epoch from clock_timestamp() - min(d.created_at))::float8 as oldest
        from webhooks.endpoints e left join webhooks.deliveries d
          on d.endpoint_id = e.id and d.state = 'pending' group by 1`,
    );
    metrics.pending.reset();
    metrics.oldest.set(0);
    for (const { status, waiting, oldest } of rows) {
      metrics.pending.set({ status }, Number(waiting));
      if (status === 'ACTIVE') metrics.oldest.set(oldest ?? 0);
    }
  }
}
