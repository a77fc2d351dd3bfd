import type { CreditLedger } from '@credit-ledger/sdk';
import { useInfiniteQuery, type InfiniteData } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { clientFor } from '../api/client.ts';
import { useLedgerName } from '../api/ledger.ts';
import type { Key } from '../api/queries.ts';
import { Bones, Failure } from './states.tsx';

interface CursorPage<Item> {
  readonly data: readonly Item[];
  readonly next_cursor: string | null;
}

type Open<Item> = (
  client: CreditLedger,
  from: { cursor?: string },
) => { page: () => Promise<CursorPage<Item>> };

/** A list that goes on by its cursor: what was read stays, the next page is asked for by hand. */
export function usePages<Item>(key: Key, open: Open<Item>) {
  const ledger = useLedgerName();
  return useInfiniteQuery<CursorPage<Item>, Error, InfiniteData<CursorPage<Item>>, Key, string>({
    queryKey: [key[0], ledger, ...key.slice(1)],
    queryFn: ({ pageParam }) =>
      open(clientFor(ledger), pageParam === '' ? {} : { cursor: pageParam }).page(),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor: next }) => next,
    placeholderData: (before) => before,
  });
}

interface PagedTableProps<Item> {
  readonly pages: ReturnType<typeof usePages<Item>>;
  readonly caption: string;
  readonly head: ReactNode;
  readonly row: (item: Item) => ReactNode;
  readonly empty: ReactNode;
}

/** A table of what was read so far, and a button for more. */
export function PagedTable<Item>({ pages, caption, head, row, empty }: PagedTableProps<Item>) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = pages;
  const items = data?.pages.flatMap((page) => page.data);
  if (items === undefined)
    return error === null ? (
      <Bones rows={8} />
    ) : (
      <div className="card-body">
        <Failure error={error} retry={() => void refetch()} />
      </div>
    );
  if (items.length === 0) return <>{empty}</>;
  return (
    <>
      <div className="table-wrap" tabIndex={0} role="region" aria-label={caption}>
        <table className="table">
          <caption className="sr-only">{caption}</caption>
          <thead>
            <tr>{head}</tr>
          </thead>
          <tbody>{items.map(row)}</tbody>
        </table>
      </div>
      <div className="table-foot">
        <span>{items.length === 1 ? '1 row' : `${items.length} rows`}</span>
        {hasNextPage && (
          <button
            type="button"
            className="button small"
            disabled={isFetchingNextPage}
            onClick={() => void fetchNextPage()}
          >
            {isFetchingNextPage ? 'Loading more' : 'Show more'}
          </button>
        )}
      </div>
    </>
  );
}

/** A heading cell. */
export function Th({ children, isNumber = false }: { children?: ReactNode; isNumber?: boolean }) {
  return (
    <th scope="col" className={isNumber ? 'num' : ''}>
      {children}
    </th>
  );
}
