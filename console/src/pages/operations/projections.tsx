import type { Operation, Projection } from '@credit-ledger/sdk';
import { useState } from 'react';
import { useClient } from '../../api/ledger.ts';
import { readAgain, useRead } from '../../api/queries.ts';
import { formatCount, formatMs, formatSecond } from '../../format/times.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Check, TextField } from '../../parts/fields.tsx';
import { Link } from '../../parts/link.tsx';
import { PagedTable, Th, usePages } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';

const everyMs = 1500;
const again = (): void => readAgain('projections', 'operations');

/** The read models: how far they are, and how they are made again. */
export function Projections() {
  const projections = useRead(['projections'], (client) => client.listProjections(), { everyMs });
  return (
    <>
      <PageHead
        title="Projections"
        lead="Read models follow the log of events. Where one is behind, the ledger itself answers."
      />
      <div className="stack">
        <Loaded query={projections} rows={8}>
          {({ data }) =>
            data.map((projection) => <ProjectionCard key={projection.name} projection={projection} />)
          }
        </Loaded>
        <OperationHistory />
      </div>
    </>
  );
}

function ProjectionCard({ projection }: { projection: Projection }) {
  const {
    name,
    state,
    reason,
    position,
    head_position: head,
    lag_positions: lag,
    lag_seconds: seconds,
    operation,
  } = projection;
  return (
    <section className="card" aria-label={name}>
      <div className="card-head">
        <h2>
          {name.replaceAll('_', ' ')} <Badge state={state} />{' '}
          {projection.drifted_at !== null && <Badge state="differs" text="drifted" />}
        </h2>
        <ProjectionActions projection={projection} />
      </div>
      <div className="card-body stack">
        <dl className="figures">
          <Fact name="Position" value={`${formatCount(position)} of ${formatCount(head)}`} />
          <Fact
            name="Lag"
            value={lag === 0 ? 'none' : `${formatCount(lag)} events, ${formatMs(seconds * 1000)}`}
          />
          <Fact name="Generation" value={String(projection.generation)} />
          <Fact name="Parked" value={String(projection.parked)} />
          <Fact name="Waiting behind" value={String(projection.waiting)} />
        </dl>
        {reason !== null && <div className="notice warn">{reason}</div>}
        {projection.drifted_at !== null && (
          <div className="notice bad">
            <strong>A reconciliation found it different from the journal.</strong> The ledger answers
            until it is rebuilt.{' '}
            {projection.drift_reconciliation_id !== null && (
              <Link to={`/operations/reconciliations/${projection.drift_reconciliation_id}`}>
                See what differs
              </Link>
            )}
          </div>
        )}
        {operation !== null && <OperationProgress operation={operation} />}
      </div>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="figure">{value}</dd>
    </div>
  );
}

function ProjectionActions({ projection }: { projection: Projection }) {
  const { name, state, operation } = projection;
  const client = useClient();
  const [accepts, setAccepts] = useState(false);
  if (operation !== null) return null;
  return (
    <>
      {state === 'running' ? (
        <ActButton
          isSmall
          text="Pause"
          act={() => client.stopProjection(name)}
          onDone={again}
          said={`${name} is paused.`}
        />
      ) : (
        <ActButton
          isSmall
          text="Start"
          act={() => client.startProjection(name)}
          onDone={again}
          said={`${name} runs.`}
        />
      )}
      <ActButton
        isSmall
        text="Rebuild"
        asks={`Rebuild ${name}`}
        explains="It is made again from the log beside the one in use, compared with it, and takes its place. Reads go on."
        act={() => client.rebuildProjection(name, accepts ? { accept_differences: true } : {})}
        onDone={again}
        said={`${name} is being rebuilt.`}
      >
        <Check label="Take it over even if it differs" isOn={accepts} onChange={setAccepts} />
      </ActButton>
      <Replay projection={projection} />
      <ActButton
        isSmall
        isDanger
        text="Reset"
        asks={`Empty ${name}`}
        explains="It is emptied and made again. The ledger answers meanwhile, which is slower."
        act={() => client.resetProjection(name)}
        onDone={again}
        said={`${name} is being made again.`}
      />
    </>
  );
}

function Replay({ projection: { name, head_position: head } }: { projection: Projection }) {
  const client = useClient();
  const [text, setText] = useState('0');
  const isPlace = /^(0|[1-9]\d{0,14})$/.test(text) && Number(text) <= head;
  return (
    <ActButton
      isSmall
      text="Replay"
      asks={`Replay ${name}`}
      explains="Events are applied again in place. What is there already stays as it is; what is missing comes."
      act={() => client.replayProjection(name, { from_position: Number(text) })}
      onDone={again}
      said={`${name} is being replayed.`}
      canSubmit={isPlace}
    >
      <TextField
        label="After position"
        isNumber
        value={text}
        error={isPlace ? undefined : `A position from 0 to ${head}.`}
        hint={`0 is from the beginning; the log is at ${formatCount(head)}.`}
        onChange={setText}
      />
    </ActButton>
  );
}

function OperationProgress({ operation }: { operation: Operation }) {
  const client = useClient();
  const { id, kind, state, progress, position, target_position: target } = operation;
  return (
    <div className="stack">
      <div className="foot-row">
        <span>
          {kind} is {state}: {formatCount(position)} of {formatCount(target)} events
        </span>
        <span className="spring" />
        <ActButton
          isSmall
          text="Cancel"
          act={() => client.cancelOperation(id)}
          onDone={again}
          said="It was cancelled."
        />
      </div>
      <progress className="progress" max={1} value={progress} aria-label={`Progress of the ${kind}`} />
    </div>
  );
}

function OperationHistory() {
  const pages = usePages(['operations'], (client, from) =>
    client.listOperations({ limit: 20, ...from }),
  );
  return (
    <section className="card" aria-label="History">
      <div className="card-head">
        <h2>Rebuilds and replays</h2>
      </div>
      <PagedTable
        pages={pages}
        caption="Rebuilds and replays"
        head={
          <>
            <Th>Asked for</Th>
            <Th>Projection</Th>
            <Th>Kind</Th>
            <Th>State</Th>
            <Th isNumber>Differences</Th>
            <Th>By</Th>
          </>
        }
        row={(operation) => (
          <tr key={operation.id}>
            <td className="nowrap">{formatSecond(operation.created_at)}</td>
            <td>{operation.projection}</td>
            <td>{operation.kind}</td>
            <td className="fold-top">
              <Badge state={operation.state} />
              {operation.error !== null && <div className="dim">{operation.error}</div>}
            </td>
            <td className="num" data-label="differences">
              {operation.comparison === null
                ? '–'
                : formatCount(
                    operation.comparison.reduce((sum, { differences }) => sum + differences, 0),
                  )}
            </td>
            <td className="dim">{operation.requested_by}</td>
          </tr>
        )}
        empty={<Empty title="Nothing was rebuilt yet." />}
      />
    </section>
  );
}
