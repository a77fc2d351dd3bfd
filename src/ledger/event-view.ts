import { fromBinary, ScalarType, type DescField, type DescMessage } from '@bufbuild/protobuf';
import { eventSchemaByType } from '@credit-ledger/contract/events.ts';
import type { Json, JsonObject } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import type { LoggedEvent } from './event-log.ts';

/** The payload of an event with its fields by their names in events.proto; amounts are bigints. */
export function viewPayload(event: LoggedEvent): JsonObject {
  const schema = eventSchemaByType.get(event.type);
  if (schema === undefined) throw new Error(`the contract has no event ${event.type}`);
  return viewMessage(schema, fromBinary(schema, event.payload));
}

/** The event as the API shows it. */
export function viewEvent(event: LoggedEvent, payload: JsonObject): JsonObject {
  return {
    position: event.position,
    event_id: event.eventId,
    type: event.type,
    schema_version: event.schemaVersion,
    ledger: event.ledger,
    aggregate: event.aggregate,
    key: event.key,
    recorded_at: formatTime(event.recordedAt),
    correlation_id: event.correlationId ?? null,
    traceparent: event.traceparent ?? null,
    payload,
  };
}

function viewMessage(schema: DescMessage, message: object): JsonObject {
  return Object.fromEntries(
    schema.fields.map((field) => [field.name, viewField(field, Reflect.get(message, field.localName))]),
  );
}

function viewField(field: DescField, value: unknown): Json {
  if (value === undefined) return null;
  if (field.fieldKind === 'list') {
    if (!Array.isArray(value)) throw new Error(`${field.name} is no list`);
    return value.map((item: unknown) =>
      field.listKind === 'message' && typeof item === 'object' && item !== null
        ? viewMessage(field.message, item)
        : String(item),
    );
  }
  if (field.fieldKind === 'message')
    return typeof value === 'object' && value !== null ? viewMessage(field.message, value) : null;
  if (field.fieldKind === 'enum')
    return field.enum.values.find((row) => row.number === value)?.localName ?? null;
  return viewScalar(field, value);
}

/** Proto3 leaves empty text out, so it says the same as an absent one. */
function viewScalar(field: DescField, value: unknown): Json {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'bigint') return isAmount(field) ? value : Number(value);
  if (typeof value === 'string') return value === '' ? null : value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  throw new Error(`${field.name} has a type that no event has`);
}

function isAmount(field: DescField): boolean {
  const isInteger = field.fieldKind === 'scalar' && field.scalar === ScalarType.INT64;
  return isInteger && (field.name === 'units' || field.name.endsWith('_minor'));
}
