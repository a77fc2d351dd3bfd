import type { Entry } from '@credit-ledger/sdk';
import { useState, type FormEvent } from 'react';
import { useParams } from 'wouter';
import { useClient } from '../../api/ledger.ts';
import { readAgain, useRead } from '../../api/queries.ts';
import { useMay } from '../../api/session.tsx';
import { formatSecond } from '../../format/times.ts';
import { AccountLink } from '../../parts/account-link.tsx';
import { Amount } from '../../parts/amount.tsx';
import { Badge } from '../../parts/badge.tsx';
import { CopyButton, Id } from '../../parts/copy.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/fields.tsx';
import { Link, useGo } from '../../parts/link.tsx';
import { Th } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Failure, Loaded } from '../../parts/states.tsx';
import { say } from '../../parts/toasts.tsx';
import { useAction } from '../../parts/use-action.ts';
import { MetadataList } from '../accounts/account-facts.tsx';
import { EntryPicture } from '../transfers/entry-picture.tsx';
import { ReceiptCard } from './receipt-card.tsx';

export function EntryPage() {
  const { id = '' } = useParams();
  const entry = useRead(['entry', id], (client) => client.readEntry(id));
  return <Loaded query={entry}>{(found) => <EntryView entry={found} />}</Loaded>;
}

function EntryView({ entry }: { entry: Entry }) {
  const [isReversing, setReversing] = useState(false);
  const mayWrite = useMay('write');
  const canReverse = mayWrite && entry.transfer_id === null && entry.reverses === null;
  return (
    <>
      <PageHead
        title={`Entry ${entry.entry_number}`}
        heading={
          <>
            Entry {entry.entry_number} {entry.forced && <Badge state="warn" tone="warn" text="forced" />}
          </>
        }
        crumbs={[['/journal', 'Journal']]}
        lead={entry.description ?? undefined}
      >
        {canReverse && (
          <button type="button" className="button danger" onClick={() => setReversing(true)}>
            Reverse entry
          </button>
        )}
      </PageHead>
      <div className="columns">
        <div className="stack">
          <EntryPicture entry={entry} />
          <EntryLines entry={entry} />
          <ReceiptCard entry={entry} />
        </div>
        <EntryFacts entry={entry} />
      </div>
      {isReversing && <ReverseDialog entry={entry} onClose={() => setReversing(false)} />}
    </>
  );
}

function EntryLines({ entry }: { entry: Entry }) {
  return (
    <section className="card" aria-label="Lines">
      <div className="table-wrap">
        <table className="table">
          <caption className="sr-only">Lines of the entry</caption>
          <thead>
            <tr>
              <Th>Account</Th>
              <Th isNumber>Debit</Th>
              <Th isNumber>Credit</Th>
              <Th isNumber>Balance after</Th>
              <Th>Currency</Th>
            </tr>
          </thead>
          <tbody>
            {entry.lines.map((line, at) => (
              <tr key={at}>
                <td className="text">
                  <AccountLink id={line.account_id} />
                </td>
                <td className="num">
                  {line.side === 'DEBIT' && (
                    <Amount minor={line.amount_minor} currency={line.currency} />
                  )}
                </td>
                <td className="num">
                  {line.side === 'CREDIT' && (
                    <Amount minor={line.amount_minor} currency={line.currency} />
                  )}
                </td>
                <td className="num">
                  <Amount minor={line.balance_after_minor} currency={line.currency} />
                </td>
                <td className="dim">{line.currency}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function EntryFacts({ entry }: { entry: Entry }) {
  return (
    <section className="card" aria-label="Facts">
      <div className="card-head">
        <h2>Facts</h2>
      </div>
      <dl className="facts card-body">
        <dt>Id</dt>
        <dd>
          <Id id={entry.id} label="entry id" />
        </dd>
        {entry.transfer_id !== null && (
          <>
            <dt>Transfer</dt>
            <dd>
              <Link to={`/transfers/${entry.transfer_id}`}>the transfer that posted it</Link>
            </dd>
          </>
        )}
        {entry.reverses !== null && (
          <>
            <dt>Reverses</dt>
            <dd>
              <Link to={`/journal/entries/${entry.reverses}`}>an earlier entry</Link>
            </dd>
          </>
        )}
        <dt>Posted</dt>
        <dd>{formatSecond(entry.posted_at)}</dd>
        <dt>Counts from</dt>
        <dd>{formatSecond(entry.effective_at)}</dd>
        <dt>Position</dt>
        <dd>{entry.position}</dd>
        <dt>Hash</dt>
        <dd className="hash">
          <code>{entry.hash}</code>
          <CopyButton text={entry.hash} label="hash" />
        </dd>
        <dt>Hash before</dt>
        <dd className="hash">
          <code>{entry.previous_hash}</code>
        </dd>
      </dl>
      <div className="card-body">
        <MetadataList metadata={entry.metadata} />
      </div>
    </section>
  );
}

function ReverseDialog({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const client = useClient();
  const go = useGo();
  const [reason, setReason] = useState('');
  const [key] = useState(() => crypto.randomUUID());
  const reverse = useAction(
    () =>
      client.reverseEntry(entry.id, reason.trim() === '' ? {} : { reason: reason.trim() }, {
        idempotencyKey: key,
      }),
    ({ id, entry_number: number }) => {
      readAgain('entry', 'entries', 'ledger');
      say(`Entry ${number} reverses entry ${entry.entry_number}.`);
      onClose();
      go(`/journal/entries/${id}`);
    },
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    reverse.run();
  };
  return (
    <Dialog title={`Reverse entry ${entry.entry_number}`} onClose={onClose}>
      <p>Posts the opposite of each line. This entry stays in the journal.</p>
      <form className="stack" onSubmit={submit}>
        <TextField label="Reason" value={reason} onChange={setReason} />
        {reverse.error !== undefined && <Failure error={reverse.error} />}
        <div className="dialog-foot">
          <button type="button" className="button" onClick={onClose}>
            Keep as it is
          </button>
          <button type="submit" className="button danger" disabled={reverse.isRunning}>
            Reverse
          </button>
        </div>
      </form>
    </Dialog>
  );
}
