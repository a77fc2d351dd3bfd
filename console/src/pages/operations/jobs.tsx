import type { Job, JobRun } from '@credit-ledger/sdk';
import { useClient } from '../../api/ledger.ts';
import { readAgain, useRead } from '../../api/queries.ts';
import { formatAgo, formatMs, formatSecond } from '../../format/times.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { Badge } from '../../parts/badge.tsx';
import { toJson } from '../../parts/copy.tsx';
import { PagedTable, Th, usePages } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';

const everyMs = 2000;

/** What comes round by itself. */
export function Jobs() {
  const jobs = useRead(['jobs'], (client) => client.listJobs(), { everyMs });
  return (
    <>
      <PageHead title="Jobs" lead="What comes round by itself, with its last run and its next." />
      <div className="stack">
        <section className="card">
          <Loaded query={jobs} rows={8}>
            {({ data }) => (
              <div className="table-wrap" tabIndex={0} role="region" aria-label="Jobs">
                <table className="table">
                  <caption className="sr-only">Jobs</caption>
                  <thead>
                    <tr>
                      <Th>Job</Th>
                      <Th>Every</Th>
                      <Th>Last run</Th>
                      <Th>State</Th>
                      <Th>Next</Th>
                      <Th />
                    </tr>
                  </thead>
                  <tbody>
                    {data.map((job) => (
                      <JobRow key={job.name} job={job} />
                    ))}
                  </tbody>
                </table>
              </div>
            )}
          </Loaded>
        </section>
        <RunHistory />
      </div>
    </>
  );
}

function JobRow({ job: { name, every_ms: everyMs, last_run: last, next_run_at: next } }: { job: Job }) {
  const client = useClient();
  return (
    <tr>
      <th scope="row">{name.replaceAll('_', ' ')}</th>
      <td data-label={everyMs === null ? undefined : 'every'}>
        {everyMs === null ? 'when asked' : formatMs(everyMs)}
      </td>
      <td className="nowrap" data-label="ran">
        {last === null ? 'never' : formatAgo(last.created_at, Date.now())}
      </td>
      <td>{last === null ? '–' : <Badge state={last.state} />}</td>
      <td className="nowrap" data-label="next">
        {next === null ? '–' : formatAgo(next, Date.now())}
      </td>
      <td className="num fold-top">
        <ActButton
          isSmall
          text="Run"
          act={() => client.runJob(name)}
          onDone={() => readAgain('jobs', 'job-runs')}
          said={`${name} is run.`}
        />
      </td>
    </tr>
  );
}

function RunHistory() {
  const pages = usePages<JobRun>(['job-runs'], (client, from) =>
    client.listJobRuns({ limit: 25, ...from }),
  );
  return (
    <section className="card" aria-label="Runs">
      <div className="card-head">
        <h2>Runs</h2>
      </div>
      <PagedTable
        pages={pages}
        caption="Runs"
        head={
          <>
            <Th>Asked for</Th>
            <Th>Job</Th>
            <Th>State</Th>
            <Th>By</Th>
            <Th>Result</Th>
          </>
        }
        row={(run) => (
          <tr key={run.id}>
            <td className="nowrap">{formatSecond(run.created_at)}</td>
            <td>{run.job}</td>
            <td className="fold-top">
              <Badge state={run.state} />
            </td>
            <td className="dim">{run.requested_by ?? 'its time had come'}</td>
            <td className="text">
              <code className="dim">{run.error ?? toJson(run.result)}</code>
            </td>
          </tr>
        )}
        empty={<Empty title="Nothing has run yet." />}
      />
    </section>
  );
}
