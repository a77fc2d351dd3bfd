import type { Account, StatementLine } from '@credit-ledger/sdk';
import { useInfiniteQuery, type InfiniteData } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { clientFor } from '../../api/client.ts';
import { useLedgerName } from '../../api/ledger.ts';
import type { Key } from '../../api/queries.ts';
import { touchesAccount } from '../../api/touches.ts';
import { useFreshened } from '../../api/use-live.ts';
import { formatDay, formatSecond } from '../../format/times.ts';
import { Amount } from '../../parts/amount.tsx';
import { Link } from '../../parts/link.tsx';
import { Bones, Empty, Failure } from '../../parts/states.tsx';
import { useFilters } from '../../parts/use-filters.ts';
import { VirtualRows } from '../../parts/virtual-rows.tsx';
import { StatementTools } from './statement-tools.tsx';

interface StatementPage {
  readonly lines: readonly StatementLine[];
  readonly next_cursor: string | null;
}

const pageLines = 500;
const rowPixels = 37;
const dayMs = 86_400_000;

/** Which lines: the newest first, of the days that are chosen, or from a moment back. */
function useStatement(account: string) {
  const ledger = useLedgerName();
  const { get } = useFilters();
  const [from, to, at] = [get('from'), get('to'), get('at')];
  const until = at === '' && to !== '' ? new Date(Date.parse(to) + dayMs).toISOString() : at;
  const query = {
    order: 'desc' as const,
    limit: pageLines,
    by: get('by') === 'effective' ? ('effective' as const) : undefined,
    from: from === '' ? undefined : `${from}T00:00:00Z`,
    to: until === '' || Date.parse(until) > Date.now() ? undefined : until,
  };
  const key = ['statement-head', ledger, account, query];
  const pages = useInfiniteQuery<StatementPage, Error, InfiniteData<StatementPage>, Key, string>({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      clientFor(ledger).readStatement(
        account,
        { ...query, ...(pageParam === '' ? {} : { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor: next }) => next,
    // Comparing what was read with what is read would go through every line with each page.
    structuralSharing: false,
  });
  return { pages, key: JSON.stringify(query) };
}

/** Every line of the account, however many: what is seen is in the page, more is read as it is scrolled to. */
export function StatementView({ account }: { account: Account }) {
  const { pages, key } = useStatement(account.id);
  const { get } = useFilters();
  const [marked, setMarked] = useState(Number(get('entry')));
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = pages;
  const lines = useMemo(() => data?.pages.flatMap((page) => page.lines) ?? [], [data]);
  // All pages are read again at once: a reader who has scrolled far is left alone.
  const isShort = (data?.pages.length ?? 0) <= 2;
  useFreshened(['statement-head'], (event) => isShort && touchesAccount(event, account.id));
  return (
    <>
      <StatementTools account={account} onFound={setMarked} />
      {data === undefined && error === null && <Bones rows={10} />}
      {data === undefined && error !== null && (
        <div className="card-body">
          <Failure error={error} retry={() => void refetch()} />
        </div>
      )}
      {data !== undefined && lines.length === 0 && <NoLines />}
      {lines.length > 0 && (
        <VirtualRows
          count={lines.length}
          rowHeight={rowPixels}
          label="Statement"
          resetKey={key}
          head={<StatementHead />}
          row={(index) => (
            <StatementRow line={lines[index]} currency={account.currency} marked={marked} />
          )}
          onEnd={() => {
            if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
          }}
          foot={
            <div className="table-foot">
              {hasNextPage ? 'More is read as you scroll.' : 'This is the first line.'}
            </div>
          }
        />
      )}
    </>
  );
}

function NoLines() {
  const { get, set } = useFilters();
  const isChosen = ['from', 'to', 'at'].some((name) => get(name) !== '');
  if (!isChosen)
    return (
      <Empty title="Nothing has moved yet.">
        <p>Each entry that touches the account is a line here, with the balance after it.</p>
      </Empty>
    );
  return (
    <Empty title="Nothing moved then.">
      <button
        type="button"
        className="button"
        onClick={() => set({ from: '', to: '', at: '', entry: '' })}
      >
        Show everything
      </button>
    </Empty>
  );
}

function StatementHead() {
  return (
    <div className="statement-row" role="presentation">
      <span role="columnheader">Entry</span>
      <span role="columnheader">Posted</span>
      <span role="columnheader">Description</span>
      <span role="columnheader" className="num">
        Debit
      </span>
      <span role="columnheader" className="num">
        Credit
      </span>
      <span role="columnheader" className="num">
        Balance
      </span>
    </div>
  );
}

function StatementRow({
  line,
  currency,
  marked,
}: {
  line: StatementLine | undefined;
  currency: string;
  marked: number;
}) {
  const isEffective = useFilters().get('by') === 'effective';
  if (line === undefined) return null;
  const { entry_number: number, side, amount_minor: minor } = line;
  const path =
    line.transfer_id === null ? `/journal/entries/${line.entry_id}` : `/transfers/${line.transfer_id}`;
  return (
    <div className={`statement-row${number === marked ? ' is-marked' : ''}`} role="presentation">
      <span role="cell">
        <Link to={path}>{number}</Link>
      </span>
      <span role="cell" className="nowrap">
        {isEffective ? formatDay(line.effective_at) : formatSecond(line.posted_at)}
      </span>
      <span role="cell" className="cut">
        {line.description ?? <span className="dim">–</span>}
      </span>
      <span role="cell" className="num">
        {side === 'DEBIT' && <Amount minor={minor} currency={currency} />}
      </span>
      <span role="cell" className="num">
        {side === 'CREDIT' && <Amount minor={minor} currency={currency} />}
      </span>
      <span role="cell" className="num">
        <Amount minor={line.balance_after_minor} currency={currency} />
      </span>
    </div>
  );
}
