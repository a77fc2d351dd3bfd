import type { DeadLetter, DeadLetterDetail, RedriveResult } from '@credit-ledger/sdk';
import { useState } from 'react';
import { useParams } from 'wouter';
import { useClient } from '../../api/ledger.ts';
import { readAgain, useRead } from '../../api/queries.ts';
import { useMay } from '../../api/session.tsx';
import { formatSecond } from '../../format/times.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Id, toJson } from '../../parts/copy.tsx';
import { TextField } from '../../parts/fields.tsx';
import { Link } from '../../parts/link.tsx';
import { PagedTable, Th, usePages } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { say } from '../../parts/toasts.tsx';
import { useFilters } from '../../parts/use-filters.ts';

const statuses = ['parked', 'waiting', 'redriven', 'discarded'] as const;
const again = (): void => readAgain('dead-letters', 'dead-letter', 'projections');

/** What a consumer gave up on. */
export function DeadLetters() {
  const { get, set } = useFilters();
  const isAdmin = useMay('admin');
  const status = statuses.find((known) => known === get('status'));
  const consumer = get('consumer') === '' ? undefined : get('consumer');
  const query = { limit: 50, status, consumer };
  const pages = usePages<DeadLetter>(['dead-letters', query], (client, from) =>
    client.listDeadLetters({ ...query, ...from }),
  );
  return (
    <>
      <PageHead
        title="Dead letters"
        lead="Events and commands that a consumer gave up on. What came after one about the same thing waits behind it."
      >
        <RedriveAll consumer={consumer} />
      </PageHead>
      <section className="card">
        <div className="filters" role="search">
          <select
            className="input"
            aria-label="Status"
            value={get('status')}
            onChange={(event) => set({ status: event.target.value })}
          >
            <option value="">Any status</option>
            {statuses.map((known) => (
              <option key={known}>{known}</option>
            ))}
          </select>
          {consumer !== undefined && (
            <button type="button" className="button" onClick={() => set({ consumer: '' })}>
              Only {consumer}: show all
            </button>
          )}
        </div>
        <PagedTable
          pages={pages}
          caption="Dead letters"
          head={
            <>
              <Th>Failed</Th>
              <Th>Consumer</Th>
              <Th>What</Th>
              <Th>Status</Th>
              <Th isNumber>Attempts</Th>
              <Th>Error</Th>
              <Th />
            </>
          }
          row={(letter) => (
            <tr key={letter.id}>
              <td className="nowrap">
                {isAdmin ? (
                  <Link to={`/operations/dead-letters/${letter.id}`} className="row-link">
                    {formatSecond(letter.last_failed_at)}
                  </Link>
                ) : (
                  formatSecond(letter.last_failed_at)
                )}
              </td>
              <td>{letter.consumer}</td>
              <td>{letter.type}</td>
              <td>
                <Badge state={letter.status} />
              </td>
              <td className="num" data-label="attempts">
                {letter.attempts}
              </td>
              <td className="text dim">{letter.message}</td>
              <td className="num fold-top">
                <Redrive letter={letter} isSmall />
              </td>
            </tr>
          )}
          empty={
            <Empty title="There are no dead letters.">
              <p>Nothing was given up on{status === undefined ? '' : ` that is ${status}`}.</p>
            </Empty>
          }
        />
      </section>
    </>
  );
}

/** A redrive of many has to be narrowed by something: this is all of them. */
const longAgo = '1970-01-01T00:00:00Z';

function sayOutcome({ redriven, failed, waiting }: RedriveResult): void {
  again();
  const parts = [
    redriven > 0 || failed + waiting === 0 ? `${redriven} redriven` : '',
    failed > 0 ? `${failed} failed again` : '',
    waiting > 0 ? `${waiting} still waiting behind another` : '',
  ];
  say(`${parts.filter((part) => part !== '').join(', ')}.`);
}

const isOpen = ({ status }: Pick<DeadLetter, 'status'>): boolean =>
  status === 'parked' || status === 'waiting';

function Redrive({
  letter,
  isSmall = false,
}: {
  letter: DeadLetter | DeadLetterDetail;
  isSmall?: boolean;
}) {
  const client = useClient();
  if (!isOpen(letter)) return null;
  return (
    <ActButton
      isSmall={isSmall}
      text="Redrive"
      act={() => client.redriveDeadLetter(letter.id)}
      onDone={sayOutcome}
    />
  );
}

function RedriveAll({ consumer }: { consumer: string | undefined }) {
  const client = useClient();
  return (
    <ActButton
      text="Redrive all"
      asks={consumer === undefined ? 'Redrive all dead letters' : `Redrive all of ${consumer}`}
      explains="Each is tried again in the order of the log, and what waits behind it."
      act={() =>
        client.redriveDeadLetters(consumer === undefined ? { failed_after: longAgo } : { consumer })
      }
      onDone={sayOutcome}
    />
  );
}

/** One dead letter with its payload and the error that it met. */
export function DeadLetterPage() {
  const { id = '' } = useParams();
  const letter = useRead(['dead-letter', id], (client) => client.readDeadLetter(id));
  return <Loaded query={letter}>{(found) => <LetterView letter={found} />}</Loaded>;
}

function LetterView({ letter }: { letter: DeadLetterDetail }) {
  const client = useClient();
  const [reason, setReason] = useState('');
  return (
    <>
      <PageHead
        title={letter.type}
        heading={
          <>
            {letter.type} <Badge state={letter.status} />
          </>
        }
        crumbs={[['/operations/dead-letters', 'Dead letters']]}
        lead={`${letter.error_class}: ${letter.message}`}
      >
        <Redrive letter={letter} />
        {isOpen(letter) && (
          <ActButton
            isDanger
            text="Discard"
            asks="Discard this dead letter"
            explains="It is given up for good, and what waits behind it goes on. Reads may then lack what it was about."
            act={() => client.discardDeadLetter(letter.id, { reason: reason.trim() })}
            onDone={again}
            said="It was discarded."
            canSubmit={reason.trim() !== ''}
          >
            <TextField label="Reason" value={reason} hint="Is kept with it." onChange={setReason} />
          </ActButton>
        )}
      </PageHead>
      <div className="columns">
        <div className="stack">
          <section className="card" aria-label="Payload">
            <div className="card-head">
              <h2>Payload</h2>
            </div>
            <div className="card-body">
              <pre className="code" tabIndex={0}>
                {letter.payload === null ? letter.payload_base64 : toJson(letter.payload, 2)}
              </pre>
            </div>
          </section>
          <section className="card" aria-label="Error">
            <div className="card-head">
              <h2>Error</h2>
            </div>
            <div className="card-body">
              <pre className="code" tabIndex={0}>
                {letter.stack}
              </pre>
            </div>
          </section>
        </div>
        <section className="card" aria-label="Facts">
          <dl className="facts card-body">
            <dt>Consumer</dt>
            <dd>{letter.consumer}</dd>
            <dt>Kind</dt>
            <dd>{letter.kind}</dd>
            <dt>Position</dt>
            <dd>{letter.position}</dd>
            <dt>About</dt>
            <dd>
              <Id id={letter.key} label="key" />
            </dd>
            <dt>Attempts</dt>
            <dd>{letter.attempts}</dd>
            <dt>First failed</dt>
            <dd>{formatSecond(letter.first_failed_at)}</dd>
            <dt>Last failed</dt>
            <dd>{formatSecond(letter.last_failed_at)}</dd>
            {letter.reason !== null && (
              <>
                <dt>Reason</dt>
                <dd>{letter.reason}</dd>
              </>
            )}
          </dl>
        </section>
      </div>
    </>
  );
}
