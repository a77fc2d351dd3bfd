import type { TransferDetail } from '@credit-ledger/sdk';
import { useParams } from 'wouter';
import { useRead } from '../../api/queries.ts';
import { touchesTransfer } from '../../api/touches.ts';
import { useFreshened } from '../../api/use-live.ts';
import { formatSecond, formatTime } from '../../format/times.ts';
import { AccountLink } from '../../parts/account-link.tsx';
import { Amount } from '../../parts/amount.tsx';
import { Badge } from '../../parts/badge.tsx';
import { CopyTextButton, curlFor, Id } from '../../parts/copy.tsx';
import { Link } from '../../parts/link.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { RefusalWords } from '../../parts/refusal.tsx';
import { Loaded } from '../../parts/states.tsx';
import { MetadataList, RawJson } from '../accounts/account-facts.tsx';
import { EntryPicture } from './entry-picture.tsx';
import { HoldLife } from './hold-life.tsx';
import { Reversals } from './reversals.tsx';
import { TransferActions } from './transfer-actions.tsx';
import { TransferTimeline } from './transfer-timeline.tsx';

export function TransferPage() {
  const { id = '' } = useParams();
  const transfer = useRead(['transfer', id], (client, signal) =>
    client.readTransfer(id, {}, { signal }),
  );
  useFreshened(['transfer', 'timeline', 'transfer-entries'], (event) => touchesTransfer(event, id));
  return <Loaded query={transfer}>{(found) => <TransferView transfer={found} />}</Loaded>;
}

function TransferView({ transfer }: { transfer: TransferDetail }) {
  const { id, status, amount_minor: minor, currency, from, to } = transfer;
  return (
    <>
      <PageHead
        title="Transfer"
        heading={
          <>
            <Amount minor={minor} currency={currency} withCurrency /> <Badge state={status} />
          </>
        }
        crumbs={[['/transfers', 'Transfers']]}
        lead={
          <>
            From <AccountLink id={from} /> to <AccountLink id={to} /> ·{' '}
            {formatSecond(transfer.created_at)}
          </>
        }
      >
        <CopyTextButton text={() => curlFor('GET', `/v1/transfers/${id}`)}>Copy as curl</CopyTextButton>
        <TransferActions transfer={transfer} />
      </PageHead>
      <div className="columns">
        <div className="stack">
          {transfer.failure !== null && <WhyRefused failure={transfer.failure} />}
          {(status === 'INITIATED' || status === 'SCHEDULED') && <Processing transfer={transfer} />}
          <HoldLife transfer={transfer} />
          <TransferEntries transfer={transfer} />
          <TransferTimeline transfer={transfer} />
        </div>
        <div className="stack">
          <Reversals transfer={transfer} />
          <TransferFacts transfer={transfer} />
        </div>
      </div>
    </>
  );
}

/** In words, with the numbers that decided. */
function WhyRefused({ failure: { code, detail } }: { failure: { code: string; detail: string } }) {
  return (
    <section className="card" aria-label="Why was this refused?">
      <div className="card-head">
        <h2>Why was this refused?</h2>
        <code className="dim">{code}</code>
      </div>
      <p className="card-body">
        <RefusalWords code={code} detail={detail} />
      </p>
    </section>
  );
}

function Processing({ transfer: { processing, execute_at: executeAt } }: { transfer: TransferDetail }) {
  const attempts = processing?.attempts ?? 0;
  return (
    <div className="notice">
      <strong>
        {executeAt === null ? 'Accepted, and not run yet.' : `It is run at ${formatTime(executeAt)}.`}
      </strong>
      {attempts > 0 && (
        <>
          {attempts === 1 ? 'Tried once. ' : `Tried ${attempts} times. `}
          {processing?.last_error}
          {processing?.next_attempt_at !== null &&
            processing !== null &&
            ` Next try at ${formatSecond(processing.next_attempt_at)}.`}
        </>
      )}
    </div>
  );
}

/** Each entry it posted, as T-accounts. */
function TransferEntries({ transfer: { id, entry_id: entryId } }: { transfer: TransferDetail }) {
  const entries = useRead(
    ['transfer-entries', id],
    (client) => client.listEntries({ transfer_id: id, limit: 50 }).take(50),
    {
      when: entryId !== null,
    },
  );
  if (entryId === null) return null;
  return (
    <Loaded query={entries} rows={4}>
      {(found) => found.map((entry) => <EntryPicture key={entry.id} entry={entry} />)}
    </Loaded>
  );
}

function TransferFacts({ transfer }: { transfer: TransferDetail }) {
  const { reverses, reversed_minor: reversed, currency } = transfer;
  return (
    <div className="stack">
      <section className="card" aria-label="Facts">
        <div className="card-head">
          <h2>Facts</h2>
        </div>
        <dl className="facts card-body">
          <dt>Id</dt>
          <dd>
            <Id id={transfer.id} label="transfer id" />
          </dd>
          <dt>External id</dt>
          <dd>{transfer.external_id ?? '–'}</dd>
          <dt>Description</dt>
          <dd>{transfer.description ?? '–'}</dd>
          <dt>Created</dt>
          <dd>{formatSecond(transfer.created_at)}</dd>
          <dt>Completed</dt>
          <dd>{transfer.completed_at === null ? '–' : formatSecond(transfer.completed_at)}</dd>
          <dt>Counts from</dt>
          <dd>{formatSecond(transfer.effective_at)}</dd>
          <dt>Position</dt>
          <dd>{transfer.position}</dd>
          {reverses !== null && (
            <>
              <dt>Reverses</dt>
              <dd>
                <Link to={`/transfers/${reverses}`}>the transfer before it</Link>
              </dd>
            </>
          )}
          {reversed > 0n && (
            <>
              <dt>Reversed</dt>
              <dd>
                <Amount minor={reversed} currency={currency} withCurrency />
              </dd>
            </>
          )}
        </dl>
      </section>
      <section className="card" aria-label="Metadata">
        <div className="card-head">
          <h2>Metadata</h2>
        </div>
        <div className="card-body">
          <MetadataList metadata={transfer.metadata} />
        </div>
      </section>
      <details className="card">
        <summary className="card-head">
          <h2>JSON</h2>
        </summary>
        <RawJson value={transfer} />
      </details>
    </div>
  );
}
