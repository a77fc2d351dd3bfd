import type { JsonObject } from '@credit-ledger/contract/json.ts';
import { unknownAccount } from '../ledger/account-match.ts';
import { LedgerFault } from '../ledger/fault.ts';
import { readAccount } from '../ledger/read-accounts.ts';
import { found, noAnswer, type Answer as Found } from '../ledger/read-answer.ts';
import { readHead } from '../ledger/read-ledgers.ts';
import { prefersAmountsAsText, type Answer } from './answer.ts';
import type { Auth } from './auth.ts';
import type { Call, Handlers } from './call.ts';
import { openFeed } from './event-feed.ts';
import { passes, type EventFilter } from './event-filter.ts';
import { readFeedEvents, type EventTail, type FeedEvent, type ReadLog } from './event-tail.ts';
import { limits } from './limits.ts';
import { refuseRead, type Reading } from './reading.ts';
import { invalidPart } from './request-error.ts';

/** A page looks at this many events at most; where few match, it says how far it has come. */
const scanMax = 10_000;
const scanPage = 1000;

export interface EventParts {
  readonly tail: EventTail;
  readonly auth: Auth;
  /** Where it differs from the limits. */
  readonly stalledMs: number | undefined;
}

/** The log of events, as pages of JSON or as a live feed; it is the ledger's own, so it is asked there. */
export function eventHandlers(parts: EventParts, reading: Reading): Handlers<'listEvents'> {
  return {
    listEvents: async (call) => {
      const filter = await filterOf(reading, call);
      if (filter.kind === 'refused') return refuseRead(reading, call, filter.refusal);
      if (wantsFeed(call)) return answerFeed(parts, reading, call, filter.value);
      const page = await readPage(parts.tail.readLog, reading, call, filter.value);
      if (page.kind === 'refused') return refuseRead(reading, call, page.refusal);
      return { status: 200, body: page.value, headers: {} };
    },
  };
}

function wantsFeed({ headers }: Call<'listEvents'>): boolean {
  return /(^|,)\s*text\/event-stream\s*(;|,|$)/i.test(headers.accept ?? '');
}

async function filterOf(
  { db }: Reading,
  { ledger, query }: Call<'listEvents'>,
): Promise<Found<EventFilter>> {
  const { types, account_id: ref, transfer_id: transfer } = query;
  if (ref === undefined) return found({ ledger, types, account: undefined, transfer });
  const account = await readAccount(db, ledger, ref);
  if (account.kind === 'refused') return unknownAccount(ref);
  return found({ ledger, types, account: account.value.settings.id, transfer });
}

async function readPage(
  readLog: ReadLog,
  { primary: db }: Reading,
  { query }: Call<'listEvents'>,
  filter: EventFilter,
): Promise<Found<JsonObject>> {
  const newest = query.after_position === undefined ? await beginOfLast(db, query.last) : undefined;
  const begin = newest ?? query.after_position ?? 0;
  // Of the newest there is what there is; whoever names a place has to learn that it is gone.
  const refusal = newest === undefined ? await refusePosition(readLog, db, begin) : undefined;
  if (refusal !== undefined) return refusal;
  const data: JsonObject[] = [];
  let position = begin;
  while (data.length < query.limit && position < begin + scanMax) {
    const events = await readFeedEvents(readLog, position, scanPage);
    for (const event of events) {
      if (data.length === query.limit) break;
      position = event.logged.position;
      if (passes(filter, event)) data.push(event.view());
    }
    if (events.length < scanPage) break;
  }
  return found({ data, next_position: position });
}

/** The position before the newest so many events of the log. */
async function beginOfLast(
  db: Reading['primary'],
  last: number | undefined,
): Promise<number | undefined> {
  if (last === undefined) return undefined;
  return Math.max((await readHead(db)).position - last, 0);
}

/** Whether the log goes on from a position: it may be beyond its head, or older than what is kept. */
async function refusePosition(
  readLog: ReadLog,
  db: Reading['primary'],
  position: number,
): Promise<ReturnType<typeof noAnswer> | undefined> {
  const head = await readHead(db);
  const facts = { after_position: position, head_position: head.position };
  if (position > head.position)
    return noAnswer(
      'position_unknown',
      `position ${position} was asked for, ${head.position} is reached`,
      facts,
    );
  if (position === head.position || (await hasNext(readLog, position))) return undefined;
  const detail = `the log no longer has what came after position ${position}`;
  return noAnswer('position_expired', detail, facts);
}

async function hasNext(readLog: ReadLog, position: number): Promise<boolean> {
  const [next]: (FeedEvent | undefined)[] = await readFeedEvents(readLog, position, 1);
  return next !== undefined;
}

async function answerFeed(
  { tail, auth, stalledMs = limits.feedStalledMs }: EventParts,
  reading: Reading,
  call: Call<'listEvents'>,
  filter: EventFilter,
): Promise<Answer> {
  if (tail.isClosed) throw new LedgerFault('ledger_unavailable', 'the server is stopping', 2);
  if (tail.readers >= limits.feeds)
    throw new LedgerFault('overloaded', `this process has its ${limits.feeds} live feeds`);
  const from =
    readLastEventId(call) ??
    call.query.after_position ??
    (await beginOfLast(reading.primary, call.query.last));
  const refusal =
    from === undefined ? undefined : await refusePosition(tail.readLog, reading.primary, from);
  if (refusal !== undefined) return refuseRead(reading, call, refusal.refusal);
  const body = openFeed({
    tail,
    filter,
    from: from ?? (await readHead(reading.primary)).position,
    amountsAsText: prefersAmountsAsText(call.headers['prefer']),
    recheck: async () => auth.authenticate(call.headers.authorization),
    stalledMs,
    monotonicMs: reading.monotonicMs,
  });
  return { status: 200, body, type: 'text/event-stream', headers: { 'x-accel-buffering': 'no' } };
}

/** What a client resumes by counts before what its address says. */
function readLastEventId({ headers }: Call<'listEvents'>): number | undefined {
  const text = headers['last-event-id'];
  if (text === undefined) return undefined;
  if (typeof text === 'string' && /^(0|[1-9][0-9]{0,14})$/.test(text)) return Number(text);
  throw invalidPart('Last-Event-ID', 'must be the id of an event of this feed');
}
