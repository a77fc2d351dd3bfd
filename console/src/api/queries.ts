import { isProblem, type CreditLedger } from '@credit-ledger/sdk';
import {
  keepPreviousData,
  QueryCache,
  QueryClient,
  useQuery,
  type UseQueryResult,
} from '@tanstack/react-query';
import { clientFor } from './client.ts';
import { useLedgerName } from './ledger.ts';

/** What was read counts as fresh for so long; what is older is shown, and read again meanwhile. */
const freshMs = 2000;

/** What the console has read. A session that ended is known at once, whoever learns of it. */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (isProblem(error, 'unauthorized') && query.queryKey[0] !== 'session')
        void queryClient.invalidateQueries({ queryKey: ['session'] });
    },
  }),
  defaultOptions: { queries: { staleTime: freshMs, gcTime: 300_000, retry: false } },
});

export type Key = readonly (string | number | boolean | null | undefined | object)[];

interface ReadOptions {
  /** Asked again after so long while somebody looks; never when absent. */
  readonly everyMs?: number | undefined;
  /** Not before this holds. */
  readonly when?: boolean;
}

/** Reads through the client of the ledger at hand. What is there stays while something newer is read. */
export function useRead<Data>(
  key: Key,
  read: (client: CreditLedger, signal: AbortSignal) => Promise<Data>,
  { everyMs, when = true }: ReadOptions = {},
): UseQueryResult<Data> {
  const ledger = useLedgerName();
  return useQuery({
    queryKey: [key[0], ledger, ...key.slice(1)],
    queryFn: ({ signal }) => read(clientFor(ledger), signal),
    enabled: when,
    placeholderData: keepPreviousData,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
}

/** What was read under these words is read again where it is shown: after a change. */
export function readAgain(...kinds: readonly string[]): void {
  void queryClient.invalidateQueries({
    predicate: ({ queryKey }) => kinds.includes(String(queryKey[0])),
  });
}
