import { ConnectionError, CreditLedgerError, ProblemError } from './errors.ts';
import { readMessages, type StreamMessage } from './event-stream.ts';
import type { Event } from './gen/schemas.ts';
import { parseAnswer } from './json.ts';
import { backoffMs, pause } from './pause.ts';
import type { CallOptions, Transport } from './transport.ts';

/** Which events a feed carries; all of the ledger when nothing is said. */
export interface FollowQuery {
  /** Events after it; when absent the feed begins with the next event. */
  readonly after_position?: number | undefined;
  readonly types?: string | readonly string[] | undefined;
  readonly account_id?: string | undefined;
  readonly transfer_id?: string | undefined;
}

export interface FollowOptions extends Pick<CallOptions, 'ledger' | 'signal'> {
  /** Is told when the feed is open, and when it waits to be opened again and why. */
  readonly onState?: ((state: 'open' | 'waiting', reason?: CreditLedgerError) => void) | undefined;
  /** Is told how far the feed has come, also over events that are not meant for it: `after_position` of another. */
  readonly onPosition?: ((position: number) => void) | undefined;
  /** A feed that is silent for so long is opened again; 45,000 ms when absent (the server beats every 15 s). */
  readonly silentMs?: number | undefined;
  readonly random?: (() => number) | undefined;
}

/**
 * Events as they are committed, in order and without a gap, for as long as they are wanted: a feed that breaks is
 * opened again where it was.
 * @throws {ProblemError} where opening it again can't help, such as `unauthorized` or `position_expired`
 */
export async function* followEvents(
  transport: Transport,
  query: FollowQuery,
  options: FollowOptions,
): AsyncGenerator<Event, void, undefined> {
  const { signal, onState, random = Math.random } = options;
  const place: Place = { position: query.after_position };
  for (let failures = 0; ;) {
    const before = place.position;
    try {
      yield* passOn(openFeed(transport, query, place.position, options), place, options);
      onState?.('waiting');
    } catch (error) {
      signal?.throwIfAborted();
      const passing = requirePassing(error);
      onState?.('waiting', passing);
    }
    failures = place.position === before ? failures + 1 : 1;
    await pause(backoffMs(failures, 0, random()), signal);
  }
}

interface Place {
  position: number | undefined;
}

/**
 * The events of a feed; the place moves on when the next is asked for. A feed is open once it has said where it
 * begins: what happens from then on is not missed, however often it breaks.
 */
async function* passOn(
  messages: AsyncIterable<StreamMessage>,
  place: Place,
  { onState, onPosition }: FollowOptions,
): AsyncGenerator<Event, void, undefined> {
  let isOpen = false;
  for await (const { id, data } of messages) {
    if (data !== undefined) yield toEvent(data);
    if (id !== undefined) onPosition?.((place.position = Number(id)));
    if (!isOpen) onState?.('open');
    isOpen = true;
  }
}

/** What another try may mend; anything else is thrown. */
function requirePassing(error: unknown): CreditLedgerError {
  const isPassing = error instanceof ProblemError ? error.retry === 'same_key' : true;
  if (error instanceof CreditLedgerError && isPassing) return error;
  throw error;
}

async function* openFeed(
  transport: Transport,
  query: FollowQuery,
  position: number | undefined,
  options: FollowOptions,
) {
  const silence = new AbortController();
  const { signal, silentMs = 45_000 } = options;
  const both = AbortSignal.any([silence.signal, ...(signal === undefined ? [] : [signal])]);
  const request = {
    method: 'GET',
    path: '/v1/events',
    query: { ...query, after_position: position },
    accept: 'text/event-stream',
  };
  const response = await transport.open(request, { ledger: options.ledger, signal: both });
  let timer = setTimeout(() => silence.abort(), silentMs);
  const facts = { request: 'GET /v1/events', idempotencyKey: undefined, attempts: 1 };
  try {
    if (response.body === null) return;
    for await (const message of readMessages(response.body)) {
      clearTimeout(timer);
      yield message;
      timer = setTimeout(() => silence.abort(), silentMs);
    }
  } catch (error) {
    throw new ConnectionError('GET /v1/events: the feed broke', facts, error);
  } finally {
    clearTimeout(timer);
  }
}

function toEvent(data: string): Event {
  const event = parseAnswer(data);
  if (isEvent(event)) return event;
  throw new TypeError('the feed carries something that is no event');
}

function isEvent(value: unknown): value is Event {
  return typeof value === 'object' && value !== null && 'position' in value && 'payload' in value;
}
