import type { Approval } from '@credit-ledger/sdk';
import { useState } from 'react';
import { useParams } from 'wouter';
import { useClient } from '../../api/ledger.ts';
import { readAgain, useRead } from '../../api/queries.ts';
import { useSession } from '../../api/session.tsx';
import { formatSecond } from '../../format/times.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { Badge } from '../../parts/badge.tsx';
import { toJson } from '../../parts/copy.tsx';
import { TextField } from '../../parts/fields.tsx';
import { Link } from '../../parts/link.tsx';
import { PagedTable, Th, usePages } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';

const again = (): void => readAgain('approvals', 'approval');

/** What waits until another administrator has looked at it. */
export function Approvals() {
  const pages = usePages<Approval>(['approvals'], (client, from) =>
    client.listApprovals({ limit: 50, ...from }),
  );
  return (
    <>
      <PageHead
        title="Approvals"
        lead="Requests that wait until another administrator approves them. FOUR_EYES says which."
      />
      <section className="card">
        <PagedTable
          pages={pages}
          caption="Approvals"
          head={
            <>
              <Th>Requested</Th>
              <Th>What</Th>
              <Th>Ledger</Th>
              <Th>State</Th>
              <Th>By</Th>
              <Th>Decided by</Th>
            </>
          }
          row={(approval) => (
            <tr key={approval.id}>
              <td>
                <Link to={`/operations/approvals/${approval.id}`} className="row-link">
                  {formatSecond(approval.requested_at)}
                </Link>
              </td>
              <td>{approval.operation}</td>
              <td>{approval.ledger}</td>
              <td className="fold-top">
                <Badge state={approval.state} />
              </td>
              <td className="dim" data-label="by">
                {approval.requested_by}
              </td>
              <td className="dim" data-label="decided by">
                {approval.decided_by ?? '–'}
              </td>
            </tr>
          )}
          empty={<Empty title="Nothing waits." />}
        />
      </section>
    </>
  );
}

export function ApprovalPage() {
  const { id = '' } = useParams();
  const approval = useRead(['approval', id], (client) => client.readApproval(id));
  return <Loaded query={approval}>{(found) => <ApprovalView approval={found} />}</Loaded>;
}

function ApprovalView({ approval }: { approval: Approval }) {
  const client = useClient();
  const { key_id: own } = useSession();
  const [reason, setReason] = useState('');
  const { id, operation, state, method, path, body, requested_by: by, answer } = approval;
  const canDecide = state === 'pending';
  return (
    <>
      <PageHead
        title={operation}
        heading={
          <>
            {operation} <Badge state={state} />
          </>
        }
        crumbs={[['/operations/approvals', 'Approvals']]}
        lead={`Requested by ${by} ${formatSecond(approval.requested_at)}; it waits until ${formatSecond(approval.expires_at)}.`}
      >
        {canDecide && by !== own && (
          <ActButton
            text="Approve"
            asks={`Approve ${operation}`}
            explains="It is carried out at once, as it was asked for."
            act={() => client.approveRequest(id)}
            onDone={again}
            said="It was approved."
          />
        )}
        {canDecide && (
          <ActButton
            isDanger
            text="Reject"
            asks={`Reject ${operation}`}
            act={() => client.rejectRequest(id, reason.trim() === '' ? {} : { reason: reason.trim() })}
            onDone={again}
            said="It was rejected."
          >
            <TextField label="Reason" value={reason} onChange={setReason} />
          </ActButton>
        )}
      </PageHead>
      <div className="stack">
        {canDecide && by === own && (
          <div className="notice">You asked for it: another administrator has to approve.</div>
        )}
        <section className="card card-body stack">
          <code>
            {method} {path}
          </code>
          <pre className="code" tabIndex={0} aria-label="Request">
            {toJson(body, 2)}
          </pre>
          {approval.reason !== null && <p>{approval.reason}</p>}
          {answer !== null && (
            <>
              <h2>Answered with {approval.answer_status}</h2>
              <pre className="code" tabIndex={0} aria-label="Answer">
                {toJson(answer, 2)}
              </pre>
            </>
          )}
        </section>
      </div>
    </>
  );
}
