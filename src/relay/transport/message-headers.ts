import type { Message } from './transport.ts';

/*
 * What goes beside the payload on a broker: CloudEvents in binary mode, and a few headers for those who don't
 * know it. A message is rebuilt from them byte for byte, so a consumer on a broker sees what one on the log does.
 */

/** Digits of a position in `ce_sequence`: padded, so that text sorts as numbers do. */
const sequenceDigits = 20;

const aggregates = ['account', 'transfer', 'entry'] as const;

/** The event name of a watermark, which is no event: everything up to its position was sent. */
const watermarkName = 'Watermark';

export type Headers = Readonly<Record<string, string>>;

export const contentType = 'application/protobuf';

/** The headers of an event; the same at every send. */
export function writeHeaders(message: Message): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': contentType,
    ce_specversion: '1.0',
    ce_id: message.eventId,
    ce_source: `/ledgers/${message.ledger}`,
    ce_type: `ledger.v${message.schemaVersion}.${message.type}`,
    ce_subject: `${message.aggregate}/${message.key}`,
    ce_time: new Date(message.recordedAt).toISOString(),
    ce_sequence: writeSequence(message.position),
    event_name: message.type,
    event_id: message.eventId,
    schema: `ledger.v${message.schemaVersion}.${message.type}`,
    epoch: String(message.epoch),
  };
  if (message.traceparent !== undefined) headers['traceparent'] = message.traceparent;
  if (message.correlationId !== undefined) headers['correlation_id'] = message.correlationId;
  return headers;
}

/** The headers of a watermark; it has no key and no payload. */
export function writeWatermark(position: number): Record<string, string> {
  return { event_name: watermarkName, ce_sequence: writeSequence(position) };
}

function writeSequence(position: number): string {
  return String(position).padStart(sequenceDigits, '0');
}

/** What came from a broker: an event, or how far its partition is. */
export interface Received {
  readonly position: number;
  readonly message: Message | undefined;
}

/** Reads what the relay wrote. @throws when it was written by someone else. */
export function readReceived(headers: Headers, payload: Uint8Array): Received {
  const position = Number(need(headers, 'ce_sequence'));
  if (!Number.isSafeInteger(position)) throw new Error('ce_sequence is not a position');
  if (headers['event_name'] === watermarkName) return { position, message: undefined };
  const [, version] = /^ledger\.v(\d+)\./.exec(need(headers, 'schema')) ?? [];
  const [, aggregate, key] = /^(\w+)\/(.+)$/.exec(need(headers, 'ce_subject')) ?? [];
  const known = aggregates.find((name) => name === aggregate);
  if (version === undefined || known === undefined || key === undefined)
    throw new Error('the headers are not those of an event of ours');
  const message: Message = {
    position,
    epoch: Number(need(headers, 'epoch')),
    eventId: need(headers, 'event_id'),
    type: need(headers, 'event_name'),
    schemaVersion: Number(version),
    ledger: need(headers, 'ce_source').slice('/ledgers/'.length),
    aggregate: known,
    key,
    payload,
    traceparent: headers['traceparent'],
    correlationId: headers['correlation_id'],
    recordedAt: Date.parse(need(headers, 'ce_time')),
  };
  return { position, message };
}

function need(headers: Headers, name: string): string {
  const value = headers[name];
  if (value === undefined) throw new Error(`the header ${name} is missing`);
  return value;
}
