import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import * as schemas from './gen/ledger/v1/events_pb.ts';

/*
 * Events as Kafka and RabbitMQ carry them: a protobuf payload with CloudEvents headers (docs/events.md). The types
 * of the messages are those that buf makes of events.proto.
 */

const messages = {
  AccountCreated: schemas.AccountCreatedSchema,
  AccountUpdated: schemas.AccountUpdatedSchema,
  EntryPosted: schemas.EntryPostedSchema,
  TransferInitiated: schemas.TransferInitiatedSchema,
  TransferScheduled: schemas.TransferScheduledSchema,
  TransferCancelled: schemas.TransferCancelledSchema,
  TransferHeld: schemas.TransferHeldSchema,
  TransferSettled: schemas.TransferSettledSchema,
  TransferCompleted: schemas.TransferCompletedSchema,
  TransferFailed: schemas.TransferFailedSchema,
  TransferVoided: schemas.TransferVoidedSchema,
  TransferExpired: schemas.TransferExpiredSchema,
  TransferReversed: schemas.TransferReversedSchema,
  LedgerSealed: schemas.LedgerSealedSchema,
} as const satisfies Record<string, DescMessage>;

export type BrokerEventType = keyof typeof messages;

interface Envelope {
  /** In the log; the same at every send, so a repeat is known by it. */
  readonly position: number;
  readonly eventId: string;
  readonly ledger: string;
  /** What it is about: the id of the account, transfer or entry. */
  readonly key: string;
  readonly recordedAt: Date;
  readonly correlationId: string | undefined;
  readonly traceparent: string | undefined;
}

/** An event with its message, amounts as bigints; `type` tells which. */
export type BrokerEvent = {
  [Type in BrokerEventType]: Envelope & {
    readonly kind: 'event';
    readonly type: Type;
    readonly payload: MessageShape<(typeof messages)[Type]>;
  };
}[BrokerEventType];

/** Everything up to this position was sent to this partition. */
export interface Watermark {
  readonly kind: 'watermark';
  readonly position: number;
}

/** An event of a type that this version does not know; newer servers may send it. */
export interface UnknownEvent extends Envelope {
  readonly kind: 'unknown';
  readonly type: string;
  readonly payload: Uint8Array;
}

type HeaderValue = string | Uint8Array | undefined;

/** Headers as clients of brokers have them: an object or a map, of texts or bytes. */
export type BrokerHeaders =
  | Readonly<Record<string, HeaderValue>>
  | Iterable<readonly [string | Uint8Array, HeaderValue]>;

/** Reads what came from a topic or a queue. @throws {TypeError} for what the ledger did not write. */
export function decodeBrokerEvent(
  headers: BrokerHeaders,
  payload: Uint8Array,
): BrokerEvent | UnknownEvent | Watermark {
  const texts = readHeaders(headers);
  const position = Number(need(texts, 'ce_sequence'));
  if (!Number.isSafeInteger(position)) throw new TypeError('ce_sequence is no position');
  const type = need(texts, 'event_name');
  if (type === 'Watermark') return { kind: 'watermark', position };
  const envelope = {
    position,
    eventId: need(texts, 'event_id'),
    ledger: need(texts, 'ce_source').slice('/ledgers/'.length),
    key: need(texts, 'ce_subject').replace(/^\w+\//, ''),
    recordedAt: new Date(need(texts, 'ce_time')),
    correlationId: texts.get('correlation_id'),
    traceparent: texts.get('traceparent'),
  };
  if (!isKnown(type)) return { ...envelope, kind: 'unknown', type, payload };
  const event = { ...envelope, kind: 'event', type, payload: fromBinary(messages[type], payload) };
  if (isEvent(event)) return event;
  throw new TypeError('a message is of the type that its schema says');
}

function isKnown(type: string): type is BrokerEventType {
  return Object.hasOwn(messages, type);
}

function isEvent(value: { kind: string; type: BrokerEventType }): value is BrokerEvent {
  return value.kind === 'event';
}

function readHeaders(headers: BrokerHeaders): Map<string, string> {
  const rows = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  const text = (value: string | Uint8Array): string =>
    typeof value === 'string' ? value : new TextDecoder().decode(value);
  return new Map(
    rows.flatMap(([name, value]) => (value === undefined ? [] : [[text(name), text(value)] as const])),
  );
}

function need(headers: ReadonlyMap<string, string>, name: string): string {
  const value = headers.get(name);
  if (value === undefined) throw new TypeError(`the header ${name} is missing`);
  return value;
}
