import type { Account, ReadStatementFormat } from '@credit-ledger/sdk';
import { useState, type FormEvent } from 'react';
import { useClient } from '../../api/ledger.ts';
import { saveAnswer } from '../../parts/save-file.ts';
import { Failure } from '../../parts/states.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useFilters } from '../../parts/use-filters.ts';

const formats: readonly (readonly [ReadStatementFormat, string, string])[] = [
  ['csv', 'CSV', 'csv'],
  ['pdf', 'PDF', 'pdf'],
  ['camt.053', 'camt.053', 'xml'],
];

/** Jumps to a day or an entry, and takes the statement away as a file. */
export function StatementTools({
  account,
  onFound,
}: {
  account: Account;
  onFound: (entry: number) => void;
}) {
  const { set, get } = useFilters();
  const client = useClient();
  const [number, setNumber] = useState('');
  const jump = useAction(
    async (wanted: number) => {
      const [entry] = await client.listEntries({ after_number: wanted - 1, limit: 1 }).take(1);
      if (entry?.entry_number !== wanted) throw new RangeError(`The journal has no entry ${wanted}.`);
      if (entry.lines.every(({ account_id: id }) => id !== account.id))
        throw new RangeError(`Entry ${wanted} does not touch this account.`);
      return entry;
    },
    (entry) => {
      onFound(entry.entry_number);
      const after = new Date(Date.parse(entry.posted_at) + 1).toISOString();
      set({ at: after, from: '', to: '', entry: String(entry.entry_number) });
    },
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (/^[1-9]\d*$/.test(number)) jump.run(Number(number));
  };
  const isJumped = get('at') !== '';
  return (
    <>
      <div className="filters">
        <form onSubmit={submit} className="jump">
          <input
            className="input"
            aria-label="Entry number"
            placeholder="Entry number"
            inputMode="numeric"
            value={number}
            onChange={(event) => setNumber(event.target.value)}
          />
          <button type="submit" className="button">
            Jump to entry
          </button>
        </form>
        <input
          className="input"
          type="date"
          aria-label="Jump to day"
          value={isJumped ? get('at').slice(0, 10) : ''}
          onChange={(event) =>
            set({
              at: event.target.value === '' ? '' : `${event.target.value}T23:59:59.999Z`,
              entry: '',
            })
          }
        />
        {isJumped && (
          <button type="button" className="button quiet" onClick={() => set({ at: '', entry: '' })}>
            Back to the newest
          </button>
        )}
        <span className="spring" />
        <Downloads account={account} />
      </div>
      {jump.error !== undefined && (
        <div className="card-body">
          {jump.error instanceof RangeError ? (
            <div className="notice warn" role="alert">
              {jump.error.message}
            </div>
          ) : (
            <Failure error={jump.error} />
          )}
        </div>
      )}
    </>
  );
}

function Downloads({ account }: { account: Account }) {
  const client = useClient();
  const { get } = useFilters();
  const save = useAction(async (format: ReadStatementFormat, ending: string) => {
    const [from, to] = [get('from'), get('to')];
    const query = {
      from: from === '' ? undefined : `${from}T00:00:00Z`,
      to: to === '' ? undefined : `${to}T23:59:59.999Z`,
    };
    await saveAnswer(
      await client.downloadStatement(account.id, format, query),
      `statement-${account.id}.${ending}`,
    );
  });
  return (
    <>
      {formats.map(([format, name, ending]) => (
        <button
          key={format}
          type="button"
          className="button small"
          disabled={save.isRunning}
          onClick={() => save.run(format, ending)}
        >
          {name}
        </button>
      ))}
      {save.error !== undefined && <Failure error={save.error} />}
    </>
  );
}
