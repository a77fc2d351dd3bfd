import type { Entry } from '@credit-ledger/sdk';
import { useState, type FormEvent } from 'react';
import { useMay, useResolvedLedger } from '../../api/session.tsx';
import { useRead } from '../../api/queries.ts';
import { useFreshened } from '../../api/use-live.ts';
import { formatCount, formatSecond } from '../../format/times.ts';
import { AccountLink } from '../../parts/account-link.tsx';
import { Amount } from '../../parts/amount.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Link } from '../../parts/link.tsx';
import { Th } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useFilters } from '../../parts/use-filters.ts';

const pageEntries = 50;

/** Entries in the order of their numbers, the newest first. */
export function Journal() {
  const name = useResolvedLedger();
  const { get, set } = useFilters();
  const mayWrite = useMay('write');
  const ledger = useRead(['ledger', name], (client) => client.readLedger(name));
  const count = ledger.data?.entry_count ?? 0;
  const last = get('to') === '' ? count : Math.min(Number(get('to')), count);
  const first = Math.max(last - pageEntries, 0);
  const entries = useRead(
    ['entries', first, last],
    (client) => client.listEntries({ after_number: first, limit: Math.max(last - first, 1) }).page(),
    {
      when: ledger.data !== undefined && last > 0,
    },
  );
  useFreshened(['ledger'], ({ type }) => type === 'EntryPosted');
  return (
    <>
      <PageHead
        title="Journal"
        lead={
          ledger.data === undefined
            ? 'Entries in order, each with the hash of the one before.'
            : `${formatCount(count)} entries. The last hash is ${ledger.data.head_hash.slice(0, 16)}….`
        }
      >
        <JumpToEntry count={count} onJump={(number) => set({ to: String(number) })} />
        {mayWrite && (
          <Link to="/journal/entries/new" className="button primary">
            <Icon name="plus" />
            New entry
          </Link>
        )}
      </PageHead>
      <section className="card">
        {count === 0 && ledger.data !== undefined ? (
          <Empty title="The journal is empty.">
            <p>Each transfer that completes posts an entry; debits equal credits in every one.</p>
          </Empty>
        ) : (
          <Loaded query={entries} rows={10}>
            {({ data }) => <EntryTable entries={data.toReversed()} />}
          </Loaded>
        )}
        {count > 0 && (
          <div className="table-foot">
            <span>
              {formatCount(first + 1)} to {formatCount(last)} of {formatCount(count)}
            </span>
            <button
              type="button"
              className="button small"
              disabled={first === 0}
              onClick={() => set({ to: String(first) })}
            >
              Older
            </button>
            <button
              type="button"
              className="button small"
              disabled={last >= count}
              onClick={() => set({ to: last + pageEntries >= count ? '' : String(last + pageEntries) })}
            >
              Newer
            </button>
          </div>
        )}
      </section>
    </>
  );
}

function EntryTable({ entries }: { entries: readonly Entry[] }) {
  return (
    <div className="table-wrap" tabIndex={0} role="region" aria-label="Entries">
      <table className="table">
        <caption className="sr-only">Entries</caption>
        <thead>
          <tr>
            <Th isNumber>Entry</Th>
            <Th>Posted</Th>
            <Th>Debit</Th>
            <Th>Credit</Th>
            <Th>Description</Th>
            <Th isNumber>Amount</Th>
            <Th>Hash</Th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <EntryRow key={entry.id} entry={entry} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function EntryRow({ entry }: { entry: Entry }) {
  const debit = entry.lines.find(({ side }) => side === 'DEBIT');
  const credit = entry.lines.find(({ side }) => side === 'CREDIT');
  const isPlain = entry.lines.length === 2;
  return (
    <tr>
      <td className="num">
        <Link to={`/journal/entries/${entry.id}`} className="row-link">
          {entry.entry_number}
        </Link>
      </td>
      <td className="nowrap">{formatSecond(entry.posted_at)}</td>
      <td className="text">
        {isPlain && debit !== undefined ? (
          <AccountLink id={debit.account_id} />
        ) : (
          `${entry.lines.length} lines`
        )}
      </td>
      <td className={isPlain ? 'text fold-to' : 'text fold-away'}>
        {isPlain && credit !== undefined ? <AccountLink id={credit.account_id} /> : ''}
      </td>
      <td className="text dim">{entry.description ?? '–'}</td>
      <td className="num fold-top">
        {isPlain && debit !== undefined && (
          <Amount minor={debit.amount_minor} currency={debit.currency} withCurrency />
        )}
      </td>
      <td className="fold-away">
        <code className="dim">{entry.hash.slice(0, 10)}</code>
      </td>
    </tr>
  );
}

function JumpToEntry({ count, onJump }: { count: number; onJump: (number: number) => void }) {
  const [text, setText] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1) onJump(Math.min(number, count));
  };
  return (
    <form className="jump" onSubmit={submit}>
      <input
        className="input"
        inputMode="numeric"
        aria-label="Entry number"
        placeholder="Entry number"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="button">
        Jump to entry
      </button>
    </form>
  );
}
