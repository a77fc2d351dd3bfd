import { AsyncLocalStorage } from 'node:async_hooks';
import type { ClientBase } from 'pg';
import { everyLedger, type Caller } from './auth.ts';

/** The ledgers that the request at hand may see, with commas; names hold none. */
const visible = new AsyncLocalStorage<string>();

/** What each connection was told last. */
const told = new WeakMap<ClientBase, string>();

/** What a call may see: its ledger; where it is about ledgers, all of its caller. */
export function visibleTo(path: string, ledger: string, { ledgers }: Caller): string {
  if (!path.startsWith('/v1/ledgers')) return ledger;
  return ledgers.includes(everyLedger) ? everyLedger : ledgers.join(',');
}

/** Carries out a request that may see these ledgers. */
export function withinWall<T>(ledgers: string, work: () => Promise<T>): Promise<T> {
  return visible.run(ledgers, work);
}

/**
 * Pieces of an answer that are read after the request's own work is done see what it saw: a stream is pulled by
 * whoever sends it, outside of the request.
 */
export function keepWithinWall<Piece>(
  open: () => AsyncGenerator<Piece, void, undefined>,
): () => AsyncGenerator<Piece, void, undefined> {
  const within = AsyncLocalStorage.snapshot();
  return () => pullWithin(within, open());
}

async function* pullWithin<Piece>(
  within: ReturnType<typeof AsyncLocalStorage.snapshot>,
  pieces: AsyncGenerator<Piece, void, undefined>,
): AsyncGenerator<Piece, void, undefined> {
  try {
    for (;;) {
      const next = await within(() => pieces.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await within(() => pieces.return());
  }
}

/**
 * Tells a connection which ledgers it may see, where it was told otherwise last: the database shows no others, whatever
 * the query (migrations/0013). Outside of a request it sees none.
 */
export function showLedgers(client: ClientBase): Promise<unknown> | undefined {
  const ledgers = visible.getStore() ?? '';
  return told.get(client) === ledgers ? undefined : tellNames(client, ledgers);
}

/** The same for the ledger's own database, whose rows know ledgers by number. */
export function showLedgersById(client: ClientBase): Promise<unknown> | undefined {
  const ledgers = visible.getStore() ?? '';
  return told.get(client) === ledgers ? undefined : tellIds(client, ledgers);
}

/** Until the database has said yes, nobody knows what the connection sees: it is closed where this fails. */
async function tellNames(client: ClientBase, ledgers: string): Promise<void> {
  told.delete(client);
  const text = `select set_config('credit_ledger.ledgers', $1, false)`;
  await client.query({ name: 'show-ledgers', text, values: [ledgers] });
  told.set(client, ledgers);
}

async function tellIds(client: ClientBase, ledgers: string): Promise<void> {
  await tellNames(client, ledgers);
  const { rows } = await client.query<{ count: number }>({ name: 'show-ledger-ids', text: findIds });
  // A ledger that is not there yet may be tomorrow.
  if (rows[0]?.count !== ledgers.split(',').length) told.delete(client);
}

const findIds = `select count::int, set_config('credit_ledger.ledger_ids', ids, false)
  from (select count(*), coalesce(string_agg(id::text, ','), '') as ids from ledger.ledgers) l`;
