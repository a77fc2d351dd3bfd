import { useState, type FormEvent } from 'react';
import { useParams } from 'wouter';
import { useClient } from '../../api/ledger.ts';
import { readAgain, useRead } from '../../api/queries.ts';
import { useMay, useResolvedLedger } from '../../api/session.tsx';
import { formatCount, formatSecond } from '../../format/times.ts';
import { Badge } from '../../parts/badge.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/fields.tsx';
import { Link, useGo } from '../../parts/link.tsx';
import { PagedTable, Th, usePages } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty, Failure, Loaded } from '../../parts/states.tsx';
import { say } from '../../parts/toasts.tsx';
import { useAction } from '../../parts/use-action.ts';
import { BalanceTable } from './trial-balance.tsx';

/** What was closed for good, and the next to close. */
export function Periods() {
  const name = useResolvedLedger();
  const [isClosing, setClosing] = useState(false);
  const isAdmin = useMay('admin');
  const pages = usePages(['periods', name], (client, from) =>
    client.listPeriods(name, { limit: 50, ...from }),
  );
  return (
    <>
      <PageHead
        title="Periods"
        lead="Nothing counts any more before the end of a closed period. What comes late counts in the next one."
      >
        {isAdmin && (
          <button type="button" className="button primary" onClick={() => setClosing(true)}>
            Close a period
          </button>
        )}
      </PageHead>
      <section className="card">
        <PagedTable
          pages={pages}
          caption="Closed periods"
          head={
            <>
              <Th isNumber>Number</Th>
              <Th>Until</Th>
              <Th>Closed</Th>
              <Th>Description</Th>
              <Th isNumber>Entries</Th>
              <Th>Hash</Th>
            </>
          }
          row={(period) => (
            <tr key={period.number}>
              <td className="num">
                <Link to={`/journal/periods/${period.number}`} className="row-link">
                  {period.number}
                </Link>
              </td>
              <td className="nowrap fold-top" data-label="until">
                {formatSecond(period.ends_at)}
              </td>
              <td className="nowrap" data-label="closed">
                {formatSecond(period.closed_at)}
              </td>
              <td className="text">{period.description ?? '–'}</td>
              <td className="num" data-label="entries">
                {formatCount(period.entry_count)}
              </td>
              <td>
                <code className="dim">{period.hash.slice(0, 12)}</code>
              </td>
            </tr>
          )}
          empty={
            <Empty title="No period is closed.">
              <p>Closing one keeps its trial balance, and names the last entry under it.</p>
            </Empty>
          }
        />
      </section>
      {isClosing && <CloseDialog ledger={name} onClose={() => setClosing(false)} />}
    </>
  );
}

function CloseDialog({ ledger, onClose }: { ledger: string; onClose: () => void }) {
  const client = useClient();
  const go = useGo();
  const [until, setUntil] = useState('');
  const [description, setDescription] = useState('');
  const close = useAction(
    () =>
      client.closePeriod(ledger, {
        ends_at: new Date(until).toISOString(),
        ...(description.trim() === '' ? {} : { description: description.trim() }),
      }),
    ({ number }) => {
      readAgain('periods', 'ledger');
      say(`Period ${number} is closed.`);
      onClose();
      go(`/journal/periods/${number}`);
    },
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (until !== '') close.run();
  };
  return (
    <Dialog title={`Close ${ledger} for good`} onClose={onClose}>
      <p>This can not be taken back. Entries that count before this time are refused from now on.</p>
      <form className="stack" onSubmit={submit}>
        <TextField label="Until" type="datetime-local" value={until} isRequired onChange={setUntil} />
        <TextField label="Description" value={description} onChange={setDescription} />
        {close.error !== undefined && <Failure error={close.error} />}
        <div className="dialog-foot">
          <button type="button" className="button" onClick={onClose}>
            Keep open
          </button>
          <button type="submit" className="button danger" disabled={until === '' || close.isRunning}>
            Close for good
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A closed period with the trial balance that was kept. */
export function PeriodPage() {
  const { number = '' } = useParams();
  const name = useResolvedLedger();
  const period = useRead(['period', name, number], (client) => client.readPeriod(name, number), {
    everyMs: 5000,
  });
  return (
    <Loaded query={period}>
      {(found) => (
        <>
          <PageHead
            title={`Period ${found.number}`}
            heading={
              <>
                Period {found.number}{' '}
                {found.trial_balance !== null && (
                  <Badge
                    state={found.trial_balance.balanced ? 'ok' : 'differs'}
                    text={found.trial_balance.balanced ? 'debits equal credits' : 'does not balance'}
                  />
                )}
              </>
            }
            crumbs={[['/journal/periods', 'Periods']]}
            lead={`Until ${formatSecond(found.ends_at)}, closed ${formatSecond(found.closed_at)}. ${formatCount(found.entry_count)} entries were in the journal then.`}
          />
          <section className="card">
            {found.trial_balance === null ? (
              <Empty title="Its trial balance is being made." />
            ) : (
              <BalanceTable rows={found.trial_balance.rows} />
            )}
          </section>
        </>
      )}
    </Loaded>
  );
}
