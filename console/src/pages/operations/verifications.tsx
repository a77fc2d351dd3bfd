import type { Verification } from '@credit-ledger/sdk';
import { useClient } from '../../api/ledger.ts';
import { readAgain, useRead } from '../../api/queries.ts';
import { formatCount, formatSecond } from '../../format/times.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { Badge } from '../../parts/badge.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';

const everyMs = 1500;
const shownMax = 20;

/** Proofs that the journal is what was written: everything is computed again. */
export function Verifications() {
  const client = useClient();
  const runs = useRead(
    ['verifications', 'all'],
    (client) => client.listVerifications({ limit: shownMax }).take(shownMax),
    { everyMs },
  );
  return (
    <>
      <PageHead
        title="Proofs"
        lead="Log and journal are read once, everything is computed again, and the first bad record of each kind is named."
      >
        <ActButton
          text="Verify now"
          act={() => client.startVerification()}
          onDone={() => readAgain('verifications')}
          said="The journal is being verified."
        />
      </PageHead>
      <div className="stack">
        <Loaded query={runs} rows={6}>
          {(found) =>
            found.length === 0 ? (
              <section className="card">
                <Empty title="Nothing was verified yet.">
                  <p>It comes round every night.</p>
                </Empty>
              </section>
            ) : (
              found.map((run) => <VerificationCard key={run.id} run={run} />)
            )
          }
        </Loaded>
      </div>
    </>
  );
}

function VerificationCard({
  run: { created_at: createdAt, state, progress, checks, error, position },
}: {
  run: Verification;
}) {
  const bad = checks?.filter(({ count }) => count > 0) ?? [];
  return (
    <section className="card" aria-label={`Proof of ${formatSecond(createdAt)}`}>
      <div className="card-head">
        <h2>{formatSecond(createdAt)}</h2>
        <span className="dim">{formatCount(position)} events</span>
        <Badge state={state} text={state === 'done' ? 'it holds' : state} />
      </div>
      {checks === null && error === null && (
        <div className="card-body">
          <progress className="progress" max={1} value={progress} aria-label="Progress" />
        </div>
      )}
      {error !== null && <div className="card-body">{error}</div>}
      {bad.length > 0 && (
        <ul className="card-body stack">
          {bad.map(({ check, says, count, first }) => (
            <li key={check} className="notice bad">
              <strong>
                {check}: {formatCount(count)} bad
              </strong>
              {says} {first?.what}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
