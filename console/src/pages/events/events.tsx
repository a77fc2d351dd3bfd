import type { LedgerEvent } from '@credit-ledger/sdk';
import { useState } from 'react';
import { useLive } from '../../api/use-live.ts';
import { useRead } from '../../api/queries.ts';
import { formatClock, formatCount } from '../../format/times.ts';
import { Badge } from '../../parts/badge.tsx';
import { CopyTextButton, toJson } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icons.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty } from '../../parts/states.tsx';
import { useFilters, useTyped } from '../../parts/use-filters.ts';
import { useIsPhone } from '../../parts/use-phone.ts';
import { VirtualRows } from '../../parts/virtual-rows.tsx';
import { EventTape } from './event-tape.ts';
import { EventSummary } from './event-summary.tsx';

const keptMax = 5000;
const firstShown = 200;
/** As the styles have it: one line, or two on a phone. */
const rowPixels = 35;
const phoneRowPixels = 58;
const types = [
  'AccountCreated',
  'AccountUpdated',
  'EntryPosted',
  'TransferInitiated',
  'TransferScheduled',
  'TransferCancelled',
  'TransferHeld',
  'TransferSettled',
  'TransferCompleted',
  'TransferFailed',
  'TransferVoided',
  'TransferExpired',
  'TransferReversed',
  'LedgerSealed',
  'DriftFound',
];
const stateWords = { open: 'live', waiting: 'connecting again', closed: 'not connected' } as const;

/** Events as they are committed. What is shown stands still while it is paused; what comes meanwhile is counted. */
export function Events() {
  const [tape] = useState(() => new EventTape(keptMax));
  const [, redraw] = useState(0);
  const [isPaused, setPaused] = useState(false);
  const [chosen, setChosen] = useState<LedgerEvent>();
  const { get } = useFilters();
  const isPhone = useIsPhone();
  const before = useRead(['recent-events'], (client) =>
    client.listEvents({ last: firstShown, limit: firstShown }).page(),
  );
  if (before.data !== undefined) tape.begin(before.data.data);
  const state = useLive((events) => {
    tape.add(events);
    if (!isPaused) tape.show();
    redraw((count) => count + 1);
  });
  const [type, text] = [get('type'), get('q')];
  const shown = tape.select(
    (event) => (type === '' || event.type === type) && (text === '' || mentions(event, text)),
    `${type} ${text}`,
  );
  const pause = (): void => {
    setPaused(!isPaused);
    if (isPaused) tape.show();
  };
  return (
    <>
      <PageHead
        title="Events"
        heading={
          <>
            Events{' '}
            <Badge
              state={state}
              tone={state === 'open' && !isPaused ? 'good' : 'warn'}
              text={isPaused ? 'paused' : stateWords[state]}
            />
          </>
        }
        lead={`${formatCount(tape.total)} since this page was opened. The newest ${formatCount(keptMax)} are kept.`}
      >
        <button type="button" className="button" onClick={pause}>
          <Icon name={isPaused ? 'play' : 'pause'} />
          {isPaused ? `Resume${tape.waiting > 0 ? ` (${formatCount(tape.waiting)} new)` : ''}` : 'Pause'}
        </button>
      </PageHead>
      <div className={chosen === undefined ? '' : 'columns'}>
        <section className="card">
          <EventFilters />
          {shown.length === 0 ? (
            <Empty
              title={
                type === '' && text === '' ? 'Nothing has happened yet.' : 'No event here is like that.'
              }
            >
              <p>New events come in by themselves.</p>
            </Empty>
          ) : (
            <VirtualRows
              count={shown.length}
              rowHeight={isPhone ? phoneRowPixels : rowPixels}
              label="Events"
              head={<EventHead />}
              row={(index) => (
                <EventRow event={shown[shown.length - 1 - index]} onChoose={setChosen} chosen={chosen} />
              )}
            />
          )}
        </section>
        {chosen !== undefined && <EventDetail event={chosen} onClose={() => setChosen(undefined)} />}
      </div>
    </>
  );
}

function mentions(event: LedgerEvent, text: string): boolean {
  return (
    event.key.includes(text) || String(event.position) === text || toJson(event.payload).includes(text)
  );
}

function EventFilters() {
  const { get, set } = useFilters();
  const [text, setText] = useTyped(get('q'), (q) => set({ q }));
  return (
    <div className="filters" role="search">
      <select
        className="input"
        aria-label="Type"
        value={get('type')}
        onChange={(event) => set({ type: event.target.value })}
      >
        <option value="">Any type</option>
        {types.map((type) => (
          <option key={type}>{type}</option>
        ))}
      </select>
      <input
        className="input search"
        type="search"
        aria-label="Filter events"
        placeholder="Id, position, or any text of the payload"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  );
}

function EventHead() {
  return (
    <div className="event-row" role="presentation">
      <span role="columnheader">Position</span>
      <span role="columnheader">Time</span>
      <span role="columnheader">Type</span>
      <span role="columnheader">About</span>
    </div>
  );
}

interface EventRowProps {
  readonly event: LedgerEvent | undefined;
  readonly chosen: LedgerEvent | undefined;
  readonly onChoose: (event: LedgerEvent) => void;
}

function EventRow({ event, chosen, onChoose }: EventRowProps) {
  if (event === undefined) return null;
  return (
    <div className={`event-row${event === chosen ? ' is-marked' : ''}`} role="presentation">
      <span role="cell">
        <button
          type="button"
          className="row-button"
          aria-label={`Event ${event.position}`}
          onClick={() => onChoose(event)}
        >
          {event.position}
        </button>
      </span>
      <span role="cell" className="dim nowrap">
        {formatClock(event.recorded_at)}
      </span>
      <span role="cell" className="nowrap">
        {event.type}
      </span>
      <span role="cell" className="cut">
        <EventSummary event={event} />
      </span>
    </div>
  );
}

function EventDetail({ event, onClose }: { event: LedgerEvent; onClose: () => void }) {
  const text = toJson(event, 2);
  return (
    <section className="card" aria-label={`Event ${event.position} in full`}>
      <div className="card-head">
        <h2>
          {event.type} {event.position}
        </h2>
        <CopyTextButton text={() => text}>Copy</CopyTextButton>
        <button type="button" className="icon-button" aria-label="Close the event" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <div className="card-body">
        <pre className="code" tabIndex={0}>
          {text}
        </pre>
      </div>
    </section>
  );
}
