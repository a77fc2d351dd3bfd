import type { Projection, Reconciliation, Verification } from '@credit-ledger/sdk';
import { useRead } from '../../api/queries.ts';
import { formatAgo, formatCount, formatMs } from '../../format/times.ts';
import { Tile } from './tile.tsx';

const everyMs = 5000;
const slowMs = 30_000;
const lettersMax = 100;

/** How the parts stand that work by themselves. */
export function OperatorTiles() {
  const projections = useRead(['projections'], (client) => client.listProjections(), { everyMs });
  const outbox = useRead(['outbox'], (client) => client.readOutbox(), { everyMs });
  const letters = useRead(
    ['dead-letters', 'open'],
    (client) => client.listDeadLetters({ status: 'parked', limit: lettersMax }).take(lettersMax),
    { everyMs },
  );
  const verifications = useRead(
    ['verifications'],
    (client) => client.listVerifications({ limit: 1 }).take(1),
    { everyMs: slowMs },
  );
  const reconciliations = useRead(
    ['reconciliations', 'last'],
    (client) => client.listReconciliations({ limit: 1 }).take(1),
    { everyMs: slowMs },
  );
  return (
    <div className="tiles">
      {projections.data !== undefined && <LagTile projections={projections.data.data} />}
      {outbox.data !== undefined && (
        <Tile
          name="Relay lag"
          to="/operations/relay"
          value={
            outbox.data.outboxes.length === 0
              ? 'none needed'
              : `${formatCount(Math.max(...outbox.data.outboxes.map(({ unpublished_events: count }) => count)))} events`
          }
          note={
            outbox.data.outboxes.length === 0
              ? 'events are read from the log in place'
              : outbox.data.outboxes.map(({ transport, state }) => `${transport} ${state}`).join(', ')
          }
          tone={
            outbox.data.outboxes.some(({ state }) => state === 'halted' || state === 'failing')
              ? 'bad'
              : 'good'
          }
        />
      )}
      {letters.data !== undefined && (
        <Tile
          name="Dead letters"
          to="/operations/dead-letters"
          value={
            letters.data.length === lettersMax
              ? `${lettersMax} or more`
              : formatCount(letters.data.length)
          }
          note={
            letters.data.length === 0 ? 'nothing was given up on' : 'wait to be redriven or discarded'
          }
          tone={letters.data.length === 0 ? 'good' : 'bad'}
        />
      )}
      {verifications.data !== undefined && <ProofTile last={verifications.data[0]} />}
      {reconciliations.data !== undefined && <ReconciliationTile last={reconciliations.data[0]} />}
    </div>
  );
}

const lagWarnSeconds = 5;

function LagTile({ projections }: { projections: readonly Projection[] }) {
  const seconds = Math.max(...projections.map(({ lag_seconds: lag }) => lag), 0);
  const stopped = projections
    .filter(({ state }) => state !== 'running')
    .map(({ name, state }) => `${name} ${state}`);
  const drifted = projections
    .filter(({ drifted_at: at }) => at !== null)
    .map(({ name }) => `${name} drifted`);
  const faults = [...stopped, ...drifted];
  return (
    <Tile
      name="Read-model lag"
      to="/operations/projections"
      value={seconds === 0 ? 'up to date' : formatMs(seconds * 1000)}
      note={faults.length === 0 ? `${projections.length} projections run` : faults.join(', ')}
      tone={faults.length > 0 ? 'bad' : seconds > lagWarnSeconds ? 'warn' : 'good'}
    />
  );
}

function ProofTile({ last }: { last: Verification | undefined }) {
  const to = '/operations/verifications';
  if (last === undefined)
    return (
      <Tile name="Last proof" to={to} value="none yet" note="the journal is verified every night" />
    );
  const bad = last.checks?.reduce((sum, { count }) => sum + count, 0) ?? 0;
  const isWell = last.state === 'done' && bad === 0;
  return (
    <Tile
      name="Last proof"
      to={to}
      value={isWell ? 'it holds' : last.state}
      note={formatAgo(last.finished_at ?? last.created_at, Date.now())}
      tone={isWell ? 'good' : last.state === 'differs' || last.state === 'failed' ? 'bad' : 'warn'}
    />
  );
}

function ReconciliationTile({ last }: { last: Reconciliation | undefined }) {
  const to = '/operations/reconciliations';
  if (last === undefined)
    return <Tile name="Last reconciliation" to={to} value="none yet" note="it comes round by itself" />;
  const drifted = last.report?.drifted;
  return (
    <Tile
      name="Last reconciliation"
      to={to}
      value={
        drifted === undefined
          ? last.state
          : drifted === 0
            ? 'no drift'
            : `${formatCount(drifted)} drifted`
      }
      note={formatAgo(last.finished_at ?? last.created_at, Date.now())}
      tone={drifted === 0 ? 'good' : drifted === undefined ? 'warn' : 'bad'}
    />
  );
}
