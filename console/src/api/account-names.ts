import type { Account } from '@credit-ledger/sdk';
import { useQuery } from '@tanstack/react-query';
import { clientFor } from './client.ts';
import { useLedgerName } from './ledger.ts';

/** Ids that are asked for within this time are read with one request. */
const gatherMs = 8;
const togetherMax = 100;

type Settle = (account: Account | null) => void;

/** Reads accounts by id, many with one request: a list names the accounts of all its rows. */
class AccountLoader {
  readonly #ledger: string;
  #waiting = new Map<string, Settle[]>();

  constructor(ledger: string) {
    this.#ledger = ledger;
  }

  read(id: string): Promise<Account | null> {
    const { promise, resolve } = Promise.withResolvers<Account | null>();
    if (this.#waiting.size === 0) setTimeout(() => void this.#load(), gatherMs);
    this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), resolve]);
    return promise;
  }

  async #load(): Promise<void> {
    const waiting = [...this.#waiting];
    this.#waiting = new Map();
    for (let from = 0; from < waiting.length; from += togetherMax)
      await this.#loadSome(waiting.slice(from, from + togetherMax));
  }

  /** A name that can't be read is not shown: the id is. */
  async #loadSome(waiting: readonly (readonly [string, readonly Settle[]])[]): Promise<void> {
    const ids = waiting.map(([id]) => id).join(',');
    const found = await clientFor(this.#ledger)
      .listAccounts({ ids, limit: togetherMax })
      .take(togetherMax)
      .catch(() => []);
    for (const [id, settles] of waiting)
      for (const settle of settles) settle(found.find((account) => account.id === id) ?? null);
  }
}

const loaders = new Map<string, AccountLoader>();

/** An account for its name: as it was read some time ago, perhaps. */
export function useAccountNamed(id: string): Account | null | undefined {
  const ledger = useLedgerName();
  const loader = loaders.get(ledger) ?? new AccountLoader(ledger);
  loaders.set(ledger, loader);
  return useQuery({
    queryKey: ['account-name', ledger, id],
    queryFn: () => loader.read(id),
    staleTime: 300_000,
  }).data;
}
