import type { AuditRow } from '@credit-ledger/sdk';
import { useClient } from '../../api/ledger.ts';
import { formatSecond } from '../../format/times.ts';
import { Badge } from '../../parts/badge.tsx';
import { PagedTable, Th, usePages } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { saveAnswer } from '../../parts/save-file.ts';
import { Empty, Failure } from '../../parts/states.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useFilters, useTyped } from '../../parts/use-filters.ts';

const outcomes = ['begun', 'done', 'refused', 'failed'] as const;

/** What administrators changed, and who was refused. */
export function AuditLog() {
  const { get, set } = useFilters();
  const client = useClient();
  const [actor, setActor] = useTyped(get('actor'), (text) => set({ actor: text }));
  const [action, setAction] = useTyped(get('action'), (text) => set({ action: text }));
  const text = (name: string): string | undefined => (get(name) === '' ? undefined : get(name));
  const query = { limit: 50, actor: text('actor'), action: text('action') };
  const pages = usePages<AuditRow>(['audit-log', query], (client, from) =>
    client.listAuditLog({ ...query, ...from }),
  );
  const save = useAction(async () => saveAnswer(await client.downloadAuditLog('csv'), 'audit-log.csv'));
  return (
    <>
      <PageHead
        title="Audit log"
        lead="Each action is written down before it is done, and how it ended. Rows are chained by hashes and sealed."
      >
        <button type="button" className="button" disabled={save.isRunning} onClick={() => save.run()}>
          Download CSV
        </button>
      </PageHead>
      {save.error !== undefined && <Failure error={save.error} />}
      <section className="card">
        <div className="filters" role="search">
          <input
            className="input search"
            aria-label="Actor"
            placeholder="Key id of the actor"
            value={actor}
            onChange={(event) => setActor(event.target.value)}
          />
          <input
            className="input search"
            aria-label="Action"
            placeholder="Action, such as createApiKey"
            value={action}
            onChange={(event) => setAction(event.target.value)}
          />
        </div>
        <PagedTable
          pages={pages}
          caption="Audit log"
          head={
            <>
              <Th isNumber>Number</Th>
              <Th>Time</Th>
              <Th>Action</Th>
              <Th>Outcome</Th>
              <Th>Actor</Th>
              <Th>Ledger</Th>
              <Th>From</Th>
              <Th>Detail</Th>
            </>
          }
          row={(row) => (
            <tr key={row.number}>
              <td className="num">{row.number}</td>
              <td className="nowrap">{formatSecond(row.recorded_at)}</td>
              <td>{row.action}</td>
              <td className="fold-top">
                <Badge state={outcomes.find((known) => known === row.outcome) ?? row.outcome} />
              </td>
              <td className="text">{row.actor ?? 'unknown'}</td>
              <td className="fold-away">{row.ledger ?? '–'}</td>
              <td className="dim fold-away">{row.address ?? '–'}</td>
              <td className="text dim">
                {row.detail ?? row.code ?? (row.occurrences > 1 ? `${row.occurrences} times` : '–')}
              </td>
            </tr>
          )}
          empty={<Empty title="No row is like that." />}
        />
      </section>
    </>
  );
}
