import type { Reconciliation } from '@credit-ledger/sdk';
import { useParams } from 'wouter';
import { useClient } from '../../api/ledger.ts';
import { readAgain, useRead } from '../../api/queries.ts';
import { formatCount, formatSecond } from '../../format/times.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Link } from '../../parts/link.tsx';
import { PagedTable, Th, usePages } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';

type Source = NonNullable<Reconciliation['report']>['sources'][number];

const everyMs = 2000;

/** Comparisons of balances, read models and topics with the journal. */
export function Reconciliations() {
  const client = useClient();
  const pages = usePages<Reconciliation>(['reconciliations'], (client, from) =>
    client.listReconciliations({ limit: 30, ...from }),
  );
  return (
    <>
      <PageHead
        title="Reconciliation"
        lead="Balances, read models and topics are compared with the journal. What differs is answered by the ledger, and rebuilt if that is wanted."
      >
        <ActButton
          text="Reconcile now"
          act={() => client.requestReconciliation()}
          onDone={() => readAgain('reconciliations')}
          said="It is being compared."
        />
      </PageHead>
      <section className="card">
        <PagedTable
          pages={pages}
          caption="Reconciliations"
          head={
            <>
              <Th>Asked for</Th>
              <Th>State</Th>
              <Th isNumber>Drifted</Th>
              <Th isNumber>Position</Th>
              <Th>By</Th>
            </>
          }
          row={({ id, created_at: createdAt, state, report, requested_by: by }) => (
            <tr key={id}>
              <td>
                <Link to={`/operations/reconciliations/${id}`} className="row-link">
                  {formatSecond(createdAt)}
                </Link>
              </td>
              <td className="fold-top">
                <Badge state={state} />
              </td>
              <td className="num" data-label="drifted">
                {report === null ? (
                  '–'
                ) : (
                  <Badge
                    state={report.drifted === 0 ? 'ok' : 'differs'}
                    text={formatCount(report.drifted)}
                  />
                )}
              </td>
              <td className="num" data-label="position">
                {report === null ? '–' : formatCount(report.position)}
              </td>
              <td className="dim">{by ?? 'its time had come'}</td>
            </tr>
          )}
          empty={
            <Empty title="Nothing was compared yet.">
              <p>It comes round by itself.</p>
            </Empty>
          }
        />
      </section>
    </>
  );
}

/** What one comparison found. */
export function ReconciliationPage() {
  const { id = '' } = useParams();
  const run = useRead(['reconciliation', id], (client) => client.readReconciliation(id), { everyMs });
  return (
    <Loaded query={run}>
      {(found) => (
        <>
          <PageHead
            title="Reconciliation"
            heading={
              <>
                Reconciliation <Badge state={found.state} />
              </>
            }
            crumbs={[['/operations/reconciliations', 'Reconciliation']]}
            lead={
              found.finished_at === null ? 'It runs.' : `Finished ${formatSecond(found.finished_at)}.`
            }
          />
          {found.error !== null && <div className="notice bad">{found.error}</div>}
          {found.report === null ? (
            <progress className="progress" max={1} value={found.progress} aria-label="Progress" />
          ) : (
            <div className="stack">
              {found.report.sources.map((source) => (
                <SourceCard key={source.source} source={source} />
              ))}
            </div>
          )}
        </>
      )}
    </Loaded>
  );
}

function SourceCard({
  source: { source, position, checked, drifted, note, differences },
}: {
  source: Source;
}) {
  return (
    <section className="card" aria-label={source}>
      <div className="card-head">
        <h2>{source.replaceAll('_', ' ')}</h2>
        <span className="dim">
          {formatCount(checked)} checked at position {formatCount(position)}
        </span>
        <Badge
          state={drifted === 0 ? 'ok' : 'differs'}
          text={drifted === 0 ? 'equal' : `${formatCount(drifted)} differ`}
        />
      </div>
      {note !== undefined && <p className="card-body dim">{note}</p>}
      {differences.length > 0 && (
        <div className="table-wrap">
          <table className="table">
            <caption className="sr-only">Differences</caption>
            <thead>
              <tr>
                <Th>Subject</Th>
                <Th>Field</Th>
                <Th isNumber>The journal says</Th>
                <Th isNumber>It says</Th>
                <Th isNumber>Difference</Th>
              </tr>
            </thead>
            <tbody>
              {differences.map((row) => (
                <tr key={row.subject + row.field}>
                  <td className="text">
                    {row.subject.includes('-') ? (
                      <Link to={`/accounts/${row.subject}`}>{row.subject}</Link>
                    ) : (
                      row.subject
                    )}
                  </td>
                  <td>{row.field}</td>
                  <td className="num">{row.expected ?? 'nothing'}</td>
                  <td className="num">{row.actual ?? 'nothing'}</td>
                  <td className="num">{row.difference ?? '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
