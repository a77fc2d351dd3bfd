import { ApprovalPendingError, ConnectionError, DeadlineError, isProblem } from '@credit-ledger/sdk';
import type { ReactNode } from 'react';
import { Link } from './link.tsx';
import { RefusalWords } from './refusal.tsx';

/** Nothing to show, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h3>{title}</h3>
      {children}
    </div>
  );
}

/** What went wrong, in words, and what helps. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  if (error instanceof ApprovalPendingError)
    return (
      <div className="notice warn" role="status">
        <strong>Another administrator has to approve this.</strong> Nothing was done yet.{' '}
        <Link to={`/operations/approvals/${error.approvalId}`}>See the request</Link>
      </div>
    );
  const mayHelp = !isProblem(error, 'forbidden');
  return (
    <div className="notice bad" role="alert">
      <FailureWords error={error} />
      {retry !== undefined && mayHelp && (
        <div>
          <button type="button" className="button small" onClick={retry}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}

/** A heading and a sentence on any error. */
function FailureWords({ error }: { error: unknown }) {
  if (isProblem(error))
    return (
      <>
        <strong>{error.code === 'forbidden' ? 'This key may not do that' : error.problem.title}.</strong>{' '}
        <RefusalWords code={error.code} detail={error.detail} />
      </>
    );
  if (error instanceof ConnectionError || error instanceof DeadlineError)
    return (
      <>
        <strong>The server can not be reached.</strong> Whether the request had its effect is not known;
        trying again is safe.
      </>
    );
  return (
    <>
      <strong>The console met a fault.</strong> {error instanceof Error ? error.message : ''}
    </>
  );
}

/** Holds the place of what is being read, so that nothing moves when it comes. */
export function Bones({ rows = 6 }: { rows?: number }) {
  return (
    <div className="card-body stack" aria-busy="true" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} className="bones" style={{ width: `${92 - ((row * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

interface LoadedProps<Data> {
  readonly query: {
    readonly data: Data | undefined;
    readonly error: unknown;
    readonly refetch: () => unknown;
  };
  readonly children: (data: Data) => ReactNode;
  readonly rows?: number;
}

/** What was read, once it is there; until then its place, or why it is not. Old data stays under a failure. */
export function Loaded<Data>({ query, children, rows = 6 }: LoadedProps<Data>) {
  const { data, error, refetch } = query;
  if (data !== undefined) return <>{children(data)}</>;
  if (error === null) return <Bones rows={rows} />;
  return (
    <div className="card-body">
      <Failure error={error} retry={() => void refetch()} />
    </div>
  );
}
